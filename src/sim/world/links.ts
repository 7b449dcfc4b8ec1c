import { type Link, linkBetween, type LinkConditions, type Network, type Pair, type Rule } from './network.ts';

/* Rules in force on links, each under a name that ends it. */

/** Cuts these links until `heal` names the rule. */
export function cut(network: Network, name: string, pairs: readonly Pair[]): void {
  const links = pairs.map(([from, to]) => linkBetween(network, from, to));
  for (const link of links) link.cut += 1;
  network.cuts.push({ name, links });
}

/** Ends the cuts and the flapping of that name; without a name, all. */
export function heal(network: Network, name: string | undefined): void {
  if (name === undefined) network.flaps.clear();
  else network.flaps.delete(name);
  mend(network, name);
}

/** Ends the cuts of that name; flapping links go on. */
export function mend(network: Network, name: string | undefined): void {
  end(network.cuts, name, (link) => (link.cut -= 1));
}

/** Sets conditions of these links until `clearConditions` names them. */
export function setConditions(
  network: Network,
  name: string,
  pairs: readonly Pair[],
  conditions: LinkConditions,
): void {
  const links = pairs.map(([from, to]) => linkBetween(network, from, to));
  network.conditionRules.push({ name, links, conditions: { ...network.plan, ...conditions } });
  forecast(network);
}

/** Ends the conditions of that name; without a name, all. */
export function clearConditions(network: Network, name: string | undefined): void {
  const ending = network.conditionRules.filter((rule) => name === undefined || rule.name === name);
  for (const { links } of ending) for (const link of links) link.plan = network.plan;
  end(network.conditionRules, name, () => undefined);
  forecast(network);
}

function forecast(network: Network): void {
  for (const { links, conditions } of network.conditionRules) for (const link of links) link.plan = conditions;
}

/** Holds messages on these links until `release` names the rule. */
export function hold(network: Network, name: string, pairs: readonly Pair[]): void {
  const links = pairs.map(([from, to]) => linkBetween(network, from, to));
  for (const link of links) link.held += 1;
  network.holds.push({ name, links });
}

export function release(network: Network, name: string | undefined): void {
  end(network.holds, name, (link) => (link.held -= 1));
}

function end(rules: Rule[], name: string | undefined, lift: (link: Link) => void): void {
  const kept = rules.filter((rule) => name !== undefined && rule.name !== name);
  for (const rule of rules) {
    if (!kept.includes(rule)) rule.links.forEach(lift);
  }
  rules.splice(0, rules.length, ...kept);
}
