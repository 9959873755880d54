import { expect } from 'chai';

import { parseOptions, type LoadOptions } from './options.ts';

const surroundings = { environment: {}, nowSeconds: 1_800_000_000, seed: 77 };

function problemsOf(text: string, environment: Record<string, string> = {}): readonly string[] {
  const args = text.split(' ').filter((part) => part !== '');
  const parsed = parseOptions(args, { ...surroundings, environment });
  return parsed.kind === 'bad' ? parsed.problems : [];
}

function optionsOf(text: string, environment: Record<string, string> = {}): LoadOptions {
  const args = text.split(' ').filter((part) => part !== '');
  const parsed = parseOptions(args, { ...surroundings, environment });
  if (parsed.kind !== 'run') throw new Error(JSON.stringify(parsed));
  return parsed.options;
}

describe('the options', () => {
  it('have defaults', () => {
    const { urls, mode, plan, ...rest } = optionsOf('');
    expect([urls[0].href, mode.name]).to.deep.equal(['http://localhost:8080/', 'single']);
    expect(plan).to.deep.equal({
      mode: 'single',
      seed: 77,
      services: 1000,
      events: Infinity,
      batch: 1,
      shuffle: false,
      duplicates: 0,
      startSecond: 1_599_998_400,
    });
    expect(rest).to.deep.equal({
      connections: 64,
      rate: undefined,
      durationSeconds: 10,
      timeoutMs: 30_000,
      gzip: false,
      retry: false,
      verify: false,
      rules: { gapSeconds: 2, maxDelaySeconds: 10 },
      json: false,
      writeToken: undefined,
      readToken: undefined,
    });
  });

  it('are all read', () => {
    const options = optionsOf(
      '--url http://127.0.0.1:1/base --mode bulk --batch 50 --services 9 --connections 3 --rate 2.5 --duration 4 ' +
        '--events 999 --gzip --shuffle --duplicates 0.1 --seed 5 --start-second 7300 --timeout 1.5 --verify --json ' +
        '--token secret --gap-seconds 3 --max-delay-seconds 4',
    );
    expect(options).to.deep.include({
      connections: 3,
      rate: 2.5,
      durationSeconds: 4,
      timeoutMs: 1500,
      gzip: true,
      retry: true,
      verify: true,
      rules: { gapSeconds: 3, maxDelaySeconds: 4 },
      json: true,
      writeToken: 'secret',
      readToken: 'secret',
    });
    expect(options.plan).to.deep.include({
      mode: 'bulk',
      batch: 50,
      events: 999,
      seed: 5,
      startSecond: 7200,
    });
  });

  it('take a count of requests for one of events, and then need no duration', () => {
    const { plan, durationSeconds } = optionsOf('--mode bulk --batch 50 --requests 20');
    expect([plan.events, durationSeconds]).to.deep.equal([1000, Infinity]);
  });

  it('take tokens from the environment', () => {
    expect(optionsOf('', { WRITE_TOKEN: 'w', READ_TOKEN: 'r' })).to.include({
      writeToken: 'w',
      readToken: 'r',
    });
    expect(optionsOf('--token t', { WRITE_TOKEN: 'w' })).to.include({ writeToken: 't', readToken: 't' });
  });

  it('name every problem at once', () => {
    const problems = problemsOf(
      '--url ftp://a --mode quick --services 0 --rate fast --seed 1.5 --gzip=yes --constructor x --duration ' +
        '--requests 1 --events 1',
      { READ_TOKEN: 'a b' },
    );
    const beginnings = ['--url', '--mode', '--services', '--rate', '--seed', '--gzip', 'READ_TOKEN'];
    for (const beginning of beginnings) {
      expect(problems.filter((problem) => problem.startsWith(beginning))).to.have.length(1);
    }
    expect(problems).to.include('unknown option --constructor');
    expect(problems).to.include('unexpected argument "x"');
  });

  it('take several replicas, whose paths are the same', () => {
    const { urls } = optionsOf('--url http://localhost:1/a,http://127.0.0.1:2/a');
    expect(urls.map(({ port }) => port)).to.deep.equal(['1', '2']);
    expect(problemsOf('--url http://localhost:1/a,http://localhost:2')).to.have.length(1);
    expect(problemsOf('--url http://localhost:1,http://example.com')).to.have.length(1);
  });

  it('do not show a token', () => {
    expect(problemsOf('', { WRITE_TOKEN: 'sec ret' }).join()).to.not.include('ret');
  });

  it('accept this machine only, unless told otherwise', () => {
    for (const host of ['localhost', '127.0.0.1', '127.9.9.9', '[::1]', '2130706433', 'LOCALHOST:80']) {
      expect(problemsOf(`--url http://${host}`), host).to.deep.equal([]);
    }
    for (const host of [
      'example.com',
      '10.0.0.1',
      'localhost.example.com',
      '127.0.0.1.example.com',
      '[::2]',
    ]) {
      expect(problemsOf(`--url http://${host}`), host).to.have.length(1);
      expect(problemsOf(`--url http://${host} --allow-remote`), host).to.deep.equal([]);
    }
  });

  it('want a batch that the mode can have', () => {
    expect(problemsOf('--batch 2')).to.deep.equal(['--batch must be at most 1 with --mode single']);
    expect(problemsOf('--batch 2 --mode payload')).to.deep.equal([]);
  });

  it('verify only what does not depend on the clock', () => {
    expect(problemsOf('--verify')).to.deep.equal([]);
    expect(problemsOf('--verify --mode payload')).to.have.length(1);
    expect(problemsOf('--verify --start-second 1799999000')).to.have.length(1);
  });

  it('can ask for help, whatever else is wrong', () => {
    expect(parseOptions(['--help', '--seed', 'x'], surroundings)).to.deep.equal({ kind: 'help' });
  });
});
