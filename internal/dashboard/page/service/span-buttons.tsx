import { pan, zoom, type ShownSpan, type Span } from './span.ts';

const spans: readonly (readonly [title: string, seconds: number])[] = [
  ['1 h', 3600],
  ['24 h', 86_400],
  ['7 d', 7 * 86_400],
];

/** Moves the span and changes its length. */
export function SpanButtons(props: { span: ShownSpan; now: number; onSpan: (next: Span) => void }) {
  const { span, now, onSpan } = props;
  const fixedShare = span.follows ? 1 : 0.5;
  const steps = [
    ['←', 'Earlier', pan(span, -0.5, now)],
    ['→', 'Later', pan(span, 0.5, now)],
    ['+', 'Zoom in', zoom(span, 0.5, fixedShare)],
    ['−', 'Zoom out', zoom(span, 2, fixedShare)],
  ] as const;
  return (
    <div class="buttons" role="group" aria-label="Span">
      {steps.map(([sign, label, next]) => (
        <button key={sign} type="button" onClick={() => onSpan(next)} aria-label={label}>
          {sign}
        </button>
      ))}
      {spans.map(([title, seconds]) => (
        <button
          key={title}
          type="button"
          aria-pressed={span.follows && Math.round(span.to - span.from) === seconds}
          onClick={() => onSpan({ from: now - seconds, to: now })}
        >
          {title}
        </button>
      ))}
    </div>
  );
}
