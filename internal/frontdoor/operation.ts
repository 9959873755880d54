import { z } from 'zod';

import { ndjsonTypes } from './bodies.ts';

/** What a body may be, by its type. */
export type Content = Readonly<Record<string, { readonly schema: z.ZodType; readonly example?: unknown }>>;

/** An answer; one that is only described has no body if it is a success, and is a problem otherwise. */
export type AnswerTold =
  string | { readonly description: string; readonly content?: Content; readonly headers?: z.ZodObject };

/** What is told of one route to whoever writes a client; document.ts adds what is so of all routes. */
export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /** Who is asked for no token: everybody, or who has one for badges. Anybody else needs one of those that are set. */
  readonly open?: 'to all' | 'to badges';
  readonly path?: z.ZodObject;
  /** The very schema by which the route reads its query. */
  readonly query?: z.ZodType;
  readonly headers?: z.ZodObject;
  readonly body?: Content;
  /** By status. */
  readonly answers: Readonly<Record<number, AnswerTold>>;
}

/** The routes of one room, as `GET /path/{name}`, under the heading of the document that they belong to. */
export interface Api {
  readonly tag: string;
  readonly about: string;
  readonly operations: Readonly<Record<string, Operation>>;
}

/** A JSON body. */
export function json(schema: z.ZodType, example?: unknown): Content {
  return { 'application/json': { schema, ...(example !== undefined && { example }) } };
}

/** An answer with a JSON body. */
export function answerOf(description: string, schema: z.ZodType, example?: unknown): AnswerTold {
  return { description, content: json(schema, example) };
}

/** A name in a path. */
export function nameInPath(description: string, example: string) {
  return z.string().meta({ description, examples: [example] });
}

/** Text that `nameFault` finds no fault with, in a body. */
export const nameText = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}]{1,255}$/u)
  .meta({ description: 'No control characters, no lone surrogates; counted in code points.' });

/** RFC 3339. */
export const dateTime = z.string().meta({ format: 'date-time' });

/** What a body line by line is called. */
export const NDJSON = ndjsonTypes.join(', ').replace(/, ([^,]*)$/, ', or $1');

/** What is said of each body that is JSON. */
export const ANY_TYPE =
  'The body is read as JSON whatever Content-Type says; Content-Encoding gzip, deflate and br are read. 200 means committed.';
