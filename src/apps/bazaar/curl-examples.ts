/** Example requests to a bazaar: the first of two front ends, then the second. */
export function bazaarCurls(first: string, second: string): readonly string[] {
  return [
    `curl ${first}/stocks`,
    `curl -i ${first}/orders -d '{"name":"FishCo","quantity":4,"type":"buy"}'`,
    `curl ${second}/stocks/FishCo`,
    `curl ${second}/orders/0`,
    `curl ${second}/cache`,
  ];
}
