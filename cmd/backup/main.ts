// Writes all that Minikom holds to a file, reads it back, or deletes it. See scripts/backup.sh and docs/operations.md.
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';

import { backUp } from '../../internal/backup/back-up.ts';
import { withDatabase, type Place } from '../../internal/backup/database.ts';
import { reset, restore } from '../../internal/backup/restore.ts';
import { readSections } from '../../internal/config/config.ts';
import { pipelineSections } from '../../internal/config/pipeline.ts';
import { runProgram, type Asked } from '../../internal/program/program.ts';

const usage = `Usage: main.js backup FILE | restore FILE | reset --yes
The database is the one of DATABASE_URL or, without it, of DATA_DIR. FILE may be - for the standard output or input.
`;

interface Wish {
  readonly what: 'backup' | 'restore' | 'reset';
  readonly file: string;
}

function parseWish([what, file, ...more]: readonly string[]): Asked<Wish> {
  if (what === '--help') return { kind: 'help' };
  if (file === undefined || more.length > 0) return { kind: 'bad', problems: [usage] };
  if (what === 'backup' || what === 'restore') return { kind: 'run', options: { what, file } };
  const isReset = what === 'reset' && file === '--yes';
  return isReset ? { kind: 'run', options: { what, file } } : { kind: 'bad', problems: [usage] };
}

const say = (line: string) => void process.stderr.write(`${line}\n`);

async function back(place: Place, file: string): Promise<string> {
  const toOutput = file === '-';
  // What is there already is replaced only by a backup that is whole.
  const draft = `${file}.part`;
  try {
    const out = toOutput ? process.stdout : createWriteStream(draft, { mode: 0o600, flush: true });
    const { tables, takenAt } = await withDatabase(place, false, (client) => backUp(client, out));
    if (!toOutput) await rename(draft, file);
    return `backed up ${tables.length} tables as of ${takenAt}`;
  } catch (error) {
    if (!toOutput) await rm(draft, { force: true });
    throw error;
  }
}

await runProgram('backup', usage, parseWish(process.argv.slice(2)), async ({ what, file }) => {
  const place = readSections(pipelineSections, process.env);
  if (what === 'backup') {
    say(await back(place, file));
  } else if (what === 'restore') {
    const input = file === '-' ? process.stdin : createReadStream(file);
    const { takenAt } = await withDatabase(place, true, (client) => restore(client, input));
    say(`restored what was backed up at ${takenAt}`);
  } else {
    await withDatabase(place, false, reset);
    say('deleted all that Minikom had in its database');
  }
  return 0;
});
