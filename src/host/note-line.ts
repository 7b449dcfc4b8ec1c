import type { Unit } from '../protocol/model/address.ts';
import type { CodeRange } from '../protocol/model/app-versions.ts';
import { unreachable } from '../protocol/model/assert.ts';
import type { ConfigurationChange } from '../protocol/model/effects.ts';
import { showEpoch } from '../protocol/model/epoch.ts';
import type { Json } from '../protocol/model/json.ts';
import { showDifference } from './clock-difference.ts';
import type { HostNote } from './host-io.ts';

/** `seldom`: a line in every log. `warning`: one for an operator. `error`: one for the author of the service, or an operator at once. `often`: may come with every request. */
export type Level = 'seldom' | 'warning' | 'error' | 'often';

const CHANGES: Readonly<Record<ConfigurationChange, string>> = {
  remove: 'take the vote of',
  readmit: 'give a vote back to',
  promote: 'give its first vote to',
  give: 'give one more vote to',
  take: 'take a vote from',
  admit: 'admit',
  drop: 'drop',
};

/** A note as a log line: `events: is primary of epoch 3.s2`. */
export function noteLine(unit: Unit, note: HostNote): { readonly line: string; readonly level: Level } {
  const said = (line: string, level: Level = 'seldom') => ({ line: `${unit}: ${line}`, level });
  switch (note.type) {
    case 'suspects':
      return said(`suspects ${note.nodeId}`);
    case 'asks-election':
      // Election rounds without end: only those of powers of two are logged.
      return said(`asks for an election (round ${note.round})`, isPowerOfTwo(note.round) ? 'seldom' : 'often');
    case 'campaigns':
      return said(`campaigns for epoch ${showEpoch(note.epoch)}`);
    case 'elected':
      return said(`is primary of epoch ${showEpoch(note.epoch)}`);
    case 'follows':
      return 'group' in note
        ? said(`${note.group} is led by ${note.primary} in epoch ${showEpoch(note.epoch)}`)
        : said(`follows ${note.primary} in epoch ${showEpoch(note.epoch)}`);
    case 'steps-down':
      return said(`steps down from epoch ${showEpoch(note.epoch)} (${note.reason})`);
    case 'proposes':
      return said(`proposes to ${CHANGES[note.change]} ${note.nodeId}`);
    case 'hands-over':
      return said(`hands epoch ${showEpoch(note.epoch)} over to ${note.to} (${note.reason})`);
    case 'keeps-office':
      return said(
        note.to === undefined ? 'has no data voter to hand over to' : `stays primary: ${note.to} has not taken over`,
      );
    case 'forgets':
      return said(
        `the disk of ${note.nodeId} (${note.diskId}) has lost entries that it had acknowledged: it had ${note.had} and ` +
          `has at most ${note.has}. It is sent them again; check that disk, and replace it if this recurs`,
      );
    case 'waits-for-vote':
      return said(
        `gives ${note.nodeId} its vote back only when it was heard and close for ${Math.round(note.millis / 1_000)} s: it ` +
          `has lost it again after ${note.returns} ${note.returns === 1 ? 'return' : 'returns'} in this epoch`,
      );
    case 'truncates':
      return said(`truncates its log from ${note.from} on`);
    case 'sends-full-copy':
      return said(`sends ${note.to} a full copy up to ${note.index}`);
    case 'installed':
      return said(`has installed a full copy up to ${note.index}`);
    case 'snapshots':
      return said(`takes a snapshot at ${note.index}`);
    case 'suppresses-duplicate':
      return said(`has seen ${note.uuid} before`, 'often');
    case 'resumes-calls':
      return said(`delivers its calls to ${note.group}, ${note.pending} pending`);
    case 'bridges':
      return said(`has no answer from ${note.primary} of ${note.group}, and asks it by way of ${note.via}`);
    case 'calls-no-group':
      return said(`no group is called ${note.group}: refuses ${note.pending} calls to it`);
    case 'other-genesis':
      return said(`ignores ${note.from}: it has another first configuration`);
    case 'doubts-claim':
      return said(
        `${note.from} claims start ${note.incarnation} of this disk, without its proof; the next start exceeds it. ` +
          'If other nodes refuse this one, start it again',
      );
    case 'clock-differs':
      return said(
        note.isWrong
          ? `the wall clock of this machine is ${showDifference(note.byMillis)} the date that most clocks show: set it right`
          : 'the wall clock of this machine shows the date that most clocks show',
      );
    case 'epochs-exhausted':
      return said(
        `cannot campaign: no epoch follows its promise ${showEpoch(note.promised)}, which no election has made. ` +
          'If no other server leads, begin a new history here: understudy force',
      );
    case 'unserved':
      return said(`refuses a request: ${note.reason}`, 'often');
    case 'command-failed':
      return said(failureSaid(note, `entry ${note.index} failed`, note.command), note.isAloud ? 'error' : 'often');
    case 'query-failed':
      return said(failureSaid(note, `a query failed at ${note.index}`, note.query), 'error');
    case 'route-failed':
      return said(failureSaid(note, `${note.route} failed`), 'error');
    case 'holds':
      return said(`has ${note.held} requests pending for ${note.group}`, 'often');
    case 'retries':
      return said(`asks ${note.to} again for ${note.uuid} of ${note.group}`, 'often');
    case 'gives-up':
      return said(`gives up on ${note.uuid} of ${note.group}: its outcome is unknown`);
    case 'meets':
      return said(`meets ${note.nodeId} at ${note.address}`);
    case 'stands':
      return said(note.standing === 'member' ? `${note.nodeId} takes part` : `${note.nodeId} is ${note.standing}`);
    case 'misses':
      return said(`does not reach ${note.nodeId} any more${note.standing === 'member' ? '' : ` (${note.standing})`}`);
    case 'lacks-votes':
      return said(`has no primary: ${note.says}`);
    case 'has-votes':
      return said('has the votes it needs');
    case 'finds':
      return said(`reaches ${note.nodeId} again`);
    case 'cache-hit':
      return said(`answers from its cache of ${note.group}`, 'often');
    case 'cache-unconfirmed':
      return said(`does not use its cache of ${note.group}: not confirmed for too long`, 'often');
    case 'cache-gap':
      return said(`has missed changes of ${note.group} from ${note.through} to ${note.from}, and asks again`, 'often');
    case 'cache-late':
      return said(`does not keep an answer of ${note.group} that is older than what it knows`, 'often');
    case 'cache-drops':
      return said(`drops ${note.dropped} of its cache of ${note.group}, which has changed`, 'often');
    case 'cache-evicts':
      return said(`makes room in its cache for ${note.group}`, 'often');
    case 'contradicts-visible':
      return said(
        `refuses ${note.from}, which contradicts the visible entry ${note.index}: the folder of one of the two was put back to an earlier state, or is a copy`,
      );
    case 'unreadable':
      return said(
        `cannot read entry ${note.index} of ${note.from} (${note.reason}), and takes nothing from there on: ` +
          'start it with the version of the service that the others have',
      );
    case 'activates':
      return said(`activates version ${note.version}: every data server can run it`);
    case 'tries-migration':
      return said(
        `tries the migration to version ${note.version} in a moment: this server does nothing else until it has ended`,
      );
    case 'migration-is-slow':
      return said(
        `took ${note.millis} ms for the migration to version ${note.version}, longer than a primary may be silent: ` +
          'it does not activate the version. Start the data servers with a file whose migration takes less, or with a ' +
          'longer electAfter',
        'warning',
      );
    case 'awaits-trial':
      return said(
        `does not try the migration to version ${note.version}: ${note.nodeId} was trying it when it was heard last. ` +
          `Start ${note.nodeId} again with a file whose migration ends soon, or remove it`,
        'warning',
      );
    case 'fails-alone':
      return said(
        `has diverged: the migration to version ${note.version} worked where it was proposed, and failed here at entry ` +
          `${note.index}. It answers nothing until it has been given a full copy`,
        'error',
      );
    case 'migration-fails':
      return said(
        `stays at version ${note.version - 1}: ${note.thrown.message}. ` +
          `Start the data servers with a file whose migration to version ${note.version} works`,
        'warning',
      );
    case 'activated':
      return said(`has version ${note.version} from entry ${note.index} on`);
    case 'mute':
      return said(
        `is mute: its log needs version ${note.lacks}, and this build has ${versionsSaid(note.has)}. ` +
          'It keeps entries and votes, and answers nothing: start it with a build that has that version',
        'warning',
      );
    case 'diverged':
      return said(divergenceSaid(note), 'error');
    case 'outdated-code':
      return said(
        `${note.group} has version ${note.version}, and this front end the code of version ${note.has}: it is not ready. ` +
          'Start it with the build that the servers have',
        'warning',
      );
    case 'able':
      return said(`has the code that its log needs again, and answers from version ${note.version}`);
    case 'ignores-stranger':
      return said(`ignores ${note.said} of ${note.from}, which has no such role here`, 'often');
    case 'read-only':
      return said(`takes no writes that need room: ${shortagesSaid(note.shortages)}`, 'warning');
    case 'writable':
      return said('has room again, and takes all writes');
    case 'streams':
      return said(`reads a list of ${note.group} in pages`, 'often');
    case 'cuts-off':
      return said(`cuts off a list of ${note.group} that it cannot finish: ${note.reason}`);
    case 'ignores-lower-epoch':
      return said(`ignores a message of ${note.group} in the older epoch ${showEpoch(note.epoch)}`);
    default:
      return unreachable(note);
  }
}

export function versionsSaid({ oldest, newest }: CodeRange): string {
  return oldest === newest ? `version ${newest}` : `versions ${oldest} to ${newest}`;
}

function divergenceSaid({
  nodeId,
  index,
  hash,
  expected,
  agree,
  of,
}: Extract<HostNote, { readonly type: 'diverged' }>): string {
  const counted = agree === undefined || of === undefined ? '' : `, as ${agree} of ${of} data servers have`;
  const isUndecided = agree !== undefined && of !== undefined && agree * 2 <= of;
  return (
    `the state of ${nodeId} has diverged: after entry ${index} its hash is ${hash} and should be ${expected}${counted}. ` +
    (isUndecided ? 'No majority says which one is right: the primary goes on with its own. ' : '') +
    'It answers nothing until it has a full copy. Does the service go by a clock, by chance, or by what it keeps outside of the state?'
  );
}

/** The words of what was thrown, and the request; the stack is a field of the log. */
function failureSaid({ errorId, thrown }: Failed, what: string, asked?: Json): string {
  const request = asked === undefined ? '' : ` at ${JSON.stringify(asked).slice(0, SHOWN_AT_MOST)}`;
  const why = thrown.message.slice(0, SHOWN_AT_MOST);
  return `error ${errorId}: ${what}${request}: ${thrown.name}: ${why}. Its client was told of error ${errorId}`;
}

interface Failed {
  readonly errorId: string;
  readonly thrown: Error;
}

const SHOWN_AT_MOST = 1_000;

function isPowerOfTwo(number: number): boolean {
  return (number & (number - 1)) === 0;
}

function shortagesSaid(shortages: Extract<HostNote, { readonly type: 'read-only' }>['shortages']): string {
  return shortages.map(({ node, of }) => `${LACKS[of]} ${node}`).join(', ');
}

const LACKS = {
  disk: 'the disk is nearly full at',
  memory: 'memory is nearly full at',
  state: 'the state is over its quota at',
};
