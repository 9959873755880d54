const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Any text as XML text or attribute value. */
export function escapeXml(text: string): string {
  return onlyXml(text).replace(/[&<>"']/g, (character) => escapes[character] ?? character);
}

/** The text with U+FFFD for what XML cannot hold at all, escaped or not. */
export function onlyXml(text: string): string {
  return text.replace(/[\p{Cc}\uFFFE\uFFFF]/gu, '\uFFFD');
}

/** The text itself, or its beginning and end around an ellipsis, of at most `most` characters as people count them. */
export function shorten(text: string, most: number): string {
  const characters = Array.from(new Intl.Segmenter('en').segment(text), ({ segment }) => segment);
  if (characters.length <= most) return text;
  const end = Math.floor((most - 1) / 2);
  return `${characters.slice(0, most - 1 - end).join('')}…${characters.slice(characters.length - end).join('')}`;
}
