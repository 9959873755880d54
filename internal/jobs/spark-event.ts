import { jsonBoundsFault, MAX_NESTING } from '../parsing/json-bounds.ts';
import type { SparkEvent } from './application-times.ts';

const NO_OBJECT = 'must be the text of a JSON object';

/** The Spark event that `content` is the text of, or what is wrong with it. */
export function parseSparkEvent(content: string): SparkEvent | string {
  // What is shorter can be neither deep nor many.
  const fault = content.length > MAX_NESTING ? jsonBoundsFault(Buffer.from(content)) : undefined;
  if (fault !== undefined) return fault;
  try {
    const event: unknown = JSON.parse(content);
    return typeof event === 'object' && event !== null && !Array.isArray(event) ? event : NO_OBJECT;
  } catch {
    return NO_OBJECT;
  }
}

/**
 * The text as UTF-8 can hold it. A lone surrogate has no bytes in UTF-8, and in the text of valid JSON it stands inside
 * a string, where its escape means the same.
 */
export function escapeLoneSurrogates(json: string): string {
  if (json.isWellFormed()) return json;
  return json.replace(/\p{Surrogate}/gu, (unit) => `\\u${unit.charCodeAt(0).toString(16)}`);
}
