import { expect } from 'chai';
import { parseFlags } from './flags.ts';

const environment = { ENDPOINT: 'http://localhost:8080' };

function endpointOf(text: string): string {
  const parsed = parseFlags([], { ENDPOINT: text });
  return parsed.kind === 'run' ? parsed.options.endpoint.href : parsed.kind;
}

function problemsOf(args: string[], env: Record<string, string> = environment): readonly string[] {
  const parsed = parseFlags(args, env);
  return parsed.kind === 'bad' ? parsed.problems : [];
}

describe('the flags', () => {
  it('have defaults', () => {
    expect(parseFlags([], environment)).to.deep.equal({
      kind: 'run',
      options: {
        endpoint: new URL('http://localhost:8080/event'),
        token: undefined,
        services: 6,
        speedUp: 1,
        seed: undefined,
        startSecond: undefined,
        durationSeconds: Infinity,
        loss: 0,
        duplicates: 0,
      },
    });
  });

  it('are all read', () => {
    const args =
      '--services 9 --speed-up=2.5 --seed 0 --start-second 7 --duration 8 --loss 0.5 --duplicates 1';
    expect(parseFlags(args.split(' '), { ...environment, WRITE_TOKEN: 't' }))
      .to.have.property('options')
      .that.deep.equals({
        endpoint: new URL('http://localhost:8080/event'),
        token: 't',
        services: 9,
        speedUp: 2.5,
        seed: 0,
        startSecond: 7,
        durationSeconds: 8,
        loss: 0.5,
        duplicates: 1,
      });
  });

  it('append /event to an endpoint without a path only', () => {
    expect(endpointOf('http://a')).to.equal('http://a/event');
    expect(endpointOf('https://a/?b=c')).to.equal('https://a/event?b=c');
    expect(endpointOf('http://a/b')).to.equal('http://a/b');
  });

  it('name every problem at once', () => {
    const args = [
      '--services',
      '0',
      '--speed-up',
      'fast',
      '--loss=1.5',
      '--seed',
      '1.5',
      '--constructor',
      'x',
    ];
    const problems = problemsOf(args, { ENDPOINT: 'ftp://a', WRITE_TOKEN: 'a\nb' });
    for (const name of ['ENDPOINT', 'WRITE_TOKEN', '--services', '--speed-up', '--loss', '--seed']) {
      expect(problems.filter((problem) => problem.startsWith(name))).to.have.length(1);
    }
    expect(problems).to.include('unknown option --constructor');
    expect(problems).to.include('unexpected argument "x"');
    expect(problems).to.have.length(8);
  });

  it('refuse a missing value and a missing or broken endpoint', () => {
    expect(problemsOf(['--seed'])).to.have.length(1);
    expect(problemsOf([], {})).to.have.length(1);
    expect(problemsOf([], { ENDPOINT: 'localhost:8080' })).to.have.length(1);
  });

  it('want a duration for a sped-up run', () => {
    expect(problemsOf(['--speed-up', '2'])).to.have.length(1);
    expect(problemsOf(['--speed-up', '2', '--duration', '5'])).to.be.empty;
  });

  it('can be asked for help without an endpoint', () => {
    expect(parseFlags(['--help'], {})).to.deep.equal({ kind: 'help' });
  });
});
