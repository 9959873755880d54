import { formatRoute, keptOf, type Route } from './route.ts';

// What was shown has to be drawn, or even asked for, before its place can be found again.
const FRAMES = 60;

/** Where each fragment that was left was scrolled to, in pixels. */
const places = new Map<string, number>();

/** What of the page scrolls: the rows of a list, or all that is shown. */
const scroller = () => document.querySelector('.rows') ?? document.getElementById('main');

/** Remembers how far what is shown is scrolled. */
export function rememberPlace(fragment: string): void {
  places.set(fragment, scroller()?.scrollTop ?? 0);
}

/** For what was not shown before: it is read from its beginning, and the keyboard goes on there. */
export function startAnew(): void {
  const main = document.getElementById('main');
  main?.scrollTo({ top: 0 });
  main?.focus({ preventScroll: true });
}

/** Goes back to where a fragment was left: scrolled as far, the focus on the link that led away. */
export function returnTo(fragment: string, left: Route): void {
  const top = places.get(fragment);
  if (top === undefined) return;
  const link = formatRoute({ ...left, query: keptOf(left.query) });
  const tryFrame = (frames: number) => {
    if (frames === 0 || fragment !== location.hash) return;
    const found = [...document.querySelectorAll<HTMLElement>('main a')].find(
      (each) => each.getAttribute('href') === link,
    );
    const place = scroller();
    if (place !== null && place.scrollTop !== top) place.scrollTo({ top });
    found?.focus({ preventScroll: true });
    if (found === undefined || place?.scrollTop !== top) requestAnimationFrame(() => tryFrame(frames - 1));
  };
  requestAnimationFrame(() => tryFrame(FRAMES));
}
