import { knownNow } from '../live/store.ts';
import { route, show, withQuery } from '../route/current.ts';
import { queryOf, spanOf, type ShownSpan, type Span } from './span.ts';

/** What each view shows where the URL names no span, in seconds. Once one is chosen, all views show that. */
export const usual = { hour: 3600, halfHour: 1800, day: 86_400, month: 30 * 86_400 } as const;

/** The span that is shown, which moves along if it ends now. */
export function shownSpan(usualSeconds: number): ShownSpan {
  return spanOf(route.value.query, knownNow(), usualSeconds);
}

/** Whether a span was chosen, in this view or another. */
export function isSpanChosen(): boolean {
  const { span = '', from = '' } = route.value.query;
  return span !== '' || from !== '';
}

/** Shows a span, in the URL. The way back leads through each one that was shown, but not through each step of a movement. */
export function showSpan(next: Span, isContinued = false): void {
  // Pages of a list are those of one span.
  show(withQuery({ ...queryOf(next, knownNow()), cursor: '' }), { replace: isContinued });
}
