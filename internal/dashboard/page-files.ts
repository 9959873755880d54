import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { extname } from 'node:path';

import { Compressible } from '../frontdoor/compressible.ts';

/** A file of the page, as it is sent: as it is, or compressed for those who take it. */
export interface PageFile {
  readonly type: string;
  readonly etag: string;
  readonly content: Compressible;
  /** Its name changes with its content. */
  readonly isImmutable: boolean;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml; charset=utf-8',
};

/**
 * Reads the built page, by path from its folder; empty if it was not built. A few hundred kilobytes, read once. `told` is
 * what the page finds in its own head, as `<meta name content>`.
 */
export function readPageFiles(
  folder: string,
  told: Readonly<Record<string, string>> = {},
): ReadonlyMap<string, PageFile> {
  const files = new Map<string, PageFile>();
  for (const name of listFiles(folder)) {
    const type = types[extname(name)];
    if (type === undefined) continue;
    const bytes = readFileSync(`${folder}/${name}`);
    const filled = name === 'index.html' ? Buffer.from(withMeta(bytes.toString(), told)) : bytes;
    files.set(name, toPageFile(filled, type, name.startsWith('assets/')));
  }
  return files;
}

function withMeta(html: string, told: Readonly<Record<string, string>>): string {
  const entities: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '"': '&quot;' };
  const metas = Object.entries(told).map(([name, content]) => {
    const escaped = content.replace(/[&<"]/g, (character) => entities[character] ?? character);
    return `<meta name="${name}" content="${escaped}" />`;
  });
  return html.replace('</head>', () => `${metas.join('')}</head>`);
}

/** The paths of all files in a folder; none if it is not there. */
export function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder, { recursive: true, encoding: 'utf8' });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function toPageFile(bytes: Buffer, type: string, isImmutable: boolean): PageFile {
  return {
    type,
    // Weak, as compressed it is the same (RFC 9110, 8.8.1).
    etag: `W/"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`,
    content: new Compressible(bytes),
    isImmutable,
  };
}
