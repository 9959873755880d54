/** What was kept in this browser under that name; null if nothing was, or where the browser lets a page keep nothing. */
export function readKept(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}

/** Keeps a text in this browser alone; where nothing may be kept, it lasts until the page is closed. */
export function keep(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    // As said.
  }
}
