import { useRef } from 'preact/hooks';

import { knownNow } from '../live/store.ts';
import { isUtc } from '../time/zone.ts';
import { isSpanChosen, shownSpan, showSpan } from './current.ts';
import { pan, presets, zoom, type ShownSpan, type Span } from './span.ts';

interface SpanPickerProps {
  readonly usualSeconds: number;
  /** Whether all is shown, and no span, until one is chosen. */
  readonly isOptional?: boolean;
}

/** What a button makes of the span that is shown when it is pressed. */
const steps: readonly (readonly [sign: string, label: string, next: (span: ShownSpan) => Span])[] = [
  ['←', 'Earlier', (span) => pan(span, -0.5, knownNow())],
  ['→', 'Later', (span) => pan(span, 0.5, knownNow())],
  ['+', 'Zoom in', (span) => zoom(span, 0.5, fixedShareOf(span))],
  ['−', 'Zoom out', (span) => zoom(span, 2, fixedShareOf(span))],
];
const fixedShareOf = ({ follows }: ShownSpan) => (follows ? 1 : 0.5);

/** Chooses the span that is shown: a usual one up to now, one from and to any moment, or a part of what is shown. */
export function SpanPicker({ usualSeconds, isOptional = false }: SpanPickerProps) {
  const { from, to, follows } = shownSpan(usualSeconds);
  const isShown = !isOptional || isSpanChosen();
  return (
    <div class="buttons span-picker" role="group" aria-label="Span">
      {isShown &&
        steps.map(([sign, label, next]) => (
          <button
            key={sign}
            type="button"
            class="span-step"
            onClick={() => showSpan(next(shownSpan(usualSeconds)))}
            aria-label={label}
          >
            {sign}
          </button>
        ))}
      {presets.map(({ title, seconds }) => (
        <button
          key={title}
          type="button"
          aria-pressed={isShown && follows && Math.round(to - from) === seconds}
          onClick={() => showSpan({ from: knownNow() - seconds, to: knownNow() })}
        >
          {title}
        </button>
      ))}
      <Custom usualSeconds={usualSeconds} isChosen={isShown && !follows} />
    </div>
  );
}

/** Any two moments, as the clocks of the zone that is shown have them. */
function Custom({ usualSeconds, isChosen }: { usualSeconds: number; isChosen: boolean }) {
  const details = useRef<HTMLDetailsElement>(null);
  const first = useRef<HTMLInputElement>(null);
  const last = useRef<HTMLInputElement>(null);
  return (
    <details class="span-custom" ref={details}>
      <summary
        class={isChosen ? 'span-chosen' : ''}
        onClick={() => {
          // Before it is open: what is typed then is left alone, also while time passes.
          const { from, to } = shownSpan(usualSeconds);
          if (first.current !== null) first.current.value = writtenOf(from);
          if (last.current !== null) last.current.value = writtenOf(to);
        }}
      >
        From – to
      </summary>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const [start, end] = [readMoment(first.current?.value), readMoment(last.current?.value)];
          last.current?.setCustomValidity(start < end ? '' : 'It must be later than from.');
          if (!event.currentTarget.reportValidity()) return;
          showSpan({ from: start, to: end });
          details.current?.removeAttribute('open');
        }}
      >
        <label>
          From <input ref={first} type="datetime-local" required />
        </label>
        <label>
          To{' '}
          <input
            ref={last}
            type="datetime-local"
            required
            onInput={({ currentTarget }) => currentTarget.setCustomValidity('')}
          />
        </label>
        <button type="submit">Show</button>
      </form>
    </details>
  );
}

/** Such as `2026-11-28T18:30`, in the zone that is shown. */
function writtenOf(unixSeconds: number): string {
  const offsetMinutes = isUtc.value ? 0 : new Date(unixSeconds * 1000).getTimezoneOffset();
  return new Date((unixSeconds - 60 * offsetMinutes) * 1000).toISOString().slice(0, 16);
}

function readMoment(written = ''): number {
  return Date.parse(isUtc.value ? `${written}Z` : written) / 1000;
}
