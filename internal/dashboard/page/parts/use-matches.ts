import { useLayoutEffect, useState } from 'preact/hooks';

/** Whether the window is as a media query wants it, now and after it has changed. */
export function useMatches(query: MediaQueryList): boolean {
  const [matches, setMatches] = useState(query.matches);
  useLayoutEffect(() => {
    const follow = () => setMatches(query.matches);
    query.addEventListener('change', follow);
    return () => query.removeEventListener('change', follow);
  }, [query]);
  return matches;
}
