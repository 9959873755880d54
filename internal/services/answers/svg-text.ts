const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Any text as XML text or attribute value. What XML cannot hold at all is told by U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .replace(/[&<>"']/g, (character) => escapes[character] ?? character)
    .replace(/[\p{Cc}\uFFFE\uFFFF]/gu, '\uFFFD');
}

/** The text itself, or its beginning and end around an ellipsis, of at most `most` characters as people count them. */
export function shorten(text: string, most: number): string {
  const characters = Array.from(new Intl.Segmenter('en').segment(text), ({ segment }) => segment);
  if (characters.length <= most) return text;
  const end = Math.floor((most - 1) / 2);
  return `${characters.slice(0, most - 1 - end).join('')}…${characters.slice(characters.length - end).join('')}`;
}

const NARROW = /^[ijl.,:;|!'` ftr()[\]/-]$/;
const WIDE = /^[mwMW@%&]$/;

/** About how wide a text is in the badge's 11 pixel font, in pixels; who draws it is told to make it fit. */
export function estimateWidth(text: string): number {
  let width = 0;
  for (const { segment } of new Intl.Segmenter('en').segment(text)) {
    if (NARROW.test(segment)) width += 4;
    else if (WIDE.test(segment)) width += 10;
    else if (/^[\x20-\x7e]$/.test(segment)) width += 7;
    else width += 11;
  }
  return Math.ceil(width);
}
