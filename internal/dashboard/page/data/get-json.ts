import { serviceUrl } from './service-url.ts';
import { begun, tellNeed } from './session.ts';

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
  const answer = await get(path, {
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  });
  return answer.json();
}

/** Has the service change something; a body is sent as JSON. Throws as {@link getJson} does. */
export async function sendJson(method: 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const answer = await get(path, { method, signal, body: body === undefined ? null : JSON.stringify(body) });
  return answer.json();
}

/** The pieces of a long answer, as they come; what is not read to its end is dropped. Throws as `getJson` does. */
export async function* getText(path: string, accept: string, signal: AbortSignal): AsyncGenerator<string> {
  const { body } = await get(path, { signal, headers: { Accept: accept } });
  const reader = body?.pipeThrough(new TextDecoderStream()).getReader();
  if (reader === undefined) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

async function get(path: string, init: RequestInit): Promise<Response> {
  const session = begun.peek();
  const answer = await fetch(serviceUrl(path), init).catch((error: unknown) => {
    throw new AnswerError(0, 'The service does not answer.', error);
  });
  if (answer.status === 401) tellNeed(true, session);
  if (answer.ok) return answer;
  const problem: unknown = await answer.json().catch(() => undefined);
  throw new AnswerError(answer.status, detailOf(problem) ?? `The service answers ${answer.status}.`);
}

function detailOf(problem: unknown): string | undefined {
  if (typeof problem !== 'object' || problem === null || !('detail' in problem)) return undefined;
  return typeof problem.detail === 'string' ? problem.detail : undefined;
}
