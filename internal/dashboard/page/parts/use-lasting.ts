import { useRef } from 'preact/hooks';

/** The array that was given before, if it holds the same: what is done when it changes is done for what is in it. */
export function useLasting<Item>(items: readonly Item[]): readonly Item[] {
  const last = useRef(items);
  const isSame =
    items.length === last.current.length && items.every((item, index) => item === last.current[index]);
  if (!isSame) last.current = items;
  return last.current;
}
