import * as fc from 'fast-check';
import { accepted, type App, type GroupName, refused } from '../protocol/model/app.ts';
import type { Json } from '../protocol/model/json.ts';
import type { Service } from '../service/service.ts';
import { type GroupStage, openStage } from './group-stage.ts';
import { copy, deliver, repeat, type StoryCommand, wait, write } from './story-commands.ts';
import { type Books, type GroupStory, openBooks } from './twin.ts';

/** A story: a sequence of commands; `run` throws where an app and its twin differ. */
export interface Story {
  run(): void;
}

export interface StoryOptions {
  /** Commands in a story, at most; 40 by default. */
  readonly commandsAtMost?: number;
}

/**
 * Stories of one app: commands as the log applies them, repeated, repeated with another content, expired or from the
 * future, with full copies in between, and calls whose outcomes come late, twice or never. After each the app and its
 * twin must agree, and every invariant hold.
 */
export function appCommands<State, Command extends Json, Query extends Json>(
  app: App<State, Command, Query>,
  story: GroupStory<NoInfer<Command>>,
  options: StoryOptions = {},
): fc.Arbitrary<Story> {
  return serviceCommands({ name: app.name, apps: [app], invariants: [] }, { [app.name]: story }, options);
}

/**
 * The same for all groups of a service: calls between them are delivered, and the invariants between them are checked.
 */
export function serviceCommands(
  service: Omit<Service, 'routes'>,
  stories: Readonly<Record<GroupName, GroupStory>>,
  { commandsAtMost = 40 }: StoryOptions = {},
): fc.Arbitrary<Story> {
  const events = Object.entries(stories).flatMap(([group, { commands }]) => ofGroup(group, commands));
  const setup = (): { model: Books; real: GroupStage } => ({
    model: openBooks(new Map(Object.entries(stories).map(([group, { twin }]) => [group, twin()]))),
    real: openStage(service),
  });
  return fc.commands([...events, ...BETWEEN_GROUPS], { maxCommands: commandsAtMost, size: 'max' }).map((told) => ({
    run: () => fc.modelRun(setup, told),
    [fc.toStringMethod]: () => fc.stringify(told),
  }));
}

/** The age of a uuid in milliseconds: mostly zero, and around both ends of the window. */
const age = fc.oneof({ weight: 6, arbitrary: fc.constant(0) }, fc.constantFrom(500, 1_000, 1_001, -200, -201));

function ofGroup(group: GroupName, commands: fc.Arbitrary<Json>): readonly fc.Arbitrary<StoryCommand>[] {
  const writes = fc.tuple(commands, age).map(([command, old]) => write(group, command, old));
  // The most frequent command is listed most often: fast-check picks uniformly.
  return [
    writes,
    writes,
    writes,
    fc.tuple(fc.nat(), commands).map(([pick, command]) => repeat(pick, command)),
    fc.constant(copy(group)),
  ];
}

const BETWEEN_GROUPS: readonly fc.Arbitrary<StoryCommand>[] = [
  fc.nat().map((pick) => repeat(pick)),
  fc.constantFrom(0, 100, 1_000, 1_300).map(wait),
  ...[1, 2].map(() =>
    fc
      .tuple(
        fc.nat(),
        fc.record({
          isLost: fc.boolean(),
          isTwice: fc.boolean(),
          outcome: fc.constantFrom(accepted(), refused('the other group said no')),
        }),
      )
      .map(([pick, delivery]) => deliver(pick, delivery)),
  ),
];
