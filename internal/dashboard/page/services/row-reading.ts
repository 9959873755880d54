import { useMemo, useRef } from 'preact/hooks';

import { knownNow } from '../live/store.ts';
import { hideReading, useReading } from '../parts/readout.tsx';
import type { ShownSpan } from '../span/span.ts';
import type { Timeline } from '../timeline/bar.ts';

interface ReadRows {
  /** What is known of the service in the row at that place, from 0; undefined if that is nothing, or there is no such row. */
  readonly timelineAt: (index: number) => Timeline | undefined;
  readonly span: () => ShownSpan;
}

/** What a list of rows tells of pointers and of the focus. */
export interface RowReading {
  readonly onPointerMove: (event: PointerEvent) => void;
  readonly onPointerDown: (event: PointerEvent) => void;
  readonly onClickCapture: (event: MouseEvent) => void;
  readonly onPointerLeave: (event: PointerEvent) => void;
  readonly onFocusIn: (event: FocusEvent) => void;
}

/** Has the bars of rows read: a row's link lies over all of it. The list listens, for hundreds of rows that come and go. */
export function useRowReading({ timelineAt, span }: ReadRows): RowReading {
  const row = useRef<Element | null>(null);
  const bar = () => row.current?.querySelector('.bar') ?? null;
  const timeline = () => timelineAt(Number(row.current?.ariaRowIndex) - 1);
  const read = useReading({ bar, timeline, span });
  return useMemo((): RowReading => {
    let isTouched = false;
    const point = ({ target }: Event) => {
      row.current = target instanceof Element ? target.closest('.row') : null;
    };
    const onPointerMove = (event: PointerEvent) => {
      point(event);
      read({ x: event.clientX });
    };
    return {
      onPointerMove,
      onPointerDown(event) {
        isTouched = event.pointerType === 'touch';
        onPointerMove(event);
      },
      // Who has no pointer to lay on a bar touches it, to read it; the rest of the row leads on.
      onClickCapture(event) {
        point(event);
        if (!isTouched || !isOn(event, bar())) return;
        event.preventDefault();
        event.stopPropagation();
        // The focus, which moved meanwhile, took away what was read.
        read({ x: event.clientX });
      },
      onPointerLeave({ pointerType }) {
        if (pointerType !== 'touch') hideReading();
      },
      onFocusIn(event) {
        point(event);
        if (event.target instanceof Element && event.target.matches(':focus-visible'))
          read({ at: knownNow() });
      },
    };
  }, []);
}

// A finger is wider than a bar is high.
const FINGER_PIXELS = 6;

function isOn({ clientX, clientY }: MouseEvent, bar: Element | null): boolean {
  const { left, right, top, bottom } = bar?.getBoundingClientRect() ?? new DOMRect();
  const isBeside = clientX < left || clientX > right;
  return !isBeside && clientY >= top - FINGER_PIXELS && clientY <= bottom + FINGER_PIXELS;
}
