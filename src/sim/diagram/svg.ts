import { line, wrap } from '../../drawing/text.ts';
import { element, svgDocument, titled } from '../../drawing/xml.ts';
import type { Recording } from '../recording/recording.ts';
import { styleSheet } from './colours.ts';
import { drawOperations } from './draw-clients.ts';
import { drawLanes, drawNames } from './draw-lanes.ts';
import { drawEnds, drawFaults, drawTime, drawTints, FAULTS_WIDTH } from './draw-margins.ts';
import { drawMessages } from './draw-messages.ts';
import { drawLaneLabels } from './labels.ts';
import { drawKey, drawLegend } from './legend.ts';
import { drawOverview, OVERVIEW_HEIGHT } from './draw-overview.ts';
import { lowered, type Scene, sceneOf, type SceneOptions } from './scene.ts';
import { showSeconds } from './show-time.ts';

/** Which part of a run a space-time diagram shows. */
export type SpaceTimeOptions = SceneOptions;

/**
 * A run as a space-time diagram (Lamport 1978): a lane for each client and node, time downwards, an arrow for each
 * message. It shows a window around the violation or around what `options` name; a short run is shown whole. The result
 * is one SVG document without scripts or references, for light and dark ground; equal input gives equal bytes.
 */
export function spaceTimeSvg(recording: Recording, options: SpaceTimeOptions = {}): string {
  const headline = headlineOf(recording);
  const scene = sceneOf(recording, options);
  const width = Math.max(760, scene.lanes.right + FAULTS_WIDTH);
  const subtitle = wrap(subtitleOf(scene), 11.5, width - 48);
  const reason = recording.events.flatMap((event) =>
    event.type === 'violated' ? wrap(event.reason, 11.5, width - 76) : [],
  );
  const boxY = 50 + subtitle.length * 16;
  const boxHeight = reason.length === 0 ? 0 : 34 + reason.length * 15;
  const isPart = scene.window.before + scene.window.after > 0;
  const keyY = boxY + boxHeight + 18;
  const overviewY = keyY + 14;
  const top = keyY + (isPart ? OVERVIEW_HEIGHT + 24 : 0) + 65;
  const body = drawBody(lowered(scene, top));
  const legend = drawLegend(scene, 24, top + scene.time.height + 56, width - 48);
  const height = top + scene.time.height + 56 + legend.height;
  return svgDocument(
    { title: headline, style: styleSheet(), width: Math.ceil(width), height: Math.ceil(height) },
    line(24, 34, headline, 'h1'),
    ...subtitle.map((text, place) => line(24, 56 + place * 16, text, 'h2 soft')),
    reason.length === 0 ? '' : drawReason(recording, reason, boxY, boxHeight, width - 48),
    drawKey(24, keyY),
    isPart ? drawOverview(scene, 24, overviewY, width - 48) : '',
    body,
    legend.markup,
  );
}

function headlineOf({ name, seed }: Recording): string {
  return name ?? `Seed ${seed}`;
}

function subtitleOf({ recording, window, operations, usual }: Scene): string {
  const violation = recording.events.find((event) => event.type === 'violated');
  const verdict = violation === undefined ? 'every rule held' : 'a rule was broken';
  const left = [
    ...(window.before > 0 ? [`${window.before} events before`] : []),
    ...(window.after > 0 ? [`${window.after} events after`] : []),
  ];
  const part = `${showSeconds(window.from)} to ${showSeconds(window.to)}`;
  const shown = left.length === 0 ? part : `${part}; ${left.join(' and ')} are left out`;
  const bars = operations.filter((operation) => usual.has(operation)).length;
  const without = bars === 0 ? '' : `; usual operations (${bars} here) are drawn without their messages`;
  return `seed ${recording.seed} · ${verdict} · digest ${recording.digest} · ${shown}${without}`;
}

function drawReason(recording: Recording, reason: readonly string[], y: number, height: number, width: number): string {
  const judge = recording.events.flatMap((event) => (event.type === 'violated' ? [event.judge] : []))[0] ?? '';
  return titled(
    `The judge “${judge}” ended the run`,
    'g',
    {},
    element('rect', { class: 'box', x: 24, y, width, height: height - 8, rx: 6 }),
    line(36, y + 18, `the judge “${judge}” says:`, 'h2 alarm strong'),
    ...reason.map((text, place) => line(36, y + 35 + place * 15, text, 'h2')),
  );
}

/** Back to front. Labels of lanes and clients are placed before those of messages. */
function drawBody(scene: Scene): string {
  const ground = [drawTints(scene), drawTime(scene), drawLanes(scene)];
  const names = drawNames(scene);
  const operations = drawOperations(scene);
  const labels = drawLaneLabels(scene);
  const messages = drawMessages(scene);
  return [...ground, messages, operations, labels, drawFaults(scene), drawEnds(scene), names].join('\n');
}
