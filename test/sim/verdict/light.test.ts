import { expect, test } from 'vitest';
import { ticketWorkload } from '../../../src/apps/tickets/workload.ts';
import type { App } from '../../../src/protocol/model/app.ts';
import { planOfSeed, runPlan } from '../../support/sim/bundled.ts';

test.each([2, 7])('A light run of seed %i does what the strict one does, to the last message.', (seed) => {
  const plan = planOfSeed(seed);
  const [strict, light] = [runPlan(plan), runPlan(plan, { strict: false })];
  expect(light.digest).toBe(strict.digest);
  expect(light.events).toBe(strict.events);
});

test('A strict run throws at an app that changes its state in place.', () => {
  const { service } = ticketWorkload;
  const apps = service.apps.map((app): App => ({
    ...app,
    apply(state, command, context) {
      if (typeof state === 'object') Object.assign(state ?? {}, { touched: context.index });
      return app.apply(state, command, context);
    },
  }));
  const careless = { ...ticketWorkload, service: { ...service, name: 'careless', apps } };
  const plan = { ...planOfSeed(2), service: 'careless' };
  const { violation } = runPlan(plan, { workloads: [careless] });
  expect(violation?.judge).toBe('service-code');
  expect(violation?.reason).toContain('TypeError');
});
