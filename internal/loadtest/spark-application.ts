import { randomBetween } from '../program/random.ts';

/** One message of a Spark listener, as it is sent. */
export interface SparkMessage {
  readonly message_type: 'spark-event' | 'heartbeat';
  /** Of a Spark event its JSON. */
  readonly content: string;
  /** Milliseconds since 1970. */
  readonly generated_at: number;
}

const HEARTBEAT_MS = 10_000;
const EXECUTORS = 2;
const CORES = 4;
const MAX_JOBS = 5;
const MAX_TASKS = 12;
const MEMORY_BYTES = 434_031_820;

/** What an application does at a point in time, without when. */
type SparkEvent = Readonly<Record<string, unknown>>;

/**
 * What the listener of one run of an application tells, from its start to its end: the events that Spark posts, with
 * the names and fields of its event log, and a heartbeat every ten seconds between them.
 */
export function* messagesOfRun(
  name: string,
  runId: string,
  startMs: number,
  random: () => number,
): Generator<SparkMessage, void> {
  let nowMs = startMs;
  let heartbeatMs = startMs + HEARTBEAT_MS;
  for (const event of eventsOfRun(name, runId, () => nowMs, random)) {
    yield { message_type: 'spark-event', content: JSON.stringify(event), generated_at: nowMs };
    nowMs += randomBetween(random, 5, 900);
    for (; heartbeatMs <= nowMs; heartbeatMs += HEARTBEAT_MS) {
      yield { message_type: 'heartbeat', content: '{}', generated_at: heartbeatMs };
    }
  }
}

function* eventsOfRun(
  name: string,
  runId: string,
  nowMs: () => number,
  random: () => number,
): Generator<SparkEvent, void> {
  yield {
    Event: 'SparkListenerApplicationStart',
    'App Name': name,
    'App ID': runId,
    Timestamp: nowMs(),
    User: 'loadtest',
  };
  for (let executor = 1; executor <= EXECUTORS; executor++) yield* startExecutor(String(executor), nowMs);
  yield {
    Event: 'SparkListenerEnvironmentUpdate',
    'JVM Information': { 'Java Version': '17.0.9', 'Scala Version': 'version 2.12.18' },
    'Spark Properties': { 'spark.app.name': name, 'spark.executor.cores': String(CORES) },
    'System Properties': { 'file.encoding': 'UTF-8' },
    'Classpath Entries': {},
  };
  const jobs = randomBetween(random, 1, MAX_JOBS);
  let taskId = 0;
  for (let job = 0; job < jobs; job++) {
    const tasks = randomBetween(random, 1, MAX_TASKS);
    yield* runJob(job, { first: taskId, count: tasks }, nowMs, random);
    taskId += tasks;
  }
  yield { Event: 'SparkListenerApplicationEnd', Timestamp: nowMs() };
}

function* startExecutor(id: string, nowMs: () => number): Generator<SparkEvent, void> {
  const host = `10.0.0.${id}`;
  yield {
    Event: 'SparkListenerExecutorAdded',
    Timestamp: nowMs(),
    'Executor ID': id,
    'Executor Info': { Host: host, 'Total Cores': CORES, 'Log Urls': {}, Attributes: {} },
  };
  yield {
    Event: 'SparkListenerBlockManagerAdded',
    'Block Manager ID': { 'Executor ID': id, Host: host, Port: 35_000 },
    'Maximum Memory': MEMORY_BYTES,
    Timestamp: nowMs(),
  };
}

/** A job of one stage, whose number is the job's. */
function* runJob(
  job: number,
  tasks: { readonly first: number; readonly count: number },
  nowMs: () => number,
  random: () => number,
): Generator<SparkEvent, void> {
  const stage = { 'Stage ID': job, 'Stage Attempt ID': 0, 'Stage Name': `collect at Job${job}.scala:42` };
  const info = {
    ...stage,
    'Number of Tasks': tasks.count,
    'RDD Info': [],
    'Parent IDs': [],
    Accumulables: [],
  };
  yield {
    Event: 'SparkListenerJobStart',
    'Job ID': job,
    'Submission Time': nowMs(),
    'Stage Infos': [info],
    'Stage IDs': [job],
    Properties: {},
  };
  const submittedMs = nowMs();
  yield {
    Event: 'SparkListenerStageSubmitted',
    'Stage Info': { ...info, 'Submission Time': submittedMs },
    Properties: {},
  };
  for (let task = tasks.first; task < tasks.first + tasks.count; task++)
    yield* runTask(job, task, nowMs, random);
  yield {
    Event: 'SparkListenerStageCompleted',
    'Stage Info': { ...info, 'Submission Time': submittedMs, 'Completion Time': nowMs() },
  };
  yield {
    Event: 'SparkListenerJobEnd',
    'Job ID': job,
    'Completion Time': nowMs(),
    'Job Result': { Result: 'JobSucceeded' },
  };
}

function* runTask(
  stage: number,
  task: number,
  nowMs: () => number,
  random: () => number,
): Generator<SparkEvent, void> {
  const executor = String(randomBetween(random, 1, EXECUTORS));
  const info = {
    'Task ID': task,
    Index: task,
    Attempt: 0,
    'Launch Time': nowMs(),
    'Executor ID': executor,
    Host: `10.0.0.${executor}`,
    Locality: 'PROCESS_LOCAL',
    Failed: false,
    Killed: false,
  };
  yield { Event: 'SparkListenerTaskStart', 'Stage ID': stage, 'Stage Attempt ID': 0, 'Task Info': info };
  yield {
    Event: 'SparkListenerTaskEnd',
    'Stage ID': stage,
    'Stage Attempt ID': 0,
    'Task Type': 'ResultTask',
    'Task End Reason': { Reason: 'Success' },
    'Task Info': { ...info, 'Finish Time': nowMs() },
    'Task Metrics': {
      'Executor Run Time': randomBetween(random, 5, 900),
      'Executor CPU Time': randomBetween(random, 5_000_000, 900_000_000),
      'JVM GC Time': randomBetween(random, 0, 40),
      'Result Size': randomBetween(random, 900, 4000),
    },
  };
}
