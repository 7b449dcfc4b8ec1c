import { describe, expect, test } from 'vitest';
import type { Configuration } from '../../../src/protocol/model/configuration.ts';
import type { NodeId } from '../../../src/protocol/model/epoch.ts';
import type { Settings } from '../../../src/protocol/model/settings.ts';
import { notes } from '../../support/protocol/effects-of.ts';
import { Actor, attended, servingPrimary } from '../../support/protocol/one-replica.ts';
import { cast, service } from '../../support/protocol/replica-script.ts';

/** A, made primary by the others; all of them have its whole log. */
function primary(configuration: Configuration, settings: Partial<Settings>, ...others: readonly NodeId[]): Actor {
  return servingPrimary(new Actor('A', { configuration, settings }), ...others);
}

/** The votes of the front ends, learners with none. */
function votes(actor: Actor): Readonly<Record<NodeId, number>> {
  const { voters, learners } = actor.configuration;
  const all = [...voters, ...learners.map((learner) => ({ ...learner, votes: 0 }))];
  return Object.fromEntries(
    all.filter(({ kind }) => kind === 'witness').map(({ nodeId, votes: count }) => [nodeId, count]),
  );
}

/** What A proposes while time passes, as `give W`, one after the other. */
function proposals(actor: Actor, millis: number, ...peers: readonly NodeId[]): readonly string[] {
  const seen: string[] = [];
  const takes = actor.takes.bind(actor);
  actor.takes = (input) => {
    takes(input);
    for (const note of notes(actor)) if (note.type === 'proposes') seen.push(`${note.change} ${note.nodeId}`);
    return actor;
  };
  attended(actor, millis, ...peers);
  actor.takes = takes;
  return seen;
}

describe('§5.5: witness votes', () => {
  test('None is given to a front end that a hint calls dead', () => {
    const a = primary(cast({ A: 3, B: 2, C: 1 }, { W: 0 }), { admitAfter: 600 }, 'B', 'C');
    expect(proposals(a, 400, 'B', 'C', 'W')).toEqual([]);
    a.takes({ type: 'suspected', nodeId: 'W' });
    expect(proposals(a, 300, 'B', 'C')).toEqual([]);
    expect(proposals(a, 200, 'B', 'C', 'W')).toEqual(['give W', 'give W']);
  });

  test('A steady front end is given what is missing to N−1, one vote a step', () => {
    const a = primary(cast({ A: 3, B: 2, C: 1 }, { W: 0 }), {}, 'B', 'C');
    expect(proposals(a, 400, 'B', 'C', 'W')).toEqual([]);
    expect(proposals(a, 1_000, 'B', 'C', 'W')).toEqual(['give W', 'give W']);
    expect(votes(a)).toEqual({ W: 2 });
  });

  test('None is given to one that is silent, or has not caught up', () => {
    const configuration = cast({ A: 2, B: 1 }, { W: 0 });
    expect(proposals(primary(configuration, {}, 'B'), 5_000, 'B')).toEqual([]);

    const a = primary(configuration, {}, 'B');
    for (let beat = 0; beat < 50; beat += 1) {
      attended(a, 100, 'B').hears('W', {
        type: 'heard',
        epoch: a.leading.epoch,
        beat: 1,
        agreed: 0,
        diskId: 'disk-of-W',
        incarnation: 1,
      });
    }
    expect(votes(a)).toEqual({ W: 0 });
  });

  test('They are spread evenly: one that has two more than another passes one on, and is first given for', () => {
    const a = primary(cast({ A: 4, B: 3, C: 2, D: 1 }, { V: 3, W: 0 }), {}, 'B', 'C', 'D', 'V');
    expect(proposals(a, 2_000, 'B', 'C', 'D', 'V', 'W')).toEqual(['give W', 'take V']);
    expect(votes(a)).toEqual({ V: 2, W: 1 });
  });

  test('One too many is taken from whoever has most', () => {
    const a = primary(cast({ A: 2, B: 1 }, { V: 1, W: 2 }), {}, 'B', 'W');
    expect(votes(a)).toEqual({ V: 1, W: 1 });
    expect(proposals(a, 2_000, 'B', 'V', 'W')).toEqual(['take V']);
    expect(votes(a)).toEqual({ V: 0, W: 1 });
  });

  test('None is taken while those who have answered this primary would be no quorum without it', () => {
    // A and W lead by three votes of five; of B and V, which could be dead, nothing was heard yet.
    const a = primary(cast({ A: 2, B: 1 }, { V: 1, W: 2 }), {}, 'W');
    expect(votes(a)).toEqual({ V: 1, W: 2 });
    expect(proposals(a, 200, 'W')).toEqual([]);
    expect(proposals(a, 400, 'B', 'V', 'W')).toEqual(['take W', 'take V']);
  });

  test('The votes of one that was silent for witnessAfter move to others; when it is back it shares again', () => {
    const a = primary(cast({ A: 3, B: 2, C: 1 }, { V: 1, W: 1 }), { witnessAfter: 3_000 }, 'B', 'C', 'V', 'W');
    expect(proposals(a, 2_900, 'B', 'C', 'V')).toEqual([]);
    expect(proposals(a, 1_000, 'B', 'C', 'V')).toEqual(['give V', 'take W']);
    expect(votes(a)).toEqual({ V: 2, W: 0 });
    expect(proposals(a, 2_000, 'B', 'C', 'V', 'W')).toEqual(['give W', 'take V']);
  });

  test('Where nobody could have them, one that is silent keeps its votes', () => {
    const a = primary(cast({ A: 3, B: 2, C: 1 }, { W: 2 }), { witnessAfter: 3_000 }, 'B', 'C', 'W');
    expect(proposals(a, 20_000, 'B', 'C')).toEqual([]);
  });

  test('One that is removed loses its votes at once, even if nobody could have them; a last one makes it a learner', () => {
    const a = primary(cast({ A: 3, B: 2, C: 1 }, { W: 2 }), {}, 'B', 'C', 'W');
    a.knows(service('W', { kind: 'frontend', standing: 'removed' }));
    expect(notes(a)).toMatchObject([{ type: 'proposes', change: 'take', nodeId: 'W' }]);
    expect(proposals(a, 300, 'B', 'C', 'W')).toEqual(['take W', 'drop W']);
  });

  /** Taken at once, W's vote would leave {A, B}; if B died then, W could come back and A could not give it one. */
  test('The votes of one that is away move at once where somebody can have them, and else stay with it', () => {
    const two = primary(cast({ A: 3, B: 2, C: 1 }, { V: 1, W: 1 }), {}, 'B', 'C', 'V', 'W');
    attended(two, 600, 'B', 'C', 'V', 'W');
    two.knows(service('W', { kind: 'frontend', standing: 'away' }));
    expect(proposals(two, 300, 'B', 'C', 'V')).toContain('take W');
    expect(votes(two)).toEqual({ V: 2, W: 0 });

    const one = primary(cast({ A: 2, B: 1 }, { W: 1 }), {}, 'B', 'W');
    one.knows(service('W', { kind: 'frontend', standing: 'away' }));
    expect(proposals(one, 1_000, 'B')).toEqual([]);
    expect(votes(one)).toEqual({ W: 1 });
  });

  test('A witness that is a little behind, as each is under load, is given votes all the same', () => {
    const a = primary(cast({ A: 3, B: 2, C: 1 }, { V: 1, W: 0 }), {}, 'B', 'C', 'V');
    attended(a, 600, 'B', 'C', 'V', 'W');
    while (votes(a)['W'] === 0) attended(a, 100, 'W');
    expect(votes(a)).toEqual({ V: 1, W: 1 });
  });

  test('A server that is removed is one that no vote is held for any more, also while its own vote is not taken yet', () => {
    const a = primary(cast({ A: 3, B: 2, C: 1 }, { W: 2 }), {}, 'B', 'C', 'W');
    a.knows(service('C', { standing: 'removed' }));
    expect(proposals(a, 500, 'B', 'W')).toEqual(['drop C', 'take W']);
    expect(a.voters).toEqual(['A', 'B', 'W']);
  });

  test('The next vote waits until the last one is safe', () => {
    const a = primary(cast({ A: 3, B: 2, C: 1 }, { W: 0 }), {}, 'B', 'C');
    attended(a, 400, 'B', 'C', 'W');
    while (votes(a)['W'] === 0) attended(a, 100, 'W');
    expect(votes(a)).toEqual({ W: 1 });
    for (let beat = 0; beat < 4; beat += 1) {
      a.wakesOnTime();
      for (const peer of ['B', 'C', 'W']) {
        a.hears(peer, {
          type: 'heard',
          epoch: a.leading.epoch,
          beat: 1,
          agreed: 1,
          diskId: `disk-of-${peer}`,
          incarnation: 1,
        });
      }
    }
    expect(votes(a)).toEqual({ W: 1 });
  });
});
