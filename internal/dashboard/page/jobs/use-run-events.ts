import { useEffect, useState } from 'preact/hooks';

import { AnswerError, getText } from '../data/get-json.ts';
import { RunEvents } from './run-events.ts';

// So much of a run is read, and kept for no longer than it takes to read.
const MAX_CHARACTERS = 32 * 1024 * 1024;

/** What was read of a run's events. */
export interface ReadEvents {
  readonly events: RunEvents | undefined;
  /** Whether there are more than were read. */
  readonly isCut: boolean;
  readonly fault: AnswerError | undefined;
}

/** Reads the events of a run when `version` changes, such as how many there are; of the version before meanwhile. */
export function useRunEvents(path: string | undefined, version: number): ReadEvents {
  const [read, setRead] = useState<ReadEvents>({ events: undefined, isCut: false, fault: undefined });
  useEffect(() => {
    if (path === undefined) return undefined;
    const abort = new AbortController();
    const events = new RunEvents();
    const readAll = async () => {
      try {
        const isCut = await readLines(path, abort, (line) => events.addLine(line));
        setRead({ events, isCut, fault: undefined });
      } catch (error) {
        if (abort.signal.aborted) return;
        const fault =
          error instanceof AnswerError ? error : new AnswerError(0, 'The events broke off.', error);
        setRead((last) => ({ ...last, fault }));
      }
    };
    void readAll();
    return () => abort.abort();
  }, [path, version]);
  return read;
}

/** Tells each line as it comes, up to a bound; whether there was more. */
async function readLines(
  path: string,
  abort: AbortController,
  onLine: (line: string) => void,
): Promise<boolean> {
  let rest = '';
  let characters = 0;
  for await (const text of getText(path, 'application/x-ndjson', abort.signal)) {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(onLine);
    characters += text.length;
    if (characters > MAX_CHARACTERS) return true;
  }
  if (rest !== '') onLine(rest);
  return false;
}
