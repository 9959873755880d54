import { serviceUrl } from '../data/service-url.ts';

const MARK = 'begun-anew-for';
const TIMEOUT_MS = 10_000;

/**
 * After a file of the page could not be loaded: most likely a newer version of the service runs, which has files of other
 * names, and a newer page leads to them. Loads the page anew where it is, but not twice in a row for a view, and only while
 * somebody still waits for it: whoever went on may be writing something. Resolves to why it did not.
 */
export async function beginAnewOnceFor(view: string, isAwaited: () => boolean): Promise<string | undefined> {
  if (!(await isServed())) return 'the service does not answer';
  if (!isAwaited()) return 'nobody waits for it';
  if (!mark(view)) return 'the service does not have it';
  location.reload();
  return undefined;
}

/** Loads the page anew where it is, if it is there to be loaded: else nothing would be left of it. */
export async function beginAnew(): Promise<void> {
  if (await isServed()) location.reload();
}

/** For what was loaded: what fails after it fails for a new reason. */
export function forgetBegunAnew(): void {
  try {
    sessionStorage.removeItem(MARK);
  } catch {
    // Then nothing was marked either.
  }
}

/** Whether the view was not marked before, and is now: where nothing can be kept, a page would load itself for ever. */
function mark(view: string): boolean {
  try {
    if (sessionStorage.getItem(MARK) === view) return false;
    sessionStorage.setItem(MARK, view);
    return true;
  } catch {
    return false;
  }
}

async function isServed(): Promise<boolean> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const page = await fetch(serviceUrl('/'), { cache: 'no-store', signal }).catch(() => undefined);
  return page?.ok === true;
}
