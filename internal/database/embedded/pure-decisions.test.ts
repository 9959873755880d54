import { expect } from 'chai';
import pg from 'pg';
import { findSystemAccount } from './account.ts';
import { EmbeddedPostgresError } from './embedded-error.ts';
import { parsePostmasterFile } from './postmaster-file.ts';
import { servesCluster, type ProcessFacts } from './process-identity.ts';
import { judgeAnswer } from './reach-postmaster.ts';
import { classifyStartFailure } from './server-log.ts';
import { postgresArguments } from './settings.ts';
import { restartDelayMs } from './supervisor.ts';

describe('embedded PostgreSQL: decisions', () => {
  it('takes the system account postgres, else nobody, never root', () => {
    const root = 'root:x:0:0::/root:/bin/sh';
    const nobody = 'nobody:x:65534:65533::/:/bin/false';
    const postgres = 'postgres:x:101:104:,,,:/var/lib/postgresql:/bin/bash';
    expect(findSystemAccount([root, nobody, postgres].join('\n'))).to.deep.equal({ uid: 101, gid: 104 });
    expect(findSystemAccount([root, nobody].join('\n'))).to.deep.equal({ uid: 65534, gid: 65533 });
    expect(findSystemAccount([root, 'postgres:x:0:0::/:/bin/sh', 'postgres'].join('\n'))).to.equal(undefined);
  });

  it('reads a lock file, and only a complete one', () => {
    const lines = ['42', '/data/postgres', '1700000000', '5433', '', '127.0.0.1', ' 1 2', 'starting', ''];
    const starting = { pid: 42, dataFolder: '/data/postgres', port: 5433, isReady: false };
    expect(parsePostmasterFile(lines.join('\n'))).to.deep.equal(starting);
    const ready = lines.with(7, 'ready   ').join('\n');
    expect(parsePostmasterFile(ready)).to.deep.equal({ ...starting, isReady: true });
    for (const text of ['', '42', '42\n/data/postgres\n', lines.with(0, '-42').join('\n'), 'a\nb\nc\nd\n']) {
      expect(parsePostmasterFile(text), JSON.stringify(text)).to.equal(undefined);
    }
  });

  it('knows a postmaster of ours by its working folder, or by its mark if that may not be read', () => {
    const ours = facts({});
    expect(servesCluster(ours, '/data/postgres')).to.equal(true);
    expect(servesCluster(facts({ workingFolder: undefined }), '/data/postgres')).to.equal(true);
    const others = [
      undefined,
      facts({ name: 'node' }),
      facts({ isZombie: true }),
      facts({ workingFolder: '/elsewhere' }),
      facts({ workingFolder: undefined, arguments: ['postgres', '-D', '/data/postgres'] }),
    ];
    for (const other of others) expect(servesCluster(other, '/data/postgres')).to.equal(false);
  });

  it('tells apart why a postmaster did not start', () => {
    const bind = 'LOG:  could not bind IPv4 address "127.0.0.1": Address already in use';
    const memory = 'FATAL:  pre-existing shared memory block (key 1, ID 2) is still in use';
    expect(classifyStartFailure(bind)).to.equal('port-taken');
    expect(classifyStartFailure(memory)).to.equal('memory-in-use');
    expect(classifyStartFailure('FATAL:  lock file "postmaster.pid" already exists')).to.equal(
      'already-running',
    );
    expect(classifyStartFailure('FATAL:  data directory has wrong ownership')).to.equal('broken');
  });

  it('waits for a server that starts or stops, and for no other answer', () => {
    expect(judgeAnswer(answered('57P03'))).to.equal('wait');
    expect(judgeAnswer(answered('28P01'))).to.equal('final');
    expect(judgeAnswer(new Error('timeout expired'))).to.equal('none');
    expect(judgeAnswer(new EmbeddedPostgresError('data-folder-in-use', ''))).to.equal('final');
  });

  it('lets settings replace defaults, but not what keeps data safe and connections local', () => {
    const unsafe = {
      fsync: 'off',
      full_page_writes: 'off',
      listen_addresses: '*',
      port: '1',
      work_mem: '8MB',
    };
    const server = {
      seenCluster: '.',
      cluster: '/data/postgres',
      port: 5433,
      settings: { ...unsafe, jit: 'on' },
    };
    const list = postgresArguments(server);
    expect(list).to.include.members([
      'fsync=on',
      'full_page_writes=on',
      'listen_addresses=127.0.0.1',
      'port=5433',
    ]);
    expect(list).to.include.members(['work_mem=8MB', 'jit=on', 'max_wal_size=2GB']);
    expect(list.join(' ')).to.not.match(/fsync=off|port=1 |jit=off/);
  });

  it('waits longer and longer between restarts, at most 5 s', () => {
    expect([0, 1, 2, 3].map(restartDelayMs)).to.deep.equal([0, 100, 200, 400]);
    expect(restartDelayMs(1_000_000)).to.equal(5000);
  });
});

function facts(different: Partial<ProcessFacts>): ProcessFacts {
  return {
    name: 'postgres',
    isZombie: false,
    workingFolder: '/data/postgres',
    arguments: ['postgres', '-c', 'minikom.cluster=/data/postgres'],
    ...different,
  };
}

function answered(code: string): pg.DatabaseError {
  const error = new pg.DatabaseError('no', 0, 'error');
  error.code = code;
  return error;
}
