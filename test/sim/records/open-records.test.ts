import { describe, expect, it } from 'vitest';
import { bazaar } from '../../../src/apps/bazaar/service.ts';
import { tickets } from '../../../src/apps/tickets/service.ts';
import { messagesOf } from '../../../src/sim/diagram/messages.ts';
import { operationsOf, rolesOf } from '../../../src/sim/diagram/spans.ts';
import { type LifeRecord, readLife } from '../../../src/sim/records/life-record.ts';
import { openRecords } from '../../../src/sim/records/open-records.ts';
import { recordedCluster, recordedOf } from '../../support/host/recorded-cluster.ts';

const services = [tickets];
const nodes = recordedCluster();

function textOf(node: string): string {
  return `${recordedOf(nodes, node).lines.join('\n')}\n`;
}

function lifeIn(text: string): LifeRecord {
  const read = readLife(text);
  if (read.type === 'rejected') throw new Error(read.reason);
  return read.value;
}

const lives = ['s1', 's2', 'f1'].map((node) => lifeIn(textOf(node)));

describe('Records of processes', () => {
  const records = openRecords(lives, { services, recordFrom: 1 });
  records.advanceTo(Infinity);
  const recording = records.recording();
  const messages = messagesOf(recording);

  it('are one run: every step is done, and each message that arrives was sent before', () => {
    expect(records.done).toBe(lives.reduce((sum, { steps }) => sum + steps.length, 0));
    expect(records.differences).toEqual([]);
    expect(recording).toMatchObject({ servers: ['s1', 's2'], frontEnds: ['f1'], groups: ['events', 'users'] });
    const sent = new Set<number>();
    let last = 0;
    for (const event of recording.events) {
      expect(event.at).toBeGreaterThanOrEqual(last);
      last = event.at;
      if (event.type === 'sent') sent.add(event.id);
      if (event.type === 'arrived') expect(sent).toContain(event.id);
    }
  });

  it('tell what was lost on the way to a process that took nothing for four seconds', () => {
    const lost = messages.filter(({ fate }) => fate === 'dropped');
    expect(lost.length).toBeGreaterThan(10);
    expect(lost.every(({ to }) => to === 's2')).toBe(true);
    // All but the last ones came before 2 s after the start or were sent after 6 s.
    expect(lost.every(({ sentAt }) => sentAt > 1_990_000 && sentAt < 6_010_000)).toBe(true);
  });

  it('show roles, what clients asked and were told, and the state of every process', () => {
    const primaries = rolesOf(recording).filter(({ role }) => role === 'primary');
    expect(new Set(primaries.map(({ group }) => group))).toEqual(new Set(['events', 'users']));
    const operations = operationsOf(recording);
    expect(operations.find(({ operation }) => operation === 1)).toMatchObject({
      client: 'c1',
      call: 'POST /users/create {"username":"Ada"}',
      outcome: 'ok',
    });
    expect(operations.filter(({ outcome }) => outcome === 'refused').length).toBeGreaterThan(20);
    for (const { node, groups } of records.view().nodes) {
      for (const { group, visible, durable, last } of groups) {
        const { replica } = recordedOf(nodes, node).host.slots[group] ?? {};
        expect(visible).toBe(replica?.commit);
        expect(durable).toBe(last);
      }
    }
  });

  it('may be recorded from a later step on: with the roles and logs of that time, and the same end', () => {
    const from = Math.floor(records.steps / 2);
    const late = openRecords(lives, { services, recordFrom: from });
    late.advanceTo(Infinity);
    const { events } = late.recording();
    expect(events.length).toBeLessThan(recording.events.length * 0.7);
    expect(events.find(({ type }) => type === 'role')?.number).toBe(from);
    expect(events.slice(-50).map(({ at, type }) => `${at} ${type}`)).toEqual(
      recording.events.slice(-50).map(({ at, type }) => `${at} ${type}`),
    );
    expect(late.view()).toEqual(records.view());
  });

  it('show a state in between, and the same one again', () => {
    const [one, other] = [openRecords(lives, { services }), openRecords(lives, { services })];
    one.advanceTo(500);
    for (const step of [100, 300, 500]) other.advanceTo(step);
    expect(one.view()).toEqual(other.view());
    expect(one.view().event).toBe(500);
  });

  it('show what each step sent, as the recording says', () => {
    const place = recording.events.findIndex((event) => event.type === 'sent' && event.kind === 'append');
    const event = recording.events[place];
    if (event?.type !== 'sent') throw new Error('an entry was sent');
    const again = openRecords(lives, { services });
    again.advanceTo(event.number);
    const { from, to, unit, text } = event;
    expect(again.view().sent).toContainEqual(expect.objectContaining({ from, to, unit, text }));
  });

  it('of some processes only leave the others out: what these say comes as it is sent', () => {
    const alone = openRecords([lifeIn(textOf('s1'))], { services, recordFrom: 1 });
    alone.advanceTo(Infinity);
    const told = alone.recording();
    expect(told).toMatchObject({ servers: ['s1', 's2'], frontEnds: ['f1'] });
    expect(messagesOf(told).every(({ sentAt, arrivals }) => arrivals[0]?.at === sentAt)).toBe(true);
    expect(alone.view().nodes.map(({ node }) => node)).toEqual(['s1']);
  });

  it('go on without a process that does something else than its record says', () => {
    const text = textOf('s2').replace('"tickets":1', '"tickets":7');
    const changed = [lifeIn(textOf('s1')), lifeIn(text), lifeIn(textOf('f1'))];
    const again = openRecords(changed, { services, recordFrom: 1 });
    again.advanceTo(Infinity);
    expect(again.differences.map(({ node }) => node)).toEqual(['s2']);
    expect(again.recording().events.filter(({ type }) => type === 'crashed')).toMatchObject([{ node: 's2' }]);
    expect(again.view().nodes.map(({ node, state }) => `${node} ${state}`)).toEqual([
      's1 runs',
      's2 is down',
      'f1 runs',
    ]);
  });

  it('of a service that is not there are refused by its name', () => {
    expect(() => openRecords(lives, { services: [bazaar] })).toThrow('this is the record of a service called tickets');
    expect(() => openRecords([], { services })).toThrow('there is no record of a process');
  });

  it('lack what was written half, and name the line that is none', () => {
    const text = textOf('s1');
    const half = readLife(text.slice(0, -20));
    expect(half).toMatchObject({ type: 'decoded', value: { steps: { length: (lives[0]?.steps.length ?? 0) - 1 } } });
    expect(readLife('{}\n')).toEqual({ type: 'rejected', reason: 'line 1: not the record of a process' });
    const [header = ''] = text.split('\n');
    expect(readLife(`${header}\n[1]\n`)).toEqual({ type: 'rejected', reason: 'line 2: a step is a list of eight' });
  });
});
