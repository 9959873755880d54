import { serviceUrl } from './service-url.ts';
import { needsToken } from './session.ts';

/** An answer that is no success; `status` 0 means that there was none. */
export class AnswerError extends Error {
  override readonly name = 'AnswerError';
  readonly status: number;

  constructor(status: number, message: string, cause?: unknown) {
    super(message, { cause });
    this.status = status;
  }
}

const TIMEOUT_MS = 10_000;

/** Asks the service. Throws an {@link AnswerError} with what the service says, or that it does not answer. */
export async function getJson(path: string, signal?: AbortSignal): Promise<unknown> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  let answer: Response;
  try {
    answer = await fetch(serviceUrl(path), {
      signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
    });
  } catch (error) {
    throw new AnswerError(0, 'The service does not answer.', error);
  }
  if (answer.status === 401) needsToken.value = true;
  if (answer.ok) return answer.json();
  const problem: unknown = await answer.json().catch(() => undefined);
  throw new AnswerError(answer.status, detailOf(problem) ?? `The service answers ${answer.status}.`);
}

function detailOf(problem: unknown): string | undefined {
  if (typeof problem !== 'object' || problem === null || !('detail' in problem)) return undefined;
  return typeof problem.detail === 'string' ? problem.detail : undefined;
}
