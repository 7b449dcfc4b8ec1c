/** Example requests to a service of tickets: the first of two front ends, then the second. */
export function ticketCurls(first: string, second: string): readonly string[] {
  return [
    `curl ${first}/users/create -d '{"username":"ada"}'`,
    `curl ${first}/events/create -d '{"userid":0,"eventname":"opening night","numtickets":100}'`,
    `curl -i ${first}/events/0/purchase/0 -d '{"tickets":2}'`,
    `curl ${second}/users/0`,
    `curl ${second}/events`,
  ];
}
