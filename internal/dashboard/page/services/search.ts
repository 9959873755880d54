/** What is searched for: which names pass, and which part of it is no regular expression. */
export interface Search {
  readonly passes: (name: string) => boolean;
  readonly fault: string | undefined;
}

// A word, a text in quotes or a regular expression between slashes, each perhaps after a minus.
const TERM = /(-?)(?:\/((?:[^\\/]|\\.)+)\/(?=\s|$)|"([^"]*)"|(\S+))/gu;

/**
 * Reads what was typed: every word must be in a name, one after a minus must not be; large and small letters are the same.
 * `"two words"` are one, `/^a.*z$/` is a regular expression. While one of those is wrong it passes everything.
 */
export function parseSearch(text: string): Search {
  const terms: { readonly isIn: (name: string) => boolean; readonly isWanted: boolean }[] = [];
  let fault: string | undefined;
  for (const [all, minus, expression, quoted, word] of text.matchAll(TERM)) {
    if (all === '-') continue;
    const isWanted = minus === '';
    if (expression === undefined) {
      const part = (quoted ?? word ?? '').toLowerCase();
      terms.push({ isWanted, isIn: (name) => name.toLowerCase().includes(part) });
      continue;
    }
    const parsed = regularExpression(expression);
    if (parsed === undefined) fault = `/${expression}/ is no regular expression`;
    else terms.push({ isWanted, isIn: (name) => parsed.test(name) });
  }
  // Of thousands of names, twice a second.
  if (terms.length === 0) return { fault, passes: () => true };
  return { fault, passes: (name) => terms.every(({ isIn, isWanted }) => isIn(name) === isWanted) };
}

function regularExpression(text: string): RegExp | undefined {
  try {
    return new RegExp(text, 'iu');
  } catch {
    return undefined;
  }
}
