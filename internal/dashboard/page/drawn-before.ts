import { options, type VNode } from 'preact';

/** What Preact keeps of an element, by the names that its packages agree on; only what is used here. */
interface Drawn {
  /** What was drawn for it. */
  __k?: unknown;
  /** Of a component: its state, and in that the element that it was drawn for last. */
  readonly __c?: { readonly __v?: Drawn } | null;
}

/**
 * Lets go of what components drew before. One that draws itself anew, each second say, draws for a copy of its element; the
 * first one stays where it was written down, in what its parent drew, with all that was drawn for it then: two of each row.
 * Preact does not look at that again, and were it to call these things otherwise, this would do nothing.
 */
export function letGoOfDrawnBefore(): void {
  const after = options.vnode?.bind(options);
  options.vnode = (element: VNode & Drawn) => {
    after?.(element);
    // Only such a copy has a component already. Until it is drawn, it is compared with what was drawn before.
    const before = element.__c?.__v;
    if (before !== undefined) queueMicrotask(() => (before.__k = null));
  };
}
