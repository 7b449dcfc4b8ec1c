import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { completionAt } from '../../src/playground/ui/plan-completion.ts';
import { planSchemaAsJson } from '../../src/sim/plan/plan-schema.ts';

const schema = planSchemaAsJson();
const places = { nodes: ['s1', 's2', 'f1', 'c1'], groups: ['events'] };

/** The labels at the mark `|` of a text, and the text from where the word begins. */
function labels(marked: string): readonly string[] {
  const offset = marked.indexOf('|');
  const text = marked.replace('|', '');
  return completionAt(schema, text, offset, places)?.choices.map(({ label }) => label) ?? [];
}

describe('Completion in a plan', () => {
  it('offers the fields that a plan may have, and not those that it has', () => {
    const found = labels('name: x\nseed: 3\n|\n');
    expect(found).toContain('servers');
    expect(found).toContain('faults');
    expect(found).not.toContain('seed');
    expect(labels('name: x\nserv|')).toEqual(
      found.includes('seed') ? [] : expect.arrayContaining(['service', 'servers']),
    );
  });

  it('says of each its kind, its bounds and its default', () => {
    const [servers] = completionAt(schema, 'ser', 3, places)?.choices.filter(({ label }) => label === 'servers') ?? [];
    expect(servers?.detail).toBe('number 1 … 7, default 3');
  });

  it('offers the kinds of faults, and of each its own fields', () => {
    expect(labels('faults:\n  - { type: | }\n')).toEqual(expect.arrayContaining(['crash', 'partition', 'lose-disk']));
    expect(labels('faults:\n  - { type: partition, | }\n')).toEqual(['at', 'name', 'from', 'to', 'oneWay']);
    expect(labels('faults:\n  - type: crash\n    |\n')).toEqual(['at', 'node', 'afterActions']);
    expect(labels('faults:\n  - |\n')).toContain('type');
  });

  it('offers values: of a list of some, yes or no, and names of nodes', () => {
    expect(labels('faults:\n  - { type: pause, at: 3, node: s1, clock: | }\n')).toEqual(['runs', 'stops']);
    expect(labels('faults:\n  - { type: hold, at: 3, from: [s1], oneWay: | }\n')).toEqual(['true', 'false']);
    const nodes = labels('faults:\n  - { type: crash, at: 3, node: | }\n');
    expect(nodes).toEqual(expect.arrayContaining(['s1', 'f1', 'primary of events', 'last server']));
    expect(labels('faults:\n  - { type: partition, at: 3, from: [| }\n')).toEqual(
      expect.arrayContaining(['s2', 'others']),
    );
    expect(labels('faults:\n  - { type: crash, at: 3, node: primary o| }\n')).toContain('primary of events');
  });

  it('knows what is deeper down, and says nothing where nothing is known', () => {
    expect(labels('settings: { suspect| }\n')).toContain('suspectAfter');
    expect(labels('network:\n  |\n')).toContain('drop');
    expect(labels('seed: |\n')).toEqual(['1']);
    expect(labels('name: a word|\n')).toEqual([]);
  });

  it('is by the schema that the scenarios name', () => {
    expect(JSON.parse(readFileSync('scenarios/plan.schema.json', 'utf8'))).toEqual(JSON.parse(JSON.stringify(schema)));
  });
});
