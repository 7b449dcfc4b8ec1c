import { fit, line } from '../../drawing/text.ts';
import { element, escapeXml, pixels, titled } from '../../drawing/xml.ts';
import { clip } from './draw-lanes.ts';
import type { Scene } from './scene.ts';
import { showDuration, showSeconds } from './show-time.ts';

/** Width of the column of faults, right of the lanes. */
export const FAULTS_WIDTH = 214;

/** The axis on the left, with a line across wherever it names a time, and a band across each idle stretch. */
export function drawTime(scene: Scene): string {
  const { lanes, time, window } = scene;
  const gridAt = (y: number): string =>
    element('path', { class: 'grid', d: `M${pixels(lanes.left)} ${pixels(y)}H${pixels(lanes.right)}` });
  const tick = (at: number): string =>
    gridAt(scene.y(at)) + line(lanes.left - 10, scene.y(at) + 3.5, showSeconds(at), 'tick soft');
  const bands = time.breaks.map(({ from, to }) => {
    const { y1, y2 } = clip(scene, { from, to });
    const folded = scene.routine.filter((at) => at > from && at < to).length;
    const told = `${showDuration(to - from)}${folded === 0 ? '' : `, ${folded} routine messages`}`;
    return (
      titled(told, 'rect', {
        class: 'break',
        x: lanes.left - 66,
        y: y1 + 3,
        width: lanes.right - lanes.left + 66,
        height: y2 - y1 - 6,
      }) +
      element(
        'text',
        { class: 'idle soft', x: lanes.left - 33, y: (y1 + y2) / 2 + 3 },
        escapeXml(showDuration(to - from)),
      )
    );
  });
  const ticks: string[] = [];
  for (let y = 0; y <= time.height + 0.5; y += 48) {
    const at = Math.round(time.atOf(Math.min(y, time.height)));
    const inBreak = time.breaks.some(({ from, to }) => at > from && at < to);
    if (!inBreak) ticks.push(tick(Math.max(at, window.from)));
  }
  return [...bands, ...ticks].join('');
}

/** Darkens the lanes of a fault's nodes for its duration. */
export function drawTints(scene: Scene): string {
  const { lanes } = scene;
  return scene.faults
    .flatMap((fault) =>
      fault.nodes.map((node) => {
        const lane = lanes.lane(node);
        const { y1, y2 } = clip(scene, fault);
        if (lane === undefined || y2 <= y1) return '';
        return titled(`${fault.title}, ${showDuration(fault.to - fault.from)}`, 'rect', {
          class: 'tint',
          x: lane.x - lanes.spacing / 2 + 2,
          y: y1,
          width: lanes.spacing - 4,
          height: y2 - y1,
        });
      }),
    )
    .join('');
}

/** The faults of the plan on the right: a name at the beginning, and a bar for the duration. */
export function drawFaults(scene: Scene): string {
  const x = scene.lanes.right + 16;
  const columns: number[] = [];
  let free = scene.top - 6;
  return scene.faults
    .map((fault) => {
      const { y1, y2 } = clip(scene, fault);
      const taken = columns.findIndex((until) => until < y1);
      const column = taken < 0 ? columns.length : taken;
      columns[column] = y2;
      const barX = x + (column % 4) * 6;
      const isCarried = fault.from < scene.window.from;
      const y = Math.max(y1, free);
      free = y + 13;
      const bar =
        y2 > y1
          ? element('path', { class: 'bar', d: `M${pixels(barX)} ${pixels(y1)}V${pixels(y2)}` })
          : element('path', { class: 'bar', d: `M${pixels(barX - 3)} ${pixels(y1)}h6` });
      const lead = element('path', {
        class: 'lead',
        d: `M${pixels(barX + 3)} ${pixels(y1)}L${pixels(x + 26)} ${pixels(y)}`,
      });
      const title = `${fault.text}\n${showSeconds(fault.from)}${fault.to > fault.from ? ` to ${showSeconds(fault.to)}` : ''}`;
      const words = fit(`${fault.title}${isCarried ? ' (since before)' : ''}`, 10, FAULTS_WIDTH - 46);
      return bar + lead + titled(title, 'text', { class: 'alarm', x: x + 30, y: y + 3.5 }, escapeXml(words));
    })
    .join('');
}

/** The start of the liveness phase, and the violation: lines across all lanes. */
export function drawEnds(scene: Scene): string {
  return scene.events
    .map((event) => {
      if (event.type === 'healed') {
        const rest = event.broken.length === 0 ? 'all is healed' : `healed, but for ${event.broken.join(' ')}`;
        return across(scene, scene.y(event.at), 'rest', event.text, rest, 'good');
      }
      if (event.type !== 'violated') return '';
      // Below its cause, which is labelled, too.
      const y = scene.y(event.at) + 10;
      const what = line(scene.lanes.left, y + 15, `event ${event.number}: ${event.what}`, 'alarm');
      const end = across(scene, y, 'end', event.reason, `✕ ${event.judge}`, 'alarm strong');
      return end + what + drawPromises(scene, event.reason, y + 30);
    })
    .join('');
}

/** Below each lane what its node had promised, where the judge speaks of an epoch of a group. */
function drawPromises(scene: Scene, reason: string, y: number): string {
  const [, group, epoch] = / of (\S+) in epoch (\d+\.\w+)/.exec(reason) ?? [];
  if (group === undefined || epoch === undefined || !scene.groups.includes(group)) return '';
  const promised = new Map<string, string>();
  for (const event of scene.recording.events) {
    if (event.type === 'role' && event.group === group) promised.set(event.node, event.epoch);
  }
  return scene.lanes.lanes
    .filter(({ name }) => promised.has(name))
    .map(({ name, x }) => {
      const told = promised.get(name) ?? 'none';
      const isSo = told === epoch;
      const said = `${isSo ? '✓' : '✗'} promised ${told}`;
      const title = `${name} had promised ${told} in ${group}`;
      return titled(title, 'text', { class: `mid ${isSo ? 'good' : 'alarm'}`, x, y }, escapeXml(said));
    })
    .join('');
}

function across(scene: Scene, y: number, name: string, title: string, text: string, ink: string): string {
  const { left, right } = scene.lanes;
  const d = `M${pixels(left - 6)} ${pixels(y)}H${pixels(right + 24)}`;
  return titled(title, 'g', {}, element('path', { class: name, d }), line(right + 30, y + 3.5, text, ink));
}
