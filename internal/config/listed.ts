import { z } from 'zod';

// What is said of a value in a file of JSON that is something else.
export const TEXT = 'must be a text';
export const LIST = 'must be a list';
export const OBJECT = 'must be a JSON object';

/** A text in a file of JSON that `faultOf` finds no fault with; it says what the text must be. */
export const jsonText = (faultOf: (text: string) => string | undefined) =>
  z.string(TEXT).superRefine((value, context) => {
    const message = faultOf(value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });

/** A whole number in a file of JSON, in that range. */
export const jsonNumber = (least: number, most: number) => {
  const message = `must be a whole number from ${least} to ${most}`;
  // What is compared with others of its item is in range.
  const error = { error: message, abort: true };
  return z.number(message).int(error).min(least, error).max(most, error);
};

/**
 * Reads the items of a list in a file of JSON, each of which has a name of its own; `kind` is what one is called. A fault names
 * the item and the field, and tells no values.
 */
export function readListed<Item extends { readonly name: string }>(
  schema: z.ZodType<Item>,
  list: readonly unknown[],
  kind: string,
): { readonly items: readonly Item[]; readonly faults: readonly string[] } {
  const names = new Set<string>();
  const items: Item[] = [];
  const faults: string[] = [];
  for (const [index, written] of list.entries()) {
    const { data, error } = schema.safeParse(written);
    const called = `${kind} ${index + 1}${calledOf(written)}`;
    for (const { path, message, ...issue } of error?.issues ?? []) {
      const unknown = 'keys' in issue ? issue.keys.map((key) => [...path, key].join('.')) : undefined;
      const fault = unknown
        ? `there is no ${unknown.join(', ')}`
        : [path.join('.'), message].join(' ').trim();
      faults.push(`${called}: ${fault}`);
    }
    if (data === undefined) continue;
    if (names.has(data.name)) faults.push(`${called}: the name is there twice`);
    names.add(data.name);
    items.push(data);
  }
  return { items, faults };
}

/** What the text is as JSON; undefined if it is none. */
export function parseJsonText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function calledOf(written: unknown): string {
  if (typeof written !== 'object' || written === null || !('name' in written)) return '';
  return typeof written.name === 'string' && written.name !== '' ? ` (${JSON.stringify(written.name)})` : '';
}
