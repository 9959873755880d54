/** Which rows of a long list are to be there, and where the first of them stands. */
export interface VisibleRows {
  readonly first: number;
  readonly last: number;
}

// Some more than are seen, so that there is something to scroll to.
const BESIDE = 8;

/** The rows in sight and some beside them, from `first` up to before `last`; heights in pixels. */
export function visibleRows(rows: number, rowHeight: number, scrollTop: number, height: number): VisibleRows {
  const first = Math.max(0, Math.floor(scrollTop / rowHeight) - BESIDE);
  const last = Math.min(rows, Math.ceil((scrollTop + height) / rowHeight) + BESIDE);
  return { first: Math.min(first, last), last };
}
