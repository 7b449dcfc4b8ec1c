import { signal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { showSeconds } from '../../sim/diagram/show-time.ts';
import type { NodeView, ReplicaView, RunView } from '../../sim/verdict/view.ts';
import { epochInk } from '../draw/scene.ts';
import { runner } from './runs.ts';
import type { Plain } from '../../sim/base/plain.ts';
import type { Message } from '../../sim/diagram/messages.ts';
import type { Asked, Replayed } from '../worker/messages.ts';
import { cursor, isPlaying, message, selected, shown, type Version } from './state.ts';
import { Tree } from './tree.tsx';

/** The state of every node after two events: that of the cursor, and the one before it. */
const views = signal<{ readonly key: string; readonly now: RunView; readonly before: RunView | undefined } | undefined>(
  undefined,
);

/** The message in question, and the selected node: its role, its log, its outbox, its state, with what this step changed. */
export function InspectView(): preact.JSX.Element {
  const version = shown.value;
  const place = cursor.value.place;
  const event = version?.run.model.recording.events[place];
  const number = event?.number ?? 0;
  const key = version === undefined ? '' : `${version.run.model.digest} ${version.records ?? ''} ${number}`;
  useEffect(() => {
    if (version === undefined || isPlaying.value) return undefined;
    let isWanted = true;
    void (async () => {
      const asked = askedOf(version);
      const before = number > 0 ? await runner.view(asked, number - 1) : undefined;
      const now = await runner.view(asked, number);
      if (!isWanted || now?.type !== 'view') return;
      views.value = { key, now: now.view, before: before?.type === 'view' ? before.view : undefined };
    })();
    return () => {
      isWanted = false;
    };
  }, [key, isPlaying.value]);
  const node = selected.value;
  const known = views.value;
  const isCurrent = known?.key === key;
  const now = known?.now.nodes.find((one) => one.node === node);
  const before = known?.before?.nodes.find((one) => one.node === node);
  return (
    <div class="inspect" aria-busy={!isCurrent}>
      <MessageBox />
      {node === undefined ? (
        <p>Select a node: click it, or press its digit.</p>
      ) : now === undefined ? (
        <p>{node.startsWith('c') ? 'Clients keep no state.' : 'Looking …'}</p>
      ) : (
        <NodeBox node={now} before={before} />
      )}
    </div>
  );
}

/** What the message in question carries. */
const carried = signal<{ readonly key: string; readonly payload: Plain | undefined } | undefined>(undefined);

function MessageBox(): preact.JSX.Element | null {
  const [now, version] = [message.value, shown.value];
  const key = now === undefined || version === undefined ? '' : `${version.run.model.digest} ${now.id}`;
  useEffect(() => {
    if (now === undefined || version === undefined || isPlaying.value) return undefined;
    let isWanted = true;
    void payloadOf(version, now).then((payload) => {
      if (isWanted) carried.value = { key, payload };
    });
    return () => {
      isWanted = false;
    };
  }, [key, isPlaying.value]);
  if (now === undefined) return null;
  const fate = now.fate === 'once' ? (now.arrivals[0]?.outcome ?? 'on its way') : now.fate;
  const payload = carried.value?.key === key ? carried.value.payload : undefined;
  return (
    <section class="message">
      <h2>
        {now.from} → {now.to}: {now.kind}
      </h2>
      <dl>
        <dt>says</dt>
        <dd class="mono">{now.text}</dd>
        <dt>for</dt>
        <dd>{now.unit === '' ? 'the client' : now.unit}</dd>
        <dt>sent</dt>
        <dd class="mono">{showSeconds(now.sentAt, 6)}</dd>
        <dt>fate</dt>
        <dd>
          {fate}
          {now.arrivals[0] === undefined ? '' : `, at ${showSeconds(now.arrivals[0].at, 6)}`}
        </dd>
      </dl>
      {payload === undefined ? null : <Tree name="payload" value={payload} isOpen />}
    </section>
  );
}

/** What a message between nodes carries; what clients ask and are told is in its text. */
async function payloadOf(
  version: Version,
  { id, from, to, unit, fromUnit, text }: Message,
): Promise<Plain | undefined> {
  const sent = version.run.model.recording.events.find((event) => event.type === 'sent' && event.id === id);
  if (sent === undefined) return undefined;
  const told = await runner.view(askedOf(version), sent.number);
  if (told?.type !== 'view') return undefined;
  return told.view.sent.find(
    (one) => one.from === from && one.to === to && one.unit === unit && one.fromUnit === fromUnit && one.text === text,
  )?.payload;
}

function askedOf({ records, plan, bug }: Version): Asked | Replayed {
  return records === undefined ? { plan, bug } : { records };
}

function NodeBox({
  node,
  before,
}: {
  readonly node: NodeView;
  readonly before: NodeView | undefined;
}): preact.JSX.Element {
  return (
    <section>
      <h2>
        {node.node} <span class="soft">{`${node.state}, life ${node.life}`}</span>
      </h2>
      {node.groups.map((replica) => (
        <Replica
          key={replica.group}
          node={node.node}
          replica={replica}
          before={before?.groups.find(({ group }) => group === replica.group)}
        />
      ))}
    </section>
  );
}

function Replica({
  node,
  replica,
  before,
}: {
  readonly node: string;
  readonly replica: ReplicaView;
  readonly before: ReplicaView | undefined;
}): preact.JSX.Element {
  const { group, role, primary, promised, log, durable, visible } = replica;
  const run = shown.value?.run;
  const marks = [
    ['last', replica.last, before?.last],
    ['on disk', durable, before?.durable],
    ['safe', replica.safe, before?.safe],
    ['visible', visible, before?.visible],
  ] as const;
  return (
    <section class="replica">
      <h3>{`${group}: ${role ?? 'on disk'} · promised ${promised}${primary === undefined || primary === node ? '' : ` · follows ${primary}`}`}</h3>
      <table class="marks">
        <thead>
          <tr>
            {marks.map(([name]) => (
              <th scope="col" key={name}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            {marks.map(([name, now, was]) => (
              <td key={name} class={was !== undefined && now !== was ? 'changed' : undefined}>
                {now ?? '–'}
                {was !== undefined && now !== was ? <span class="was">{` was ${was}`}</span> : null}
              </td>
            ))}
          </tr>
        </tbody>
      </table>
      <ul class="log" aria-label={`Log of ${group}`}>
        {log.slice(-16).map((entry) => {
          const colour = run === undefined ? 'e' : epochInk(run, group, entry.epoch);
          const where =
            entry.index <= (visible ?? 0) ? 'visible' : entry.index <= durable ? 'on disk' : 'in memory only';
          return (
            <li
              key={entry.index}
              class={where.replaceAll(' ', '-')}
              style={`border-color:var(--${colour})`}
              title={`${entry.epoch}, ${where}: ${JSON.stringify(entry.content)}`}
            >
              {entry.index} {entry.type}
              <span class="hidden">{`, epoch ${entry.epoch}, ${where}`}</span>
            </li>
          );
        })}
      </ul>
      {replica.state === undefined ? null : <Tree name="state" value={replica.state} before={before?.state} isOpen />}
      {replica.memory === undefined ? null : (
        <Tree name="results and calls" value={replica.memory} before={before?.memory} />
      )}
      <Tree name="outbox" value={replica.outbox} before={before?.outbox} />
      {replica.election === undefined ? null : (
        <Tree name="election" value={replica.election} before={before?.election} />
      )}
    </section>
  );
}
