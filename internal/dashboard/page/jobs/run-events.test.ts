import { expect } from 'chai';

import { RunEvents } from './run-events.ts';

function eventsOf(...events: readonly object[]): RunEvents {
  const run = new RunEvents();
  for (const event of events) run.addLine(JSON.stringify(event));
  return run;
}

const stage = (more: object) => ({ 'Stage ID': 4, 'Stage Attempt ID': 1, 'Stage Name': 'map', ...more });

describe('what the Spark events of a run come to', () => {
  it('is when the application, its jobs and stages began and ended', () => {
    const run = eventsOf(
      { Event: 'SparkListenerApplicationStart', 'App Name': 'etl', Timestamp: 1 },
      {
        Event: 'org.apache.spark.sql.execution.ui.SparkListenerSQLExecutionStart',
        executionId: 3,
        description: 'sum',
        time: 2,
      },
      { Event: 'SparkListenerJobStart', 'Job ID': 0, 'Submission Time': 2 },
      { Event: 'SparkListenerStageSubmitted', 'Stage Info': stage({ 'Submission Time': 2 }) },
      {
        Event: 'SparkListenerTaskEnd',
        'Stage ID': 4,
        'Stage Attempt ID': 1,
        'Task End Reason': { Reason: 'Success' },
      },
      {
        Event: 'SparkListenerStageCompleted',
        'Stage Info': stage({ 'Submission Time': 2, 'Completion Time': 6 }),
      },
      {
        Event: 'SparkListenerJobEnd',
        'Job ID': 0,
        'Completion Time': 7,
        'Job Result': { Result: 'JobSucceeded' },
      },
      { Event: 'SparkListenerApplicationEnd', Timestamp: 9 },
    );
    const times = run.spans.map(({ key, title, startMs, endMs, tasks }) => [
      key,
      title,
      startMs,
      endMs,
      tasks,
    ]);
    expect(times).to.deep.equal([
      ['application', 'etl', 1, 9, 0],
      ['query 3', 'sum', 2, null, 0],
      ['job 0', '', 2, 7, 0],
      ['stage 4.1', 'map', 2, 6, 1],
    ]);
    expect(run.failures).to.deep.equal([]);
    expect(run.kinds[0]).to.deep.equal(['ApplicationEnd', 1]);
    expect(run.newest[0]).to.deep.equal({ kind: 'ApplicationEnd', atMs: 9 });
  });

  it('is what failed and why, once where it failed alike', () => {
    const Exception = { Message: 'Job aborted\n at line' };
    const failedTask = {
      Event: 'SparkListenerTaskEnd',
      ...{ 'Stage ID': 4, 'Stage Attempt ID': 1, 'Task Info': { 'Finish Time': 7 } },
      'Task End Reason': {
        Reason: 'ExceptionFailure',
        'Class Name': 'java.io.IOException',
        Description: 'disk full',
      },
    };
    const run = eventsOf(
      { Event: 'SparkListenerStageSubmitted', 'Stage Info': stage({ 'Submission Time': 5 }) },
      failedTask,
      failedTask,
      {
        Event: 'SparkListenerStageCompleted',
        'Stage Info': stage({ 'Completion Time': 8, 'Failure Reason': 'lost' }),
      },
      {
        Event: 'SparkListenerJobEnd',
        'Job ID': 1,
        'Completion Time': 9,
        'Job Result': { Result: 'JobFailed', Exception },
      },
      {
        Event: 'SparkListenerExecutorRemoved',
        Timestamp: 10,
        'Executor ID': '2',
        'Removed Reason': 'killed',
      },
    );
    expect(run.spans).to.deep.equal([
      { kind: 'stage', key: 'stage 4.1', title: 'map', startMs: 5, endMs: 8, failed: true, tasks: 2 },
    ]);
    expect(run.failures).to.deep.equal([
      {
        what: 'task of stage 4.1',
        why: 'ExceptionFailure: java.io.IOException: disk full',
        times: 2,
        atMs: 7,
      },
      { what: 'stage 4.1', why: 'lost', times: 1, atMs: 8 },
      { what: 'job 1', why: 'Job aborted', times: 1, atMs: 9 },
      { what: 'executor 2 removed', why: 'killed', times: 1, atMs: 10 },
    ]);
  });

  it('is bounded, and takes whatever comes', () => {
    const run = new RunEvents();
    for (const line of ['', 'x', 'null', '[]', '{"Event": 7}']) run.addLine(line);
    expect(run.kinds).to.deep.equal([['unknown', 5]]);
    for (let job = 0; job < 2000; job++)
      run.addLine(JSON.stringify({ Event: 'SparkListenerJobStart', 'Job ID': job, 'Submission Time': job }));
    expect([run.spans.length, run.newest.length, run.count]).to.deep.equal([500, 100, 2005]);
  });
});
