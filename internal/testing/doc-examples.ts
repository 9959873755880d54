import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { promisify } from 'node:util';

import { expect } from 'chai';

const run = promisify(execFile);

/** A command that a page of docs/ shows, with what it says that it prints. */
export interface DocExample {
  /** Where it begins in the page. */
  readonly line: number;
  /** What a reader would paste into a shell. */
  readonly script: string;
  /** The block right after it, if that shows an answer. */
  readonly answer: { readonly language: string; readonly text: string } | undefined;
}

// Compiled files lie in dist/internal/testing/.
const project = new URL('../../../', import.meta.url);
const folders = ['', 'docs/', 'docs/decisions/', 'clients/typescript/', 'deploy/helm/minikom/'];
/** What the pages call the service. */
const SERVICE = /\blocalhost:8080\b/g;
const answerLanguages = new Set(['json', 'text']);
const TIMEOUT_MS = 20_000;
const ANYTHING = '…';

/** The blocks of a page that are for a shell, in order, but those that are marked `sh not-run`: no test runs them. */
export async function docExamples(page: string): Promise<DocExample[]> {
  const blocks = blocksOf(await readFile(new URL(page, project), 'utf8'));
  return blocks.flatMap(({ language, text, line, end }, index) => {
    if (language !== 'sh') return [];
    const next = blocks[index + 1];
    const isAnswer = next !== undefined && next.line <= end + 2 && answerLanguages.has(next.language);
    return { line, script: text, answer: isAnswer ? next : undefined };
  });
}

/**
 * Runs a command against the service at `url` and expects that it prints what the page says: JSON by value, where the
 * text "…" as a value stands for what the page does not repeat.
 */
export async function expectDocExample({ script, answer }: DocExample, url: string): Promise<void> {
  const { stdout } = await run('sh', ['-euc', script.replace(SERVICE, new URL(url).host)], {
    timeout: TIMEOUT_MS,
    // Neither a proxy nor a configuration of whoever runs the tests.
    env: { PATH: '/usr/local/bin:/usr/bin:/bin', CURL_HOME: '/nonexistent', HOME: '/nonexistent' },
  });
  if (answer === undefined) return;
  if (answer.language === 'json') {
    const told = parse(answer.text);
    expect(shortenedAs(told, parse(stdout))).to.deep.equal(told);
  } else expect(stdout.trimEnd()).to.equal(answer.text.trimEnd());
}

/** `actual`, with the values left out that are left out of `told`. */
function shortenedAs(told: unknown, actual: unknown): unknown {
  if (told === ANYTHING && actual !== undefined) return ANYTHING;
  if (Array.isArray(told) && Array.isArray(actual)) {
    return actual.map((value: unknown, index) => shortenedAs(told[index], value));
  }
  if (!isObject(told) || !isObject(actual)) return actual;
  return Object.fromEntries(
    Object.entries(actual).map(([name, value]) => [name, shortenedAs(told[name], value)]),
  );
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The pages for whoever runs or reads the project. */
export async function allPages(): Promise<string[]> {
  const files = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(new URL(`./${folder}`, project))).map((name) => folder + name),
    ),
  );
  return files.flat().filter((path) => path.endsWith('.md'));
}

/** Whether this machine has curl, which running the service does not need. */
export function hasCurl(): Promise<boolean> {
  return run('curl', ['--version']).then(
    () => true,
    () => false,
  );
}

interface Block {
  readonly language: string;
  readonly text: string;
  /** Of its opening and its closing fence, counted from 1. */
  readonly line: number;
  readonly end: number;
}

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  let open: { readonly language: string; readonly line: number; readonly lines: string[] } | undefined;
  for (const [index, text] of markdown.split('\n').entries()) {
    const line = index + 1;
    const [, language] = /^ *```(\w*(?: not-run)?)\s*$/.exec(text) ?? [];
    if (open !== undefined && language === '') {
      blocks.push({ language: open.language, text: open.lines.join('\n'), line: open.line, end: line });
      open = undefined;
    } else if (open !== undefined) open.lines.push(text);
    else if (language !== undefined) open = { language, line, lines: [] };
  }
  return blocks;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`not JSON: ${text}`, { cause: error });
  }
}
