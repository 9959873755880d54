/** Writes where a page of an answer ended as the opaque `next_cursor`, and reads it back. */
export interface CursorCodec<Place> {
  encode(place: Place): string;
  /** Undefined if the text is none that `encode` wrote in this version. */
  decode(text: string): Place | undefined;
  /** The JSON of `next_cursor` for the last place of a page that is followed by another, if it is. */
  json(last: Place | undefined): string;
}

/**
 * The codec of one kind of places. `version` names the kind and its layout, so that no route takes the cursors of
 * another or of an earlier program for its own. `write` gives the values of a place; `read` finds it in values that may
 * come from anywhere, or undefined.
 */
export function cursorCodec<Place>(
  version: string,
  write: (place: Place) => readonly (string | number)[],
  read: (values: readonly unknown[]) => Place | undefined,
): CursorCodec<Place> {
  const encode = (place: Place) =>
    Buffer.from(JSON.stringify([version, ...write(place)])).toString('base64url');
  return {
    encode,
    decode(text) {
      const [found, ...values] = parseArray(Buffer.from(text, 'base64url').toString());
      const place = found === version ? read(values) : undefined;
      // Of several texts that would be read alike only one is ours.
      return place !== undefined && encode(place) === text ? place : undefined;
    },
    json: (last) => (last === undefined ? 'null' : `"${encode(last)}"`),
  };
}

/** What was read at once, and where to go on, if there may be more. */
export interface PageEnd<Place> {
  readonly last: Place | undefined;
  readonly isLast: boolean;
}

/**
 * Reads page after page, each only when it is asked for: between two pages nothing is held, neither a connection nor
 * a transaction, however long the reader takes. `read` is given where the page before ended.
 */
export async function* pagesOf<Place, Page extends PageEnd<Place>>(
  read: (after: Place | undefined) => Promise<Page>,
): AsyncGenerator<Page, void, undefined> {
  for (let after: Place | undefined; ;) {
    const page = await read(after);
    yield page;
    if (page.isLast || page.last === undefined) return;
    after = page.last;
  }
}

function parseArray(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
