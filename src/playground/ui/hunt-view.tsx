import { useEffect, useState } from 'preact/hooks';
import { bugCalled } from '../model/bugs.ts';
import { counted } from '../model/counted.ts';
import { findBug, huntState, stopHunt, takeSmallest } from './hunt.ts';
import { version } from './state.ts';

/** “Find it”: while a bug is planted that seeds show. */
export function HuntButton(): preact.JSX.Element | null {
  const bug = bugCalled(version.value?.bug);
  if (bug === undefined || bug.isHarmless || bug.scenario !== undefined) return null;
  const isUnderWay = huntState.value?.phase === 'looking' || huntState.value?.phase === 'shrinking';
  return (
    <button
      type="button"
      class="find"
      title="Try storms under one seed after the other until a judge objects, and make the plan small"
      onClick={() => (isUnderWay ? stopHunt() : findBug(bug.name))}
    >
      {isUnderWay ? 'Stop' : 'Find it'}
    </button>
  );
}

/** How the search goes: seeds a second, the judge that objects, and the plan as it shrinks. */
export function HuntView(): preact.JSX.Element | null {
  const hunt = huntState.value;
  const [now, setNow] = useState(performance.now());
  const isUnderWay = hunt?.phase === 'looking' || hunt?.phase === 'shrinking';
  useEffect(() => {
    if (!isUnderWay) return undefined;
    const timer = setInterval(() => setNow(performance.now()), 500);
    return () => clearInterval(timer);
  }, [isUnderWay]);
  if (hunt === undefined) return null;
  const seconds = Math.max(0.1, ((hunt.until ?? now) - hunt.since) / 1_000);
  const bug = bugCalled(hunt.bug);
  const size = hunt.size;
  return (
    <section class="hunt" aria-label="Search" role="status">
      <h3>
        {bug?.number}: a node that {bug?.title} (PROTOCOL §{bug?.section})
      </h3>
      {hunt.phase === 'not found' ? (
        <p>
          Not found in {counted(hunt.tried, 'seed')}, {seconds.toFixed(0)} s.{' '}
          <button type="button" onClick={() => findBug(hunt.bug, hunt.tried + 1)}>
            Go on
          </button>
        </p>
      ) : (
        <p>
          {counted(hunt.tried, 'seed')} tried in {seconds.toFixed(1)} s
          {hunt.phase === 'looking' ? `, ${(hunt.tried / seconds).toFixed(1)} a second` : ''}
        </p>
      )}
      {hunt.judge === undefined ? null : (
        <p>
          Seed {hunt.seed}: the judge <strong>{hunt.judge}</strong> objects.
        </p>
      )}
      {size === undefined ? null : (
        <p>
          {hunt.phase === 'done' ? 'Made small' : 'Still shrinking'}, after {counted(hunt.runs, 'run')}:{' '}
          {counted(size.faults, 'fault')}, {counted(size.requests, 'request')}, {counted(size.nodes, 'node')},{' '}
          {counted(size.knobs, 'knob')}
          {hunt.phase === 'done'
            ? hunt.isMinimal
              ? '. Nothing more can be left out.'
              : '. More could be left out.'
            : ''}
        </p>
      )}
      {hunt.phase === 'shrinking' && hunt.plan !== undefined ? (
        <p>
          <button type="button" onClick={takeSmallest}>
            Take it as it is
          </button>
        </p>
      ) : null}
      {isUnderWay ? (
        <progress max={400} value={hunt.phase === 'looking' ? hunt.tried : undefined} aria-label="Search" />
      ) : null}
    </section>
  );
}
