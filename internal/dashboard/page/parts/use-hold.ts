import { useMemo } from 'preact/hooks';

// A mouse that lies still for longer is about to click nothing, and who watches needs to see what got worse.
const HOLD_MS = 60_000;

/** Whether the order of rows is held, and what a list tells it. */
export interface Hold {
  readonly isHeld: () => boolean;
  readonly handlers: {
    readonly onPointerMove: () => void;
    readonly onPointerDown: () => void;
    readonly onPointerLeave: () => void;
    readonly onKeyDown: () => void;
    readonly onFocusIn: (event: FocusEvent) => void;
    readonly onFocusOut: () => void;
  };
}

/** Holds the order of rows while one of them is pointed at or has the focus, up to a minute after anything was done. */
export function useHold(): Hold {
  return useMemo((): Hold => {
    let isPointedAt = false;
    let hasFocus = false;
    let doneAtMs = 0;
    const point = () => {
      isPointedAt = true;
      doneAtMs = performance.now();
    };
    return {
      isHeld: () => (isPointedAt || hasFocus) && performance.now() - doneAtMs < HOLD_MS,
      handlers: {
        onPointerMove: point,
        onPointerDown: point,
        onPointerLeave: () => (isPointedAt = false),
        onKeyDown: () => (doneAtMs = performance.now()),
        onFocusIn: ({ target, currentTarget }) => {
          // The list itself has the focus while it is scrolled with the keyboard.
          hasFocus = target !== currentTarget;
          doneAtMs = performance.now();
        },
        onFocusOut: () => (hasFocus = false),
      },
    };
  }, []);
}
