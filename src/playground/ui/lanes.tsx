import { useRef } from 'preact/hooks';
import { messageAt } from '../draw/lane-messages.ts';
import { type LaneLayout, layLanes } from '../draw/lane-layout.ts';
import { drawLanes } from '../draw/lanes.ts';
import { type View, viewOf } from '../draw/view.ts';
import { drawOverview } from '../draw/overview.ts';
import type { Scene } from '../draw/scene.ts';
import type { Fault } from '../../sim/plan/fault.ts';
import { drawFlags, type FaultDrag, flagAt, flagsOf } from '../draw/fault-flags.ts';
import { FONT, haloText, type Point } from '../draw/shapes.ts';
import { movedFault } from '../model/plan-edits.ts';
import { placeOfEdit } from '../model/stepping.ts';
import { editRun } from './runs.ts';
import { useCanvas } from './canvas.tsx';
import { goTo, goToTime } from './cursor.ts';
import { sceneNow } from './scene-now.ts';
import * as state from './state.ts';

const OVERVIEW = 28;

/** A picture of lanes on the canvas. */
interface Part {
  readonly scene: Scene;
  readonly layout: LaneLayout;
  /** From the canvas's upper edge. */
  readonly top: number;
  readonly bottom: number;
  readonly from: number;
  readonly to: number;
}

interface Drawn {
  readonly parts: readonly Part[];
  readonly layout: LaneLayout;
  readonly view: View;
  readonly height: number;
  readonly faults: readonly Fault[];
}

/** A pointer that is down. */
interface Press {
  readonly at: Point;
  /** The time of the cursor when it went down. */
  readonly cursor: number;
  isMoved: boolean;
  readonly isOverview: boolean;
  /** The fault of the plan whose card it is on. */
  readonly fault: number | undefined;
}

/** How it came to this, and what comes. A drag moves time, ctrl and the wheel zoom, the strip below is the whole run. */
export function Lanes(): preact.JSX.Element {
  const drawn = useRef<Drawn | undefined>(undefined);
  const pressed = useRef<Press | undefined>(undefined);
  const touches = useRef(new Map<number, Point>());
  const { ref } = useCanvas((context, size) => {
    const scene = sceneNow();
    if (scene === undefined) return;
    const lanesHeight = size.height - OVERVIEW - 6;
    const parts = partsOf(scene, size.width, lanesHeight);
    const layout = layLanes(scene.run.model, size.width, lanesHeight);
    const view = viewOf(scene, layout);
    context.fillStyle = scene.ink('paper');
    context.fillRect(0, 0, size.width, size.height);
    for (const part of parts) drawPart(context, part, view);
    const faults = state.comparison.peek() === 'before' ? [] : (state.version.peek()?.plan?.faults ?? []);
    drawFlags(context, scene, layout, view, faults, state.faultDrag.peek());
    drawOverview(context, { ...scene, model: scene.run.model }, view, {
      left: layout.left,
      top: size.height - OVERVIEW,
      width: size.width - layout.left - 8,
      height: OVERVIEW - 2,
    });
    drawn.current = { parts, layout, view, height: size.height, faults };
  });
  const pointOf = (event: PointerEvent | WheelEvent): Point => {
    const box = ref.current?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) };
  };
  const jump = (x: number): void => {
    const now = drawn.current;
    const map = state.time.value;
    if (now === undefined || map === undefined) return;
    const width = (ref.current?.clientWidth ?? 0) - now.layout.left - 8;
    goToTime(map.atOf(((x - now.layout.left) / Math.max(1, width)) * map.height));
  };
  const down = (event: PointerEvent): void => {
    const at = pointOf(event);
    touches.current.set(event.pointerId, at);
    ref.current?.setPointerCapture(event.pointerId);
    const isOverview = at.y > (drawn.current?.height ?? 0) - OVERVIEW;
    const now = drawn.current;
    const fault = now === undefined ? undefined : flagAt(flagsOf(now.faults, now.view, now.layout), at);
    pressed.current = { at, cursor: state.cursor.value.at, isMoved: false, isOverview, fault };
    state.isPlaying.value = false;
    if (isOverview) jump(at.x);
  };
  const move = (event: PointerEvent): void => {
    const start = pressed.current;
    const [now, map] = [drawn.current, state.time.value];
    if (start === undefined || now === undefined || map === undefined) return;
    const at = pointOf(event);
    const before = [...touches.current.values()];
    touches.current.set(event.pointerId, at);
    if (before.length === 2) {
      const after = [...touches.current.values()];
      const [was, is] = [spread(before), spread(after)];
      if (was > 0) zoomBy(is / was);
      start.isMoved = true;
      return;
    }
    if (start.isOverview) return jump(at.x);
    if (!start.isMoved && Math.abs(at.x - start.at.x) < 6) return;
    start.isMoved = true;
    if (start.fault !== undefined) {
      const millis = Math.max(0, Math.round(now.view.atOf(at.x) / 1_000));
      state.faultDrag.value = { place: start.fault, at: millis };
      return;
    }
    goToTime(map.atOf(map.yOf(start.cursor) - (at.x - start.at.x) / state.zoom.value));
  };
  const up = (event: PointerEvent): void => {
    touches.current.delete(event.pointerId);
    const start = pressed.current;
    pressed.current = undefined;
    const [now, dragged] = [drawn.current, state.faultDrag.value];
    state.faultDrag.value = undefined;
    if (start === undefined || now === undefined || start.isOverview) return;
    if (dragged !== undefined) return moveFault(dragged);
    if (start.isMoved) return;
    click(now, pointOf(event), start.fault);
  };
  return (
    <div class="lanes">
      <canvas
        ref={ref}
        aria-hidden="true"
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={() => {
          touches.current.clear();
          pressed.current = undefined;
          state.faultDrag.value = undefined;
        }}
        onWheel={(event) => {
          event.preventDefault();
          if (event.ctrlKey || event.metaKey) return zoomBy(event.deltaY > 0 ? 0.85 : 1.18);
          const map = state.time.value;
          const amount = Math.abs(event.deltaX) > Math.abs(event.deltaY) ? event.deltaX : event.deltaY;
          if (map !== undefined) goToTime(map.atOf(map.yOf(state.cursor.value.at) + amount / state.zoom.value));
        }}
      />
    </div>
  );
}

/** One picture; or the common past over the whole height, and from where the futures part on one above the other. */
function partsOf(scene: Scene, width: number, height: number): readonly Part[] {
  const [before, parting] = [state.other.peek(), state.partingAt.peek()];
  const whole: Part = {
    scene,
    layout: layLanes(scene.run.model, width, height),
    top: 0,
    bottom: height,
    from: 0,
    to: width,
  };
  if (state.comparison.peek() !== 'both' || before === undefined || parting === undefined) return [whole];
  const x = Math.min(width, viewOf(scene, whole.layout).xOf(parting.at));
  const isPartedBefore = x <= whole.layout.left;
  const half = height / 2;
  const halves = { from: isPartedBefore ? 0 : x, to: width };
  const below: Scene = { ...scene, run: before.run, message: undefined };
  return [
    ...(isPartedBefore ? [] : [{ ...whole, to: x }]),
    { ...halves, scene, layout: layLanes(scene.run.model, width, half), top: 0, bottom: half },
    { ...halves, scene: below, layout: layLanes(before.run.model, width, half), top: half, bottom: height },
  ];
}

function drawPart(context: CanvasRenderingContext2D, part: Part, view: View): void {
  const { scene, layout, top, bottom, from, to } = part;
  if (to <= from) return;
  context.save();
  context.beginPath();
  context.rect(from, top, to - from, bottom - top);
  context.clip();
  context.translate(0, top);
  const isBefore = top > 0;
  const isHalf = from > 0 || isBefore;
  drawLanes(context, scene, layout, view, isBefore ? undefined : state.partingAt.peek());
  if (isHalf || state.comparison.peek() === 'both') nameHalf(context, part, isBefore);
  context.restore();
}

/** The names of the lanes once more, where the common past is beside them; and which future it is. */
function nameHalf(context: CanvasRenderingContext2D, { scene, layout, from, to }: Part, isBefore: boolean): void {
  const { ink } = scene;
  context.textBaseline = 'middle';
  context.textAlign = 'left';
  if (from > layout.left) {
    context.font = `700 10px ${FONT}`;
    for (const { name, top, height } of layout.rows)
      haloText(context, name, { x: from + 5, y: top + height / 2 }, ink('soft'), ink('paper'));
  }
  if (from === 0 && to < layout.width) return;
  context.font = `700 12px ${FONT}`;
  context.textAlign = 'right';
  const text = isBefore ? 'before the edit' : 'after the edit';
  haloText(context, text, { x: layout.width - 10, y: layout.top - 8 }, ink('focus'), ink('paper'));
  context.textAlign = 'left';
}

/** The fault strikes at another time. */
function moveFault({ place, at }: FaultDrag): void {
  const plan = state.version.value?.plan;
  if (plan === undefined || plan.faults[place]?.at === at) return;
  void editRun(movedFault(plan, place, at), `The fault is moved to ${(at / 1_000).toFixed(3)} s`, {}, at * 1_000 + 1);
}

/** On a fault's card, a message, a lane or its name: the cursor goes there, and the node is selected. */
function click(now: Drawn, at: Point, fault: number | undefined): void {
  const struck = fault === undefined ? undefined : now.faults[fault];
  if (struck !== undefined) {
    const model = state.shown.value?.run.model;
    return model === undefined ? undefined : goTo(placeOfEdit(model, struck.at * 1_000 + 1));
  }
  const part = now.parts.find(({ top, bottom, from, to }) => at.y >= top && at.y < bottom && at.x >= from && at.x < to);
  if (part === undefined) return undefined;
  const point = { x: at.x, y: at.y - part.top };
  const row = part.layout.rows.find(({ top, height }) => point.y >= top && point.y < top + height);
  if (at.x < part.layout.left) {
    if (row !== undefined) state.selected.value = row.name === state.selected.value ? undefined : row.name;
    return undefined;
  }
  const message = messageAt(part.scene, part.layout, now.view, point);
  if (message !== undefined && part.top === 0) {
    const { events } = part.scene.run.model.recording;
    const place = events.findIndex((one) => one.type === 'sent' && one.id === message.id);
    return place < 0 ? undefined : goTo(place);
  }
  goToTime(now.view.atOf(at.x));
  if (row !== undefined && row.kind !== 'client') state.selected.value = row.name;
  return undefined;
}

export function zoomBy(factor: number): void {
  state.zoom.value = Math.max(0.25, Math.min(8, state.zoom.value * factor));
}

function spread(points: readonly Point[]): number {
  const [one, other] = points;
  return one === undefined || other === undefined ? 0 : Math.abs(one.x - other.x);
}
