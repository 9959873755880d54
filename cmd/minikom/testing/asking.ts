import { expect } from 'chai';

import { send, type Answer, type Asked, type WireRequest } from '../../../internal/testing/wire.ts';

/** Who answers at that address. */
export function serviceAt(url: string): Asked {
  return { send: (request) => send(url, request) };
}

/** What a GET answers, which must be 200 and JSON. */
export async function getJson(service: Asked, path: string): Promise<unknown> {
  const { status, headers, text } = await service.send({ path });
  expect(status, text).to.equal(200);
  expect(headers['content-type']).to.equal('application/json; charset=utf-8');
  return JSON.parse(text);
}

/** The pages of a list, each read by what its query has to end with. */
export async function* pagesOf<Page extends { readonly next_cursor: string | null }>(
  read: (cursor: string) => Promise<Page>,
): AsyncGenerator<Page> {
  for (let next: string | null = ''; next !== null;) {
    const page: Page = await read(next === '' ? '' : `&cursor=${next}`);
    yield page;
    next = page.next_cursor;
  }
}

/** Sends to `POST` of a path; what is not text or bytes is sent as JSON. */
export function post(
  service: Asked,
  path: string,
  body: unknown,
  headers: WireRequest['headers'] = {},
): Promise<Answer> {
  const bytes = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  return service.send({ method: 'POST', path, headers, body: bytes });
}

/** The same, for what is to be taken; resolves to the text of the answer. */
export async function postGood(...request: Parameters<typeof post>): Promise<string> {
  const { status, text } = await post(...request);
  expect(status, text).to.equal(200);
  return text;
}
