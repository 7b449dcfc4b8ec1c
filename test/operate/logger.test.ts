import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import type { LogFormat, LogLevel } from '../../src/operate/log-levels.ts';
import { outputTo } from '../../src/operate/log-output.ts';
import { createNodeLog, type LogOutput, type NodeLog } from '../../src/operate/logger.ts';
import { requestIdOf } from '../../src/operate/request-trace.ts';
import { configurationOf } from '../../src/protocol/model/configuration.ts';
import type { Envelope } from '../../src/protocol/model/messages.ts';

const UUID = '0190c0de-0000-7000-8000-00000000beef';

function memory(): LogOutput & { readonly lines: string[] } {
  const lines: string[] = [];
  return { lines, write: (text) => void lines.push(text), flush: () => undefined, dropped: () => 0 };
}

function logTo(output: LogOutput, level: LogLevel, format: LogFormat = 'json'): NodeLog {
  return createNodeLog({ node: 's2', level, format, output });
}

function records(lines: readonly string[]): readonly Record<string, unknown>[] {
  return lines.map((line) => z.record(z.string(), z.unknown()).parse(JSON.parse(line)));
}

describe('The log of a node', () => {
  it('writes a note as one line of JSON with every part of it by its name', () => {
    const output = memory();
    logTo(output, 'info').noted('events', { type: 'elected', epoch: { counter: 3, nodeId: 's2' } });
    expect(records(output.lines)).toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as unknown,
        pid: process.pid,
        node: 's2',
        unit: 'events',
        event: 'elected',
        note: 'elected',
        epoch: '3.s2',
        msg: 'is primary of epoch 3.s2',
      },
    ]);
  });

  it('writes the failure of a command at its primary as an error, with the command and the stack on lines of its own', () => {
    const [json, text] = [memory(), memory()];
    const thrown = new TypeError('no such seat');
    const failure = { type: 'command-failed', errorId: 'hall-7', index: 7, command: { type: 'hold' }, thrown } as const;
    logTo(json, 'info').noted('hall', { ...failure, isAloud: true });
    logTo(text, 'info', 'pretty').noted('hall', { ...failure, isAloud: true });
    expect(records(json.lines)).toMatchObject([
      { level: 'error', unit: 'hall', errorId: 'hall-7', command: { type: 'hold' }, thrown: { type: 'TypeError' } },
    ]);
    const [first, ...others] = text.lines.join('').split('\n');
    expect(first).toContain('error hall-7: entry 7 failed at {"type":"hold"}: TypeError: no such seat');
    expect(others.join('\n')).toContain('logger.test.ts');
  });

  it('keeps that of a secondary to its debug level', () => {
    const output = memory();
    const thrown = new Error('no such seat');
    logTo(output, 'info').noted('hall', {
      type: 'command-failed',
      errorId: 'hall-7',
      index: 7,
      command: null,
      thrown,
      isAloud: false,
    });
    expect(output.lines).toEqual([]);
  });

  it('warns of what somebody should look at, and leaves out what may come with every request', () => {
    const output = memory();
    const log = logTo(output, 'info');
    log.noted('users', { type: 'steps-down', epoch: { counter: 3, nodeId: 's2' }, reason: 'no-quorum' });
    log.noted('front-end', { type: 'holds', group: 'users', held: 7 });
    log.say('a link was refused', 'seldom');
    log.say('and again', 'often');
    expect(records(output.lines)).toMatchObject([
      { level: 'warn', event: 'steps-down', note: 'steps-down', reason: 'no-quorum' },
      { level: 'info', msg: 'a link was refused' },
    ]);
  });

  it('says nothing of single requests unless asked to', () => {
    const output = memory();
    const log = logTo(output, 'info');
    expect(log.carried).toBeUndefined();
    log.answered({ method: 'GET', path: '/events', route: '/events', status: 200, millis: 1, requestId: 'r' });
    expect(output.lines).toEqual([]);
    log.answered({ method: 'GET', path: '/events?x=1', route: '/events', status: 503, millis: 30_000, requestId: 'r' });
    expect(records(output.lines)).toMatchObject([{ requestId: 'r', path: '/events', status: 503, millis: 30_000 }]);
  });

  it('names a request by the same id at the front end and at the data server', () => {
    const trace = `12.0.${UUID}.my-request`;
    const asked: Envelope = {
      from: { node: 'f1', unit: 'front-end' },
      to: { node: 's2', unit: 'events' },
      message: {
        type: 'requests',
        epoch: { counter: 3, nodeId: 's2' },
        lamport: 0,
        items: [{ type: 'write', id: trace, uuid: UUID, issuedAt: 0, command: { type: 'purchase' } }],
      },
    };
    const [atFrontEnd, atServer] = [memory(), memory()];
    logTo(atFrontEnd, 'debug').carried?.('out', asked);
    logTo(atServer, 'debug').carried?.('in', asked);
    const line = { level: 'debug', requestId: 'my-request', uuid: UUID, request: 'write' };
    expect(records(atFrontEnd.lines)).toMatchObject([{ ...line, msg: 'asks s2 for a write', peer: 's2' }]);
    expect(records(atServer.lines)).toMatchObject([{ ...line, msg: 'is asked by f1 for a write', unit: 'events' }]);
  });

  it('reads the id of a request from that of its call, and none from what no client asked for', () => {
    expect(requestIdOf(`1.2.${UUID}`)).toBe(UUID);
    expect(requestIdOf(`1.2.${UUID}.a.b/c`)).toBe('a.b/c');
    expect(requestIdOf('17')).toBeUndefined();
    expect(requestIdOf('')).toBeUndefined();
  });

  it('quotes a field with a space in it, in a line for people', () => {
    const output = memory();
    logTo(output, 'debug', 'pretty').noted('gossip', { type: 'meets', nodeId: 's1', address: 'a "b" c:1' });
    expect(output.lines.join('')).toContain(
      String.raw`s2 gossip event=meets nodeId=s1 address="a \"b\" c:1": meets s1`,
    );
  });

  it('is a line for people, its fields before its sentence, where that is wanted', () => {
    const output = memory();
    const log = logTo(output, 'debug', 'pretty');
    log.noted('events', { type: 'follows', primary: 's1', epoch: { counter: 2, nodeId: 's1' } });
    log.noted('users', { type: 'steps-down', epoch: { counter: 3, nodeId: 's2' }, reason: 'outdated' });
    log.noted('users', { type: 'proposes', configuration: configurationOf([]), change: 'drop', nodeId: 's3' });
    log.say('a link was refused', 'seldom');
    log.answered({ method: 'GET', path: '/x', route: 'unknown', status: 404, millis: 0.25, requestId: 'r' });
    log.failed(new Error('the disk is full'));
    const [follows, stepsDown, proposes, refused, answers, stops] = output.lines.map((line) =>
      line.replace(/^[\d:.]{12} /, ''),
    );
    expect(follows).toBe('s2 events event=follows primary=s1 epoch=2.s1: follows s1 in epoch 2.s1\n');
    expect(stepsDown).toBe(
      's2 warn: users event=steps-down epoch=3.s2 reason=outdated: steps down from epoch 3.s2 (outdated)\n',
    );
    expect(proposes).toBe('s2 users event=proposes change=drop nodeId=s3: proposes to drop s3\n');
    expect(refused).toBe('s2 a link was refused\n');
    expect(answers).toBe('s2 requestId=r method=GET path=/x status=404 millis=0.3: answers 404\n');
    expect(stops).toMatch(/^s2 error: s2 stops: the disk is full\nError: the disk is full\n {4}at /);
  });

  it('has written everything when it returns from a failure', () => {
    const folder = mkdtempSync(join(tmpdir(), 'understudy-log-'));
    const path = join(folder, 'log');
    const descriptor = openSync(path, 'w');
    const log = logTo(outputTo(descriptor), 'info');
    for (let nth = 0; nth < 1_000; nth += 1) log.say(`line ${nth}`, 'seldom');
    log.failed(new Error('the disk is full'));
    closeSync(descriptor);
    const lines = records(readFileSync(path, 'utf8').trimEnd().split('\n'));
    expect(lines.length).toBe(1_001);
    expect(lines.at(-1)).toMatchObject({ level: 'error', err: { type: 'Error', message: 'the disk is full' } });
    rmSync(folder, { recursive: true });
  });
});
