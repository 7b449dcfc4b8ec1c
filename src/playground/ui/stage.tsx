import { useRef } from 'preact/hooks';
import { placedFlights } from '../draw/flights.ts';
import { linkFaults } from '../draw/links.ts';
import type { Point } from '../draw/shapes.ts';
import { drawStage, middleOf } from '../draw/stage.ts';
import { type Card, cardAt, layStage, type StageLayout } from '../draw/stage-layout.ts';
import { healLink, strikeLink } from './actions.ts';
import { useCanvas } from './canvas.tsx';
import { goTo } from './cursor.ts';
import { NodeList } from './node-list.tsx';
import { sceneNow } from './scene-now.ts';
import { drag, selected } from './state.ts';

/** A pointer that moves less is a click. */
const STILL = 9;
/** A message is hit within so many pixels, and asked before nodes. */
const NEAR = 14;

/** Who there is, and what is on its way now. Dragging from node to node cuts the link between them. */
export function Stage(): preact.JSX.Element {
  const layout = useRef<StageLayout | undefined>(undefined);
  const begun = useRef<{ readonly at: Point; readonly card: Card | undefined } | undefined>(undefined);
  const { ref } = useCanvas((context, size) => {
    const scene = sceneNow();
    if (scene === undefined) return;
    layout.current = layStage(scene.run.model, size.width, size.height);
    drawStage(context, scene, layout.current, size, drag.peek());
  });
  const pointOf = (event: PointerEvent): Point => {
    const box = ref.current?.getBoundingClientRect();
    return { x: event.clientX - (box?.left ?? 0), y: event.clientY - (box?.top ?? 0) };
  };
  const down = (event: PointerEvent): void => {
    const at = pointOf(event);
    begun.current = { at, card: layout.current === undefined ? undefined : cardAt(layout.current, at) };
    // Or a drag that leaves the canvas never ends.
    ref.current?.setPointerCapture(event.pointerId);
  };
  const move = (event: PointerEvent): void => {
    const start = begun.current;
    const at = pointOf(event);
    if (start?.card === undefined || start.card.kind === 'client') return;
    if (drag.value === undefined && Math.hypot(at.x - start.at.x, at.y - start.at.y) < STILL) return;
    drag.value = { from: start.card.name, to: at, isOneWay: event.shiftKey, isHold: event.altKey };
  };
  const up = (event: PointerEvent): void => {
    const [start, dragged] = [begun.current, drag.value];
    begun.current = undefined;
    drag.value = undefined;
    const at = pointOf(event);
    if (layout.current === undefined || start === undefined) return;
    const target = cardAt(layout.current, at);
    if (dragged === undefined) return click(layout.current, at, target);
    if (target === undefined || target.kind === 'client' || target.name === dragged.from) return;
    strikeLink(dragged.isHold ? 'hold' : dragged.isOneWay ? 'cut one way' : 'cut', dragged.from, target.name);
  };
  return (
    <div class="stage">
      <canvas
        ref={ref}
        aria-hidden="true"
        onPointerDown={down}
        onPointerMove={move}
        onPointerUp={up}
        onPointerCancel={() => {
          begun.current = undefined;
          drag.value = undefined;
        }}
      />
      <NodeList />
    </div>
  );
}

function click(layout: StageLayout, at: Point, card: Card | undefined): void {
  const scene = sceneNow();
  if (scene === undefined) return;
  const [hit] = placedFlights(scene, layout)
    .map((placed) => ({ placed, distance: Math.hypot(placed.at.x - at.x, placed.at.y - at.y) }))
    .filter(({ distance }) => distance < NEAR)
    .sort((a, b) => a.distance - b.distance);
  if (hit !== undefined) {
    const { id } = hit.placed.flight.message;
    const place = scene.run.model.recording.events.findIndex((event) => event.type === 'sent' && event.id === id);
    if (place >= 0) goTo(place);
    return;
  }
  if (card !== undefined) {
    selected.value = card.name === selected.value ? undefined : card.name;
    return;
  }
  for (const { from, to, kind, fault } of linkFaults(scene.run.model, scene.at)) {
    const [one, other] = [layout.card(from), layout.card(to)];
    if (one === undefined || other === undefined) continue;
    const sign = middleOf(one, other);
    if (Math.hypot(sign.x - at.x, sign.y - at.y) < NEAR) return healLink(fault.name, kind);
  }
  selected.value = undefined;
}
