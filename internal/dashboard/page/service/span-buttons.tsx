import { pan, zoom, type ShownSpan, type Span } from './span.ts';

const spans: readonly (readonly [title: string, seconds: number])[] = [
  ['1 h', 3600],
  ['24 h', 86_400],
  ['7 d', 7 * 86_400],
];

/** Moves the span and changes its length. */
export function SpanButtons(props: { span: ShownSpan; now: number; onSpan: (next: Span) => void }) {
  const { span, now, onSpan } = props;
  return (
    <div class="buttons" role="group" aria-label="Span">
      <button type="button" onClick={() => onSpan(pan(span, -0.5, now))} aria-label="Earlier">
        ←
      </button>
      <button type="button" onClick={() => onSpan(pan(span, 0.5, now))} aria-label="Later">
        →
      </button>
      <button
        type="button"
        onClick={() => onSpan(zoom(span, 0.5, span.follows ? 1 : 0.5))}
        aria-label="Zoom in"
      >
        +
      </button>
      <button
        type="button"
        onClick={() => onSpan(zoom(span, 2, span.follows ? 1 : 0.5))}
        aria-label="Zoom out"
      >
        −
      </button>
      {spans.map(([title, seconds]) => (
        <button key={title} type="button" onClick={() => onSpan({ from: now - seconds, to: now })}>
          {title}
        </button>
      ))}
    </div>
  );
}
