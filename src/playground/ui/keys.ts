import { effect } from '@preact/signals';
import * as actions from './actions.ts';
import { goTo, goToViolation, step, togglePlay } from './cursor.ts';
import { zoomBy } from './lanes.tsx';
import { redo, undo } from './runs.ts';
import { SPEEDS } from './transport.tsx';
import {
  comparison,
  other,
  parting,
  pending,
  said,
  selected,
  shown,
  showsKeys,
  showsShare,
  speed,
  version,
} from './state.ts';

/** Keys, as the dialog lists them. */
export const KEYS = [
  ['space', 'play, stop'],
  ['← →', 'step back, on'],
  ['Alt ← →', 'by every event'],
  ['⇧ ← →', 'by the selected node'],
  ['n p', 'next, previous note or fault'],
  ['a ⇧A', 'next, previous request or answer'],
  ['v', 'to the violation'],
  ['Home End', 'the ends'],
  ['1 … 7, ⇧1 … 4', 'select a server, a front end'],
  ['c s x d r', 'crash, pause, cut off, deafen, restart'],
  ['⇧C, digit', 'crash after so many effects'],
  ['l h, digit', 'cut, hold the link (⇧L one way)'],
  ['g', 'heal all links'],
  ['u ⇧U', 'undo, redo'],
  ['b f', 'before, after the last edit; where they part'],
  ['Delete', 'delete the fault at the cursor'],
  ['+ −', 'zoom'],
  ['[ ]', 'slower, faster'],
  ['?', 'all keys'],
] as const;

/** Keys do nothing in fields, nor with ctrl or cmd; space on a button is that button's. */
export function onKey(event: KeyboardEvent): void {
  const { target, key, ctrlKey, metaKey } = event;
  if (ctrlKey || metaKey) return;
  if (isField(target)) return;
  if (target instanceof HTMLElement) {
    const isButton = target.tagName === 'BUTTON' || target.tagName === 'A' || target.tagName === 'SUMMARY';
    if (isButton && (key === ' ' || key === 'Enter')) return;
    const isPlain = !event.altKey && !event.shiftKey;
    if (target.getAttribute('role') === 'tab' && key.startsWith('Arrow') && isPlain) return;
    if (
      target instanceof HTMLInputElement &&
      (key.startsWith('Arrow') || key === 'Home' || key === 'End') &&
      event.altKey
    )
      return;
  }
  // A key that waits for a digit waits no more.
  if (!/^(Digit|Shift|Alt)/.test(event.code)) pending.value = undefined;
  if (act(event)) event.preventDefault();
}

effect(() => {
  void selected.value;
  void version.value;
  pending.value = undefined;
});

/** Whether keys are for this element: it is typed or chosen in. */
export function isField(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return target.type !== 'range';
  return target instanceof HTMLElement && (target.isContentEditable || ['SELECT', 'TEXTAREA'].includes(target.tagName));
}

/** Whether the key means something. */
function act(event: KeyboardEvent): boolean {
  const { key, code, shiftKey, altKey } = event;
  const digit = /^Digit(\d)$/.exec(code)?.[1];
  if (digit !== undefined && !altKey) return onDigit(Number(digit), shiftKey);
  const node = selected.value;
  switch (key) {
    case ' ':
      togglePlay();
      return true;
    case 'ArrowRight':
    case 'ArrowLeft': {
      const direction = key === 'ArrowRight' ? 1 : -1;
      if (altKey) step(direction, { kind: 'every' });
      else if (shiftKey && node !== undefined) step(direction, { kind: 'node', node });
      else step(direction, { kind: 'telling' });
      return true;
    }
    case 'n':
    case 'p':
      step(key === 'n' ? 1 : -1, { kind: 'note' });
      return true;
    case 'a':
    case 'A':
      step(key === 'a' ? 1 : -1, { kind: 'request' });
      return true;
    case 'v':
      goToViolation();
      return true;
    case 'Home':
      goTo(0);
      return true;
    case 'End':
      goTo((shown.value?.run.model.recording.events.length ?? 1) - 1);
      return true;
    case 'g':
      actions.healAll();
      return true;
    case 'Delete':
    case 'Backspace':
      return actions.deleteFault();
    case 'f': {
      const place = parting.value;
      if (place !== undefined) goTo(place);
      return place !== undefined;
    }
    case 'u':
      undo();
      return true;
    case 'U':
      redo();
      return true;
    case 'b':
      if (other.value !== undefined) comparison.value = comparison.value === 'before' ? 'after' : 'before';
      return true;
    case '+':
    case '=':
      zoomBy(1.25);
      return true;
    case '-':
      zoomBy(0.8);
      return true;
    case '[':
    case ']': {
      const place = SPEEDS.findIndex((each) => each === speed.value) + (key === ']' ? 1 : -1);
      speed.value = SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, place))] ?? 1;
      said.value = `Speed ${speed.value}`;
      return true;
    }
    case '?':
      showsKeys.value = true;
      return true;
    case 'Escape':
      pending.value = undefined;
      showsKeys.value = false;
      showsShare.value = false;
      return true;
    default:
      return node !== undefined && actOn(node, key);
  }
}

/** Keys that do something to the selected node: the same as its buttons. */
function actOn(node: string, key: string): boolean {
  switch (key) {
    case 'l':
      pending.value = 'cut';
      break;
    case 'L':
      pending.value = 'cut one way';
      break;
    case 'h':
      pending.value = 'hold';
      break;
    case 'C':
      pending.value = 'crash after';
      break;
    default: {
      const action = actions.actionsNow().find((one) => one.key === key);
      action?.run();
      return action !== undefined;
    }
  }
  said.value = `${pending.value ?? ''}: ${pending.value === 'crash after' ? 'how many effects' : 'which node'}? (${node} is selected)`;
  return true;
}

/** Selects a node, or ends a key that waits for one. */
function onDigit(digit: number, isFrontEnd: boolean): boolean {
  const [waits, from] = [pending.value, selected.value];
  pending.value = undefined;
  if (waits === 'crash after' && from !== undefined) {
    actions.crash(from, digit);
    return true;
  }
  const { servers = [], frontEnds = [] } = shown.value?.run.model.recording ?? {};
  const node = (isFrontEnd ? frontEnds : servers)[digit - 1];
  if (node === undefined) return false;
  if (waits === undefined || from === undefined) {
    selected.value = node;
    said.value = `${node} is selected`;
  } else if (waits !== 'crash after') actions.strikeLink(waits, from, node);
  return true;
}
