import type pg from 'pg';

type Database = Pick<pg.Pool, 'query'>;

/** At most `limit` services by name: from one name up to before another. */
export interface NameRange {
  readonly from: string;
  readonly before: string;
  readonly limit: number;
}

// More than a name can have of the last character that there is.
const AFTER_ALL_NAMES = '\u{10ffff}'.repeat(256);
// No name holds a control character.
const LEAST_CHARACTER = '\u0001';
/** What comes right behind a name, and ahead of the next one that there can be. */
const nextTo = (name: string) => name + LEAST_CHARACTER;

/** The first `limit` services whose names begin with `prefix` and come after `after`. */
export function namesAfter(after: string | undefined, limit: number, prefix = ''): NameRange {
  const next = after === undefined ? '' : nextTo(after);
  return {
    from: compareNames(next, prefix) < 0 ? prefix : next,
    before: firstWithout(prefix),
    limit,
  };
}

/** What of a range comes behind a name of it. */
export function behind({ before, limit }: NameRange, name: string): NameRange {
  return { from: nextTo(name), before, limit };
}

/** What of a range comes up to a name of it, if there is one. */
export function upTo(range: NameRange, name: string | undefined): NameRange {
  return name === undefined ? range : { ...range, before: nextTo(name) };
}

/**
 * Spans of names, one behind the other, that hold all there are: each `atOnce()` of the services that are stored when it is looked for, and one
 * more would be within its limit. Only names are looked through for it, in their index, which takes a twentieth of reading a service.
 */
export async function* spansOfNames(
  database: Database,
  atOnce: () => number,
): AsyncGenerator<NameRange, undefined> {
  for (let from: string | undefined = ''; from !== undefined;) {
    const services = atOnce();
    const next: string | undefined = await nameBehind(database, from, services);
    yield { from, before: next ?? AFTER_ALL_NAMES, limit: services + 1 };
    from = next;
  }
}

/** The name of the service that comes so many behind `from`. */
async function nameBehind(database: Database, from: string, services: number): Promise<string | undefined> {
  const { rows } = await database.query<{ service_name: string }>({
    name: 'name behind',
    text: 'select service_name from services where service_name >= $1 order by service_name offset $2 limit 1',
    values: [from, services],
  });
  return rows[0]?.service_name;
}

/** What comes right behind all names that begin with `prefix`. */
function firstWithout(prefix: string): string {
  const characters = Array.from(prefix);
  for (let last = characters.pop(); last !== undefined; last = characters.pop()) {
    const code = (last.codePointAt(0) ?? 0) + 1;
    // Behind the last character there is none; surrogates are none by themselves.
    if (code <= 0x10ffff) return characters.join('') + String.fromCodePoint(code === 0xd800 ? 0xe000 : code);
  }
  return AFTER_ALL_NAMES;
}

/**
 * Orders names as `"C"` collation does: by UTF-8 bytes, that is by code points. UTF-16 units differ from it where surrogates
 * meet U+E000–U+FFFF.
 */
export function compareNames(a: string, b: string): number {
  let index = 0;
  while (index < a.length && a.charCodeAt(index) === b.charCodeAt(index)) index++;
  return rank(a.charCodeAt(index)) - rank(b.charCodeAt(index));
}

function rank(unit: number): number {
  if (Number.isNaN(unit)) return -1; // The end of the shorter name.
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}
