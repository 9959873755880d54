/** A stretch of a run's time: the application, a job, a query or a stage. Times in milliseconds since 1970. */
export interface RunSpan {
  readonly kind: 'application' | 'query' | 'job' | 'stage';
  readonly key: string;
  readonly title: string;
  readonly startMs: number;
  readonly endMs: number | null;
  readonly failed: boolean;
  readonly tasks: number;
}

/** Something of a run that failed, and why; `times` as often. */
export interface RunFailure {
  readonly atMs: number | null;
  readonly what: string;
  readonly why: string;
  readonly times: number;
}

const MOST_SPANS = 500;
const MOST_FAILURES = 100;
const NEWEST_EVENTS = 100;
const LONGEST_WHY = 500;

/** An object of Spark's JSON, whose fields may be anything. */
type SparkObject = Readonly<Record<string, unknown>>;

/** What the Spark events of one run come to, added one by one; bounded, however many there are. */
export class RunEvents {
  readonly #spans = new Map<string, RunSpan>();
  readonly #failures = new Map<string, RunFailure>();
  readonly #kinds = new Map<string, number>();
  readonly #newest: { readonly kind: string; readonly atMs: number | null }[] = [];
  count = 0;

  /** Adds one line of `GET /job/:name/:run_id/events` as NDJSON; what is no event of Spark counts as unknown. */
  addLine(line: string): void {
    const event = objectOf(parseJson(line));
    const kind =
      textOf(event.Event)
        ?.replace(/^.*\./, '')
        .replace(/^SparkListener/, '') ?? 'unknown';
    this.count++;
    this.#kinds.set(kind, (this.#kinds.get(kind) ?? 0) + 1);
    this.#newest.push({ kind, atMs: timeOf(event) });
    if (this.#newest.length > NEWEST_EVENTS) this.#newest.shift();
    this.#read(kind, event);
  }

  /** In the order in which they began, the wider before what is within. */
  get spans(): readonly RunSpan[] {
    return [...this.#spans.values()].sort(
      (a, b) => a.startMs - b.startMs || breadth[b.kind] - breadth[a.kind],
    );
  }

  get failures(): readonly RunFailure[] {
    return [...this.#failures.values()];
  }

  /** How often each kind of event came, the most frequent first. */
  get kinds(): readonly (readonly [kind: string, count: number])[] {
    return [...this.#kinds].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  }

  /** The last events, newest first. */
  get newest(): readonly { readonly kind: string; readonly atMs: number | null }[] {
    return this.#newest.toReversed();
  }

  #read(kind: string, event: SparkObject): void {
    const stage = objectOf(event['Stage Info']);
    const stageKey = stageKeyOf(stage);
    const id = String(event['Job ID']);
    switch (kind) {
      case 'ApplicationStart':
        this.#begin('application', 'application', textOf(event['App Name']) ?? '', event.Timestamp);
        break;
      case 'ApplicationEnd':
        this.#end('application', event.Timestamp);
        break;
      case 'SQLExecutionStart': {
        const execution = String(event.executionId);
        this.#begin('query', `query ${execution}`, textOf(event.description) ?? '', event.time);
        break;
      }
      case 'SQLExecutionEnd':
        this.#end(`query ${String(event.executionId)}`, event.time, textOf(event.errorMessage));
        break;
      case 'JobStart':
        this.#begin('job', `job ${id}`, '', event['Submission Time']);
        break;
      case 'JobEnd':
        this.#end(`job ${id}`, event['Completion Time'], failureOfJob(objectOf(event['Job Result'])));
        break;
      case 'StageSubmitted':
        this.#begin('stage', stageKey, textOf(stage['Stage Name']) ?? '', stage['Submission Time']);
        break;
      case 'StageCompleted':
        this.#begin('stage', stageKey, textOf(stage['Stage Name']) ?? '', stage['Submission Time']);
        this.#end(stageKey, stage['Completion Time'], textOf(stage['Failure Reason']));
        break;
      case 'TaskEnd':
        this.#endTask(event);
        break;
      case 'ExecutorRemoved': {
        const why = textOf(event['Removed Reason']);
        this.#fail(`executor ${String(event['Executor ID'])} removed`, why ?? '', timeOf(event));
        break;
      }
      default:
    }
  }

  #begin(kind: RunSpan['kind'], key: string, title: string, at: unknown): void {
    if (typeof at !== 'number' || this.#spans.has(key) || this.#spans.size >= MOST_SPANS) return;
    this.#spans.set(key, { kind, key, title, startMs: at, endMs: null, failed: false, tasks: 0 });
  }

  /** An end with a reason is a failure; an empty one is none. */
  #end(key: string, at: unknown, why = ''): void {
    const span = this.#spans.get(key);
    const endMs = typeof at === 'number' ? at : null;
    if (span !== undefined) this.#spans.set(key, { ...span, endMs, failed: why !== '' });
    if (why !== '') this.#fail(key, why, endMs);
  }

  #endTask(event: SparkObject): void {
    const key = stageKeyOf(event);
    const span = this.#spans.get(key);
    if (span !== undefined) this.#spans.set(key, { ...span, tasks: span.tasks + 1 });
    const reason = objectOf(event['Task End Reason']);
    const kind = textOf(reason.Reason) ?? 'Success';
    if (kind === 'Success') return;
    const parts = [
      kind,
      reason['Class Name'],
      reason.Description,
      reason['Loss Reason'],
      reason['Kill Reason'],
    ];
    const why = parts.map(textOf).filter((part) => part !== undefined && part !== '');
    this.#fail(`task of ${key}`, why.join(': '), timeOf(event));
  }

  #fail(what: string, why: string, atMs: number | null): void {
    const short = why.split('\n', 1)[0]?.slice(0, LONGEST_WHY) ?? '';
    const key = `${what}\n${short}`;
    const before = this.#failures.get(key);
    if (before === undefined && this.#failures.size >= MOST_FAILURES) return;
    this.#failures.set(key, { what, why: short, times: (before?.times ?? 0) + 1, atMs });
  }
}

const breadth = { application: 3, query: 2, job: 1, stage: 0 } as const;

/** A stage is tried again as another attempt. */
function stageKeyOf(object: SparkObject): string {
  return `stage ${String(object['Stage ID'])}.${String(object['Stage Attempt ID'])}`;
}

function failureOfJob(result: SparkObject): string {
  if (result.Result === 'JobSucceeded' || result.Result === undefined) return '';
  return textOf(objectOf(result.Exception).Message) ?? 'failed';
}

function timeOf(event: SparkObject): number | null {
  const [stage, task] = [objectOf(event['Stage Info']), objectOf(event['Task Info'])];
  const times = [
    event.Timestamp,
    event['Completion Time'],
    event['Submission Time'],
    stage['Completion Time'],
    stage['Submission Time'],
    task['Finish Time'],
    task['Launch Time'],
    event.time,
  ];
  return (times.find((time) => typeof time === 'number' && time > 0) as number | undefined) ?? null;
}

function objectOf(value: unknown): SparkObject {
  return typeof value === 'object' && value !== null ? (value as SparkObject) : {};
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
