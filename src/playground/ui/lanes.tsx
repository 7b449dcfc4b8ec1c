import { useRef } from 'preact/hooks';
import { messageAt } from '../draw/lane-messages.ts';
import { type LaneLayout, layLanes } from '../draw/lane-layout.ts';
import { drawLanes } from '../draw/lanes.ts';
import { type View, viewOf } from '../draw/view.ts';
import { drawOverview } from '../draw/overview.ts';
import type { Scene } from '../draw/scene.ts';
import type { Point } from '../draw/shapes.ts';
import { useCanvas } from './canvas.tsx';
import { goTo, goToTime } from './cursor.ts';
import { sceneNow } from './scene-now.ts';
import * as state from './state.ts';

const OVERVIEW = 28;

interface Drawn {
  readonly scene: Scene;
  readonly layout: LaneLayout;
  readonly view: View;
  readonly height: number;
}

/** A pointer that is down. */
interface Press {
  readonly at: Point;
  /** The time of the cursor when it went down. */
  readonly cursor: number;
  isMoved: boolean;
  readonly isOverview: boolean;
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
    const both = state.comparison.peek() === 'both' && state.other.peek() !== undefined;
    const layout = layLanes(scene.run.model, size.width, both ? lanesHeight / 2 : lanesHeight);
    const view = viewOf(scene, layout);
    drawLanes(context, scene, layout, view, state.partingAt.peek());
    if (both) drawOther(context, scene, layout, view, lanesHeight / 2);
    context.fillStyle = scene.ink('paper');
    context.fillRect(0, Math.max(layout.bottom + 2, both ? lanesHeight : 0), size.width, size.height);
    drawOverview(context, { ...scene, model: scene.run.model }, view, {
      left: layout.left,
      top: size.height - OVERVIEW,
      width: size.width - layout.left - 8,
      height: OVERVIEW - 2,
    });
    drawn.current = { scene, layout, view, height: size.height };
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
    pressed.current = { at, cursor: state.cursor.value.at, isMoved: false, isOverview };
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
    goToTime(map.atOf(map.yOf(start.cursor) - (at.x - start.at.x) / state.zoom.value));
  };
  const up = (event: PointerEvent): void => {
    touches.current.delete(event.pointerId);
    const start = pressed.current;
    pressed.current = undefined;
    const now = drawn.current;
    if (start === undefined || now === undefined || start.isMoved || start.isOverview) return;
    const at = pointOf(event);
    const row = now.layout.rows.find(({ top, height }) => at.y >= top && at.y < top + height);
    if (at.x < now.layout.left && row !== undefined) {
      state.selected.value = row.name === state.selected.value ? undefined : row.name;
      return;
    }
    const message = messageAt(now.scene, now.layout, now.view, at);
    if (message === undefined) return goToTime(now.view.atOf(at.x));
    const place = now.scene.run.model.recording.events.findIndex((one) => one.type === 'sent' && one.id === message.id);
    if (place >= 0) goTo(place);
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

/** The other future below, under the same time. */
function drawOther(context: CanvasRenderingContext2D, scene: Scene, layout: LaneLayout, view: View, top: number): void {
  const before = state.other.peek();
  if (before === undefined) return;
  context.save();
  context.translate(0, top);
  drawLanes(context, { ...scene, run: before.run, message: undefined }, layout, view, state.partingAt.peek());
  context.font = '700 12px sans-serif';
  context.fillStyle = scene.ink('soft');
  context.fillText('before the edit', layout.left + 6, layout.top + 8);
  context.restore();
}

export function zoomBy(factor: number): void {
  state.zoom.value = Math.max(0.25, Math.min(8, state.zoom.value * factor));
}

function spread(points: readonly Point[]): number {
  const [one, other] = points;
  return one === undefined || other === undefined ? 0 : Math.abs(one.x - other.x);
}
