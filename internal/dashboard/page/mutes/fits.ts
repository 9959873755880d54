/** Whether a mute may be of several services. */
export function isPattern(pattern: string): boolean {
  return /[*?]/.test(pattern);
}

/** What to search for in the list to see the services that fit. */
export function searchOf(pattern: string): string {
  const expression = pattern
    .replace(/[\\^$.+()[\]{}|/]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return `/^${expression}$/`;
}

/**
 * Whether a service's name fits the pattern of a mute, in which `*` stands for any characters and `?` for one. By hand: a
 * pattern with many stars would keep a regular expression busy for seconds.
 */
export function fits(pattern: string, name: string): boolean {
  const wanted = Array.from(pattern);
  const given = Array.from(name);
  /** Which lengths of the name the pattern so far can take. */
  let taken = new Set([0]);
  for (const each of wanted) {
    const next = new Set<number>();
    if (each === '*') {
      for (let length = Math.min(...taken); length <= given.length; length++) next.add(length);
    } else {
      for (const length of taken) {
        if (length < given.length && (each === '?' || each === given[length])) next.add(length + 1);
      }
    }
    if (next.size === 0) return false;
    taken = next;
  }
  return taken.has(given.length);
}
