import { signal } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';

import { hideReading } from '../parts/readout.tsx';
import { showSpan } from './current.ts';
import { partOf, type Span } from './span.ts';

/** The stretch that is being marked, in pixels of the window. */
const marked = signal<{ left: number; width: number; top: number; height: number } | undefined>(undefined);

// A hand that clicks moves a little.
const LEAST_PIXELS = 5;

interface Marked {
  /** The bar or axis whose span it is; undefined where none is drawn. */
  readonly bar: () => Element | null | undefined;
  readonly span: () => Span;
}

/** What a bar, or what holds several below each other, tells of pointers. */
export interface Marking {
  readonly start: (event: PointerEvent) => void;
  /** Whether something is being marked. */
  readonly move: (event: PointerEvent) => boolean;
  /** Shows what was marked. */
  readonly release: () => void;
  readonly cancel: () => void;
}

/** Zooms into the stretch of a bar that is marked with a drag. */
export function useMarking(what: Marked): Marking {
  const latest = useRef(what);
  latest.current = what;
  return useMemo((): Marking => {
    let begun:
      { readonly x: number; readonly left: number; readonly width: number; readonly span: Span } | undefined;
    let x = 0;
    const cancel = () => {
      begun = undefined;
      marked.value = undefined;
    };
    return {
      cancel,
      start({ clientX, button, ctrlKey, metaKey, shiftKey }) {
        cancel();
        const { left = 0, right = 0, width = 0 } = latest.current.bar()?.getBoundingClientRect() ?? {};
        if (button !== 0 || ctrlKey || metaKey || shiftKey || clientX < left || clientX > right) return;
        begun = { x: clientX, left, width, span: latest.current.span() };
        x = clientX;
      },
      move({ clientX, pointerId, currentTarget }) {
        if (begun === undefined || !(currentTarget instanceof Element)) return false;
        x = Math.min(Math.max(clientX, begun.left), begun.left + begun.width);
        if (marked.value === undefined && Math.abs(x - begun.x) < LEAST_PIXELS) return false;
        // Over whatever it moves, and beyond: it is this one's.
        currentTarget.setPointerCapture(pointerId);
        hideReading();
        const { top, height } = currentTarget.getBoundingClientRect();
        marked.value = { left: Math.min(x, begun.x), width: Math.abs(x - begun.x), top, height };
        return true;
      },
      release() {
        const drag = marked.value === undefined ? undefined : begun;
        cancel();
        if (drag === undefined) return;
        swallowClick();
        const shareOf = (place: number) => (place - drag.left) / drag.width;
        showSpan(partOf(drag.span, shareOf(drag.x), shareOf(x)));
      },
    };
  }, []);
}

/** The click that ends a drag is none on what lies there. */
function swallowClick(): void {
  const swallow = (event: Event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  addEventListener('click', swallow, { capture: true });
  setTimeout(() => removeEventListener('click', swallow, { capture: true }));
}

/** What is being marked, over the page. */
export function MarkedStretch() {
  const { value } = marked;
  if (value === undefined) return null;
  const { left, width, top, height } = value;
  return (
    <div
      class="marked"
      style={{ left: `${left}px`, width: `${width}px`, top: `${top}px`, height: `${height}px` }}
    />
  );
}
