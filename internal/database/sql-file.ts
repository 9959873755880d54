import { readFile } from 'node:fs/promises';

import type { RunnerOption } from 'node-pg-migrate';

/** The statements of a text, one by one; what is in quotes, in `$$` or behind `--` ends none. */
export function statementsOf(sql: string): string[] {
  const pieces = /--.*|'(?:[^']|'')*'|"[^"]*"|(\$\w*\$)[^]*?\1|(;)|[^;'"$-]+|[^]/g;
  const statements: string[] = [];
  let statement = '';
  for (const [piece, , end] of sql.matchAll(pieces)) {
    if (piece.startsWith('--')) continue;
    if (end === undefined) {
      statement += piece;
    } else {
      statements.push(statement.trim());
      statement = '';
    }
  }
  return [...statements, statement.trim()].filter((one) => one !== '');
}

/** Both ways of a migration, whose file says where each begins. */
export function actionsOf(content: string): { readonly up: string[]; readonly down: string[] } {
  const [, up, down] = /^-- Up Migration$([^]*)^-- Down Migration$([^]*)/m.exec(content) ?? [];
  if (up === undefined || down === undefined) throw new Error('a migration goes up and down');
  return { up: statementsOf(up), down: statementsOf(down) };
}

/** Has migrations sent statement by statement: a cluster passes a change of a table on to its nodes, and takes one at a time. */
export const byStatement: NonNullable<RunnerOption['migrationLoaderStrategies']> = [
  {
    extensions: ['.sql'],
    loader: (files) =>
      Promise.all(
        files.map(async (file) => {
          const { up, down } = actionsOf(await readFile(file, 'utf8'));
          const run = (statements: readonly string[]) => (pgm: { sql: (text: string) => unknown }) =>
            statements.forEach((statement) => void pgm.sql(statement));
          return { id: file, filePaths: [file], actions: { up: run(up), down: run(down) } };
        }),
      ),
  },
];
