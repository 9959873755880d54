import { signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';

import { isKiosk } from '../kiosk.ts';
import { freshness } from '../live/store.ts';
import { awaited, goOn } from '../route/current.ts';
import type { Route } from '../route/route.ts';
import { beginAnew } from './begin-anew.ts';

// On a wall nobody is there to do it.
const AGAIN_ON_A_WALL_MS = 30_000;

/** Why a route that is asked for cannot be shown. */
interface Hindrance {
  readonly route: Route;
  readonly why: string;
}

export const hindrance = signal<Hindrance | undefined>(undefined);

/** Whether what is asked for cannot be shown; who goes elsewhere leaves that behind. */
export function isHindered(): boolean {
  return hindrance.value !== undefined && hindrance.value.route === awaited.value;
}

/** Says that a view could not be loaded, and why, and lets it be tried again. */
export function HindranceBanner() {
  const isShown = isHindered();
  return (
    <div role="status" class={isShown ? 'banner' : 'unseen'}>
      {isShown && <Hindered why={hindrance.value?.why ?? ''} />}
    </div>
  );
}

function Hindered({ why }: { why: string }) {
  const before = useRef(freshness.peek());
  const { value } = freshness;
  useEffect(() => {
    // What was lost answers again.
    if (value === 'live' && before.current !== 'live') goOn();
    before.current = value;
  }, [value]);
  useEffect(() => {
    if (!isKiosk) return undefined;
    const timer = setInterval(() => void beginAnew(), AGAIN_ON_A_WALL_MS);
    return () => clearInterval(timer);
  }, []);
  return (
    <>
      {`This view could not be loaded: ${why}.`}{' '}
      {!isKiosk && (
        <button type="button" onClick={() => void beginAnew()}>
          Try again
        </button>
      )}
    </>
  );
}
