import fc from 'fast-check';

/** A blank of JSON, mostly none. */
export const blank = fc.constantFrom('', '', '', ' ', '\t', '  ', '\r', '\n');

/** How a body's items are written, all in the same way. */
export interface Writing {
  readonly format: 'array' | 'ndjson';
  /** Members besides an item's own, as they are written, and where among those. */
  readonly others: readonly (readonly [place: number, member: string])[];
  /** Blanks between what an item consists of, in turn. */
  readonly blanks: readonly string[];
  /** What stands between items besides a comma; in lines instead of a line feed, unless it is empty. */
  readonly separator: string;
  /** Ahead of the body, within the brackets of an array, and behind it. */
  readonly around: readonly [string, string, string];
}

/** The body of `POST /events` of these items, each its members' keys and values as they are written. */
export function writeBody(
  items: readonly (readonly (readonly [key: string, value: string])[])[],
  { format, others, blanks, separator, around: [first, second, third] }: Writing,
): Buffer {
  let marks = 0;
  const between = () => blanks[marks++ % blanks.length] ?? '';
  const texts = items.map((item) => {
    marks = 0;
    const members = item.map(([key, value]) => `"${key}"${between()}:${between()}${value}`);
    for (const [at, member] of others) members.splice(at, 0, member);
    return `{${between()}${members.join(`${between()},${between()}`)}${between()}}`;
  });
  const isArray = format === 'array';
  const inside = texts.join(isArray ? `${separator},` : separator || '\n');
  return Buffer.from(isArray ? `${first}[${second}${inside}${second}]${third}` : `${first}${inside}${third}`);
}
