import type { ClientOperation } from '../base/history.ts';
import { isRecord, type LoosePlan } from '../plan/plain-plan.ts';
import type { Plan, ScriptedRequest } from '../plan/plan.ts';
import type { Hunt } from './hunt.ts';
import { triesWithSeeds } from './nodes.ts';
import { simplerNumbers } from './numbers.ts';
import { reduceList } from './reduce-list.ts';

/**
 * Turns the clients' random requests into a script, so that single ones can be removed and the rest is readable. A
 * script has whole milliseconds, and its clients carry tokens: not every failure survives that.
 */
export function writeScript(hunt: Hunt): void {
  const { plan, result } = hunt;
  if (plan.workload.clients === 0) return;
  const script = result.history.flatMap((operation) => (isOfThePlan(operation) ? [scripted(operation)] : []));
  if (script.length > 1_000 || script.some(({ at }) => at > plan.horizon)) return;
  for (const think of [0, plan.workload.think]) {
    const workload = { ...plan.workload, clients: 0, requests: 0, mix: {}, think, script };
    if (triesWithSeeds(hunt, { ...plan, workload })) return;
  }
}

/** Removes requests that are not needed, and as many clients as possible. */
export function shrinkScript(hunt: Hunt): void {
  reduceList(hunt.plan.workload.script, (script) => hunt.tries(withScript(hunt.plan, script)));
  const clients = [...new Set(hunt.plan.workload.script.map(({ client }) => client))];
  for (const [place, client] of clients.entries()) {
    for (const other of clients.slice(0, place)) {
      if (hunt.tries(withClient(hunt.plan, client, other))) break;
    }
  }
  [...new Set(hunt.plan.workload.script.map(({ client }) => client))].forEach((client, place) => {
    if (client !== `c${place + 1}`) hunt.tries(withClient(hunt.plan, client, `c${place + 1}`));
  });
}

/** Simplifies each request: no options, small numbers in its body. */
export function simplifyScript(hunt: Hunt): void {
  hunt.plan.workload.script.forEach((_, place) => {
    const tries = (changes: LoosePlan): boolean => {
      const request = hunt.plan.workload.script[place];
      return request !== undefined && hunt.tries(withRequest(hunt.plan, place, { ...request, ...changes }));
    };
    tries({ expect: undefined });
    tries({ through: undefined });
    tries({ session: false });
    tries({ keyed: true });
    const body = (): unknown => hunt.plan.workload.script[place]?.body;
    const first = body();
    if (!isRecord(first)) return;
    for (const [key, value] of Object.entries(first)) {
      if (typeof value !== 'number') continue;
      simplerNumbers(value).some((simpler) => {
        const now = body();
        return isRecord(now) && tries({ body: { ...now, [key]: simpler } });
      });
    }
  });
}

/** Whether the operation is of a client of the plan, and not of a probe in the liveness phase. */
function isOfThePlan({ client }: ClientOperation): boolean {
  return /^c\d+$/.test(client);
}

function scripted({ client, call, key, calledAt, expect }: ClientOperation) {
  const { method, path, body, session, linearizable } = call;
  return {
    at: Math.floor(calledAt / 1_000),
    client,
    method,
    path,
    body,
    session,
    ...(linearizable === true ? { linearizable } : {}),
    keyed: key !== undefined || method === 'GET',
    expect,
  };
}

function withScript(plan: Plan, script: readonly ScriptedRequest[]): LoosePlan {
  return { ...plan, workload: { ...plan.workload, script } };
}

function withClient(plan: Plan, client: string, name: string): LoosePlan {
  const { script } = plan.workload;
  return withScript(
    plan,
    script.map((request) => (request.client === client ? { ...request, client: name } : request)),
  );
}

function withRequest(plan: Plan, place: number, changed: LoosePlan): LoosePlan {
  const script = plan.workload.script.map((request, other) => (other === place ? changed : request));
  return { ...plan, workload: { ...plan.workload, script } };
}
