import { describe, expect, test } from 'vitest';
import { checked, history } from '../support/checker/history-script.ts';

function illegalParts(model: string, ...lines: readonly string[]): readonly string[] {
  return checked(model, history(...lines))
    .parts.filter(({ verdict }) => verdict === 'illegal')
    .map(({ name }) => name);
}

const tickets = (...lines: readonly string[]): readonly string[] => illegalParts('tickets', ...lines);

const ROW = '{"eventid":0,"eventname":"a show","userid":0,"avail":3,"purchased":2}';
const OPENED = [
  '0 invoke create-user {"username":"Ann"}',
  '0 ok create-user {"userid":0}',
  '0 invoke create-event {"userid":0,"eventname":"a show","numtickets":5}',
  '0 ok create-event {"eventid":0}',
];
const BOUGHT = [...OPENED, '0 invoke purchase {"eventid":0,"userid":0,"tickets":2}', '0 ok purchase null'];

describe('tickets', () => {
  test('that are sold, held and read agree', () => {
    expect(
      tickets(
        ...BOUGHT,
        '1 invoke read-events',
        `1 ok read-events [${ROW}]`,
        '1 invoke read-user {"userid":0}',
        `1 ok read-user {"userid":0,"username":"Ann","tickets":[${ROW},${ROW}]}`,
      ),
    ).toEqual([]);
  });

  test('get dense ids', () => {
    expect(tickets('0 invoke create-user {"username":"Ann"}', '0 ok create-user {"userid":1}')).toEqual([
      'ids of users',
    ]);
    expect(tickets(...OPENED, '0 invoke create-user {"username":"Bob"}', '0 ok create-user {"userid":0}')).toEqual([
      'ids of users',
      'user 0',
    ]);
  });

  test('are never oversold', () => {
    expect(tickets(...BOUGHT, '1 invoke purchase {"eventid":0,"userid":0,"tickets":4}', '1 ok purchase null')).toEqual([
      'event 0',
    ]);
    expect(
      tickets(
        ...BOUGHT,
        '1 invoke purchase {"eventid":0,"userid":0,"tickets":4}',
        '1 ok purchase {"refused":"event 0 has 3 tickets left"}',
      ),
    ).toEqual([]);
  });

  test('that were acknowledged are not forgotten, neither here nor there', () => {
    const stale = ROW.replace('"avail":3,"purchased":2', '"avail":5,"purchased":0');
    expect(tickets(...BOUGHT, '1 invoke read-event {"eventid":0}', `1 ok read-event ${stale}`)).toEqual(['event 0']);
    expect(
      tickets(
        ...BOUGHT,
        '1 invoke read-user {"userid":0}',
        '1 ok read-user {"userid":0,"username":"Ann","tickets":[]}',
      ),
    ).toEqual(['user 0']);
  });

  test('are never seen to be sold to a buyer who does not exist, nor refused to others for one', () => {
    const under = '1 invoke purchase {"eventid":0,"userid":9,"tickets":2}';
    const answer = '1 ok purchase {"refused":"no user 9"}';
    expect(tickets(...OPENED, under, '2 invoke read-event {"eventid":0}', `2 ok read-event ${ROW}`, answer)).toEqual([
      'event 0',
    ]);
    const other = '2 invoke purchase {"eventid":0,"userid":0,"tickets":5}';
    expect(tickets(...OPENED, under, other, '2 ok purchase {"refused":"event 0 has 3 tickets left"}', answer)).toEqual([
      'event 0',
    ]);
    expect(tickets(...OPENED, under, other, '2 ok purchase null', answer)).toEqual([]);
  });

  test('that are passed on leave the one and reach the other', () => {
    const passed = [
      ...BOUGHT,
      '0 invoke create-user {"username":"Bob"}',
      '0 ok create-user {"userid":1}',
      '0 invoke transfer {"userid":0,"eventid":0,"tickets":2,"targetuser":1}',
      '0 ok transfer null',
      '1 invoke read-user {"userid":1}',
    ];
    expect(tickets(...passed, `1 ok read-user {"userid":1,"username":"Bob","tickets":[${ROW},${ROW}]}`)).toEqual([]);
    expect(tickets(...passed, '1 ok read-user {"userid":1,"username":"Bob","tickets":[]}')).toEqual(['user 1']);
    expect(
      tickets(
        ...passed.slice(0, -1),
        '0 invoke transfer {"userid":0,"eventid":0,"tickets":1,"targetuser":1}',
        '0 ok transfer null',
      ),
    ).toEqual(['user 0']);
  });

  test('may come of requests that were never answered, once', () => {
    const lost = [
      '0 invoke create-user {"username":"Ann"}',
      '0 info create-user',
      '1 invoke read-user {"userid":0}',
      '1 ok read-user {"userid":0,"username":"Ann","tickets":[]}',
    ];
    expect(tickets(...lost)).toEqual([]);
    expect(tickets(...lost, '1 invoke create-user {"username":"Bob"}', '1 ok create-user {"userid":0}')).toEqual([
      'user 0',
    ]);
    expect(tickets(...lost, '1 invoke create-user {"username":"Bob"}', '1 ok create-user {"userid":2}')).toEqual([
      'ids of users',
    ]);
  });
});

const bazaar = (...lines: readonly string[]): readonly string[] => illegalParts('bazaar', ...lines);

const LISTED = ['0 invoke list {"stock":"Fish","quantity":3}', '0 ok list'];
const TRADE = '{"stock":"Fish","action":"buy","quantity":2}';

describe('a bazaar', () => {
  test('keeps stock, numbers orders densely and remembers them', () => {
    const traded = [...LISTED, `0 invoke trade ${TRADE}`, '0 ok trade {"order":0}'];
    expect(
      bazaar(
        ...traded,
        '1 invoke query {"stock":"Fish"}',
        '1 ok query {"stock":"Fish","quantity":1}',
        '1 invoke order {"number":0}',
        `1 ok order ${TRADE}`,
        '1 invoke order {"number":1}',
        '1 ok order {"refused":"no order 1"}',
      ),
    ).toEqual([]);
    expect(bazaar(...traded, '1 invoke query {"stock":"Fish"}', '1 ok query {"quantity":3}')).toEqual(['stock Fish']);
    expect(bazaar(...traded, '1 invoke order {"number":0}', '1 ok order {"refused":"no order 0"}')).toEqual([
      'order 0',
    ]);
    expect(bazaar(...traded, `1 invoke trade ${TRADE.replace('2', '1')}`, '1 ok trade {"order":2}')).toEqual([
      'orders',
    ]);
    expect(bazaar(...traded, `1 invoke trade ${TRADE}`, '1 ok trade {"order":1}')).toEqual(['stock Fish']);
  });

  test('takes a trade that was never answered for done or not', () => {
    const lost = [...LISTED, `0 invoke trade ${TRADE}`, '0 info trade', '1 invoke query {"stock":"Fish"}'];
    expect(bazaar(...lost, '1 ok query {"quantity":3}')).toEqual([]);
    expect(bazaar(...lost, '1 ok query {"quantity":1}', '1 invoke order {"number":0}', `1 ok order ${TRADE}`)).toEqual(
      [],
    );
    expect(bazaar(...lost, '1 ok query {"quantity":2}')).toEqual(['stock Fish']);
  });
});
