import type { PlantedBug } from '../../protocol/model/mutants.ts';
import type { Plan } from '../../sim/plan/plan.ts';
import type { LoosePlan } from '../../sim/plan/plain-plan.ts';
import type { PlanSize } from '../../sim/plan/plan-size.ts';
import type { RunView } from '../../sim/verdict/view.ts';
import type { RunModel } from '../model/run-model.ts';

/*
 * What the page and its workers tell each other. Each question has an `id`, and answers name it; the page drops answers
 * to questions that it has withdrawn.
 */

/** A run: a plan, and what is planted. */
export interface Asked {
  /** Not yet decoded: the worker does, and refuses what is no plan. */
  readonly plan: unknown;
  readonly bug: PlantedBug | undefined;
}

/** Records that were done again: the id of the question with their files. */
export interface Replayed {
  readonly records: number;
}

/** A file of a record. */
export interface RecordFile {
  /** With its folders, where they are known: `s1/life-1/00001.jsonl`. */
  readonly path: string;
  readonly file: Blob;
}

export type ToRunWorker =
  | ({ readonly type: 'open'; readonly id: number } & Asked)
  /** Does again what the files of `--record` say. */
  | { readonly type: 'replay'; readonly id: number; readonly files: readonly RecordFile[] }
  /** The state of every node after event number `event`, of a run or of records that were done again. */
  | ({ readonly type: 'view'; readonly id: number; readonly event: number } & (Asked | Replayed))
  /** Ends the run of `open` under that id, if it is under way. */
  | { readonly type: 'cancel'; readonly id: number };

export type FromRunWorker =
  | { readonly type: 'refused'; readonly id: number; readonly reason: string }
  | { readonly type: 'progress'; readonly id: number; readonly events: number; readonly millis: number }
  | {
      readonly type: 'ran';
      readonly id: number;
      readonly plan: Plan;
      /** The plan as in a file: its defaults are left out. */
      readonly plain: LoosePlan;
      readonly model: RunModel;
    }
  | {
      readonly type: 'replayed';
      readonly id: number;
      readonly model: RunModel;
      /** What the records do not tell. */
      readonly notes: readonly string[];
    }
  | { readonly type: 'view'; readonly id: number; readonly view: RunView }
  /** The simulator itself fell over. */
  | { readonly type: 'broke'; readonly id: number; readonly text: string };

export type ToHuntWorker =
  /** Tries seeds `from`, `from + step`, … up to `most`. */
  | {
      readonly type: 'hunt';
      readonly id: number;
      readonly bug: PlantedBug;
      readonly from: number;
      readonly step: number;
      readonly most: number;
    }
  /** Makes the plan small, with trials by helpers beside its own. */
  | {
      readonly type: 'shrink';
      readonly id: number;
      readonly bug: PlantedBug;
      readonly plan: Plan;
      readonly helpers: readonly MessagePort[];
    }
  /** Tries the plans that come by that port. */
  | {
      readonly type: 'help';
      readonly id: number;
      readonly bug: PlantedBug;
      readonly plan: Plan;
      readonly port: MessagePort;
    };

export type FromHuntWorker =
  | { readonly type: 'tried'; readonly id: number; readonly seed: number }
  | {
      readonly type: 'found';
      readonly id: number;
      readonly seed: number;
      readonly plan: Plan;
      readonly judge: string;
      readonly reason: string;
    }
  | { readonly type: 'exhausted'; readonly id: number }
  | {
      readonly type: 'smaller';
      readonly id: number;
      readonly size: PlanSize;
      readonly runs: number;
      readonly plan: Plan;
    }
  | {
      readonly type: 'shrunk';
      readonly id: number;
      readonly plan: Plan;
      readonly size: PlanSize;
      readonly runs: number;
      readonly isMinimal: boolean;
    }
  | { readonly type: 'broke'; readonly id: number; readonly text: string };

export interface ToCheckWorker {
  /** Of the file. */
  readonly name: string;
  readonly text: string;
  readonly model: string;
}

export type FromCheckWorker =
  | { readonly type: 'checked'; readonly verdict: 'ok' | 'illegal' | 'undecided'; readonly html: string }
  | { readonly type: 'rejected'; readonly reason: string };
