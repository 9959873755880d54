import { useEffect, useState } from 'preact/hooks';

import { AnswerError, getJson } from './get-json.ts';
import { begun } from './session.ts';

/** What an endpoint answered, as far as it did. */
export interface Data<T> {
  readonly value: T | undefined;
  /** Why there is no newer answer. */
  readonly fault: AnswerError | undefined;
  /** Whether the value is of another question than the present one. */
  readonly isOld: boolean;
}

/**
 * Asks for a path when it changes, and every `everyMs` again while the page is seen; one question at a time. The last
 * answer stays while a newer one is awaited or failed. Undefined asks for nothing.
 */
export function useData<T>(path: string | undefined, everyMs: number): Data<T> {
  const toWhole: Keep<T, T> = whole;
  return useKept(path, everyMs, toWhole);
}

/** Of any type: so it is the same function each time. */
const whole = <Answer>(answer: Answer): Answer => answer;

/** What of an answer is kept. */
type Keep<T, Kept> = (answer: T) => Kept;

/** The same, where of a long answer only a part is kept; `toKept` must be the same function each time. */
export function useKept<T, Kept>(
  path: string | undefined,
  everyMs: number,
  toKept: Keep<T, Kept>,
): Data<Kept> {
  const [data, setData] = useState<Data<Kept> & { readonly path: string | undefined }>({
    path: undefined,
    value: undefined,
    fault: undefined,
    isOld: false,
  });
  const session = begun.value;
  useEffect(() => {
    if (path === undefined) return undefined;
    const abort = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const ask = async () => {
      try {
        if (!document.hidden) {
          // Its shape is what the service's own description of the endpoint says.
          const value = toKept((await getJson(path, abort.signal)) as T);
          if (!abort.signal.aborted) setData({ path, value, fault: undefined, isOld: false });
        }
      } catch (error) {
        const fault = error instanceof AnswerError ? error : new AnswerError(0, String(error));
        if (!abort.signal.aborted) {
          setData((last) => ({
            path,
            value: last.path === path ? last.value : undefined,
            fault,
            isOld: true,
          }));
        }
      }
      if (!abort.signal.aborted) timer = setTimeout(() => void ask(), everyMs);
    };
    void ask();
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [path, everyMs, session, toKept]);
  return { ...data, isOld: data.isOld || data.path !== path };
}
