import { randomUUID } from 'node:crypto';

import type pg from 'pg';
import { z } from 'zod';

import { lockArguments, type AdvisoryLock } from '../database/advisory-locks.ts';
import { NoRoomError } from '../database/reason.ts';
import { withDeadline } from '../database/deadline.ts';
import { Session } from '../database/session.ts';

/** A process among those of all replicas: its shards are numbered from `first` on. */
export interface Place {
  readonly first: number;
  readonly shards: number;
}

export interface ReplicasOptions {
  readonly connectionString: string;
  readonly timeoutMs: number;
  readonly shards: number;
  /** The place that is taken if it is free. */
  readonly preferred: number;
  /** Most connections that this process opens, this one among them. */
  readonly connections: number;
}

/** Answers a question with JSON. */
type Answer = (detail: string) => string;

/** Held while a place is taken. */
export const placesLock: AdvisoryLock = { name: 'places', number: 7 };

const NAME = 'minikom replica';
const QUESTIONS = 'minikom_questions';
// PostgreSQL takes less than 8,000 bytes in a notification.
const PART_CHARACTERS = 7800;
// Whoever has ended in the midst of a question is not waited for longer than this.
const LOOK_EACH_MS = 250;

const placed = `
  select pid, application_name as name
  from pg_stat_activity
  where datname = current_database() and application_name like '${NAME} %' and pid <> pg_backend_pid()`;

// Rights may hide of others what they are, but not their names. Who is there as a replica needs no more than it says.
const connectionsLeft = `
  select current_setting('max_connections')::int4 as most,
    (current_setting('max_connections')::int4 - current_setting('superuser_reserved_connections')::int4
      - coalesce(current_setting('reserved_connections', true), '0')::int4
      - count(*) filter (where application_name not like 'minikom%')
      - coalesce(sum(substring(application_name from '^${NAME} .*[(]([0-9]+)[)]$')::int4), 0))::int4 as left
  from pg_stat_activity
  where datid is not null and coalesce(backend_type, 'client backend') = 'client backend'
    and pid <> pg_backend_pid()`;

/**
 * The processes of all replicas, as this one sees them. Each has a session whose name says its place, so that whoever asks
 * knows who is there: a process that ends takes its session with it. A question is a notification that all of them hear, and
 * answers come back by the channel of the one who asked. While nobody asks, nothing happens.
 */
export class Replicas {
  readonly session: Session;
  readonly #options: ReplicasOptions;
  readonly #answers = new Map<string, Answer>();
  readonly #ownChannel = `minikom_answers_${randomUUID().replaceAll('-', '')}`;
  readonly #questions = new Map<number, Question>();
  /** Those that let a question pass: nobody waits for them until they are heard of again. */
  readonly #silent = new Set<number>();
  #place: Place;
  /** The server's process of the session, once a place was taken. */
  #backend: number | undefined;
  #asked = 0;

  constructor(options: ReplicasOptions) {
    const { connectionString, timeoutMs, shards, preferred } = options;
    this.#options = options;
    this.#place = { first: preferred, shards };
    this.session = new Session({
      ...{ connectionString, timeoutMs, applicationName: NAME },
      onOpen: (client) => this.#takePlace(client),
    });
    this.session.hear(QUESTIONS, { onPayload: (payload) => this.#answer(payload), onGap: () => undefined });
    this.session.hear(this.#ownChannel, { onPayload: (part) => this.#hear(part), onGap: () => undefined });
  }

  /** Where this process is. It may be another place after the connection was lost. */
  get place(): Place {
    return this.#place;
  }

  /** How questions of that kind are answered. */
  onAsked(kind: string, answer: Answer): void {
    this.#answers.set(kind, answer);
  }

  /**
   * What all other processes answer now, without those that do not in time. Rejects if the database does not answer.
   */
  async ask(kind: string, detail: string): Promise<string[]> {
    const others = await this.#others();
    if (others.size === 0) return [];
    const number = ++this.#asked;
    const question = new Question(new Set([...others].filter((other) => !this.#silent.has(other))));
    this.#questions.set(number, question);
    try {
      const asked: Asking = { kind, detail, number, channel: this.#ownChannel };
      await this.session.query('select pg_notify($1, $2)', [QUESTIONS, JSON.stringify(asked)]);
      await this.#hearAll(question);
      return question.answers;
    } finally {
      this.#questions.delete(number);
    }
  }

  /** Resolves when all that are there have answered, or the time is over. */
  async #hearAll(question: Question): Promise<void> {
    const deadlineMs = performance.now() + this.#options.timeoutMs;
    while (question.missing.size > 0) {
      await withDeadline(question.answered, LOOK_EACH_MS).catch(() => undefined);
      if (question.missing.size === 0) return;
      const others = await this.#others();
      for (const missing of question.missing) {
        if (!others.has(missing)) question.missing.delete(missing);
        else if (performance.now() > deadlineMs) this.#silent.add(missing);
      }
      if (performance.now() > deadlineMs) return;
    }
  }

  async #others(): Promise<Set<number>> {
    const rows = await this.session.query<Placed>(placed);
    return new Set(rows.map(({ name }) => placeOf(name).first));
  }

  #answer(payload: string): void {
    const { kind, detail, number, channel } = readAsking(payload);
    const answer = this.#answers.get(kind);
    if (channel === this.#ownChannel || answer === undefined) return;
    const parts = split(answer(detail)).map(
      (part, index, { length }) => `${number} ${this.#place.first} ${length - index} ${part}`,
    );
    const sent = 'select pg_notify($1, part) from unnest($2::text[]) as parts (part)';
    // Whoever asked notices that nothing came.
    this.session.query(sent, [channel, parts]).catch(() => undefined);
  }

  #hear(payload: string): void {
    const [, number, from, left, part = ''] = /^(\d+) (\d+) (\d+) (.*)$/s.exec(payload) ?? [];
    this.#silent.delete(Number(from));
    this.#questions.get(Number(number))?.hear(Number(from), part, left === '1');
  }

  async #takePlace(client: pg.Client): Promise<void> {
    // Where a connection was cut, the server may not know of it yet.
    if (this.#backend !== undefined) await client.query(endOwn, [this.#backend, this.#ownName]);
    await client.query('begin');
    await client.query(`select pg_advisory_xact_lock(${lockArguments(placesLock)})`);
    // Who is there already stays.
    if (this.#backend === undefined) await this.#requireRoom(client);
    const { rows } = await client.query<Placed>(placed);
    const taken = rows.map(({ name }) => placeOf(name));
    const first = freePlace(taken, this.#options.shards, this.#place.first);
    this.#place = { first, shards: this.#options.shards };
    const { rows: own } = await client.query<{ pid: number }>(
      `select pg_backend_pid() as pid, set_config('application_name', $1, false)`,
      [this.#ownName],
    );
    await client.query('commit');
    this.#backend = own[0]?.pid;
  }

  /** Throws a {@link NoRoomError} if this process could not have all the connections that it may need. */
  async #requireRoom(client: pg.Client): Promise<void> {
    const { connections } = this.#options;
    const { rows } = await client.query<{ left: number; most: number }>(connectionsLeft);
    const { left = 0, most = 0 } = rows[0] ?? {};
    if (connections <= left) return;
    throw new NoRoomError(
      `PostgreSQL has ${left} of ${most} connections left, and this process may need ${connections}: ` +
        'lower DATABASE_CONNECTIONS here or elsewhere, or raise max_connections there.',
    );
  }

  get #ownName(): string {
    const { first, shards } = this.#place;
    return `${NAME} ${first}+${shards} (${this.#options.connections})`;
  }
}

/** What a question says; `channel` is where answers go. */
const asking = z.object({
  kind: z.string(),
  detail: z.string(),
  number: z.int(),
  channel: z.string().regex(/^minikom_\w+$/),
});
type Asking = z.output<typeof asking>;

/** Whatever else is said on the channel is a question that nobody answers. */
function readAsking(payload: string): Asking {
  try {
    return asking.parse(JSON.parse(payload));
  } catch {
    return { kind: '', detail: '', number: 0, channel: '' };
  }
}

interface Placed {
  readonly pid: number;
  readonly name: string;
}

const endOwn = `
  select pg_terminate_backend(pid, 1000) from pg_stat_activity
  where pid = $1 and datname = current_database() and application_name = $2`;

function placeOf(name: string): Place {
  const [, first, shards] = /(\d+)\+(\d+)/.exec(name) ?? [];
  return { first: Number(first), shards: Number(shards) };
}

/** The first of so many numbers that nobody has: from `preferred` on, or else the lowest. */
export function freePlace(taken: readonly Place[], shards: number, preferred: number): number {
  const ends = taken.map((place) => place.first + place.shards).sort((a, b) => a - b);
  const isFree = (first: number) =>
    taken.every((place) => first + shards <= place.first || first >= place.first + place.shards);
  return [preferred, 0, ...ends].find(isFree) ?? preferred;
}

/** JSON in parts that fit into notifications each: a character is a byte. */
function split(json: string): string[] {
  const ascii = json.replace(
    /[^\0-\x7f]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return ascii.match(new RegExp(`.{1,${PART_CHARACTERS}}`, 'gs')) ?? [''];
}

/** A question, and what came of it so far. */
class Question {
  readonly answers: string[] = [];
  readonly missing: Set<number>;
  readonly answered: Promise<void>;
  readonly #parts = new Map<number, string>();
  #resolve: () => void = () => undefined;

  constructor(missing: Set<number>) {
    this.missing = missing;
    this.answered = new Promise((resolve) => (this.#resolve = resolve));
  }

  /** Parts of an answer come in order. */
  hear(from: number, part: string, isLast: boolean): void {
    const text = (this.#parts.get(from) ?? '') + part;
    this.#parts.set(from, text);
    if (!isLast) return;
    this.answers.push(text);
    this.missing.delete(from);
    if (this.missing.size === 0) this.#resolve();
  }
}
