import { accepted } from '../../protocol/model/app.ts';
import type { Route, Service } from '../../service/service.ts';
import { eventRow, EVENTS, events, type EventsState } from './events.ts';
import { tickets } from './service.ts';

/**
 * The planted bug `checks-stock-only-when-asked`: availability is checked when a purchase is asked for, and not when it
 * is applied. Two clients that saw the last tickets both get them.
 */
export const buggyTickets: Service = {
  ...tickets,
  apps: tickets.apps.map((app) => (app.name === EVENTS ? unchecked(events) : app)),
  routes: tickets.routes.map((route) => (route.path.includes('/purchase/') ? checkedBefore(route) : route)),
};

/**
 * The planted bug `sells-before-finding-buyer`: tickets are taken before the buyer is looked up, and given back where
 * there is none. Until then readers see them as purchased, and others are refused for them.
 */
export const hastyTickets: Service = {
  ...tickets,
  routes: tickets.routes.map((route) => (route.path.includes('/purchase/') ? withoutFirstRead(route) : route)),
};

function withoutFirstRead(route: Route): Route {
  return { ...route, plan: (asked, outcomes, view) => route.plan(asked, [accepted(), ...outcomes], view) };
}

/** Sells without checking: lends the event as many tickets as the command asks for, and takes them back at once. */
function unchecked(app: typeof events): typeof events {
  return {
    ...app,
    apply(state, command, context) {
      if (command.type !== 'purchase' || !state.events.has(command.eventid)) return app.apply(state, command, context);
      const { eventid, tickets: count } = command;
      return withMore(app.apply(withMore({ state }, eventid, count).state, command, context), eventid, -count);
    },
  };
}

function withMore<Step extends { readonly state: EventsState }>(step: Step, eventid: number, count: number): Step {
  const { events: all } = step.state;
  const event = all.get(eventid);
  if (event === undefined) return step;
  return { ...step, state: { events: all.set(eventid, Object.freeze({ ...event, avail: event.avail + count })) } };
}

/** Reads the event first, and asks for the purchase only if enough is left. */
function checkedBefore(route: Route): Route {
  return {
    ...route,
    plan(asked, [found, ...outcomes], view) {
      const plan = route.plan(asked, outcomes, view);
      if (found?.type === 'refused') return { type: 'answer', status: 400, body: { error: found.reason } };
      const purchase = plan.type === 'write' ? events.decode(plan.command) : undefined;
      if (purchase?.type !== 'decoded' || purchase.value.type !== 'purchase') return plan;
      const { eventid, tickets: count } = purchase.value;
      if (found === undefined) return { type: 'read', group: EVENTS, query: { type: 'get', eventid } };
      const { avail } = eventRow.parse(found.value);
      if (avail >= count) return plan;
      return { type: 'answer', status: 400, body: { error: `event ${eventid} has ${avail} tickets left` } };
    },
  };
}
