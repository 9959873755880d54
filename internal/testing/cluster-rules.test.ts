import { expect } from 'chai';

import { clusterFaults, clusterRules } from './cluster-rules.ts';

const spreads = [
  { table: 'observations', by: 'bucket' },
  { table: 'services', by: 'bucket' },
  { table: 'event_batches', by: 'batch_id' },
  { table: 'keys', by: 'name' },
  { table: 'job_runs', by: 'job_name' },
  { table: 'checks', by: 'target' },
  { table: 'mutes', by: undefined },
];

/** For each rule statements of ours from before they were mended, and how they are now. */
const cases: Readonly<
  Record<string, { readonly refused: readonly string[]; readonly taken: readonly string[] }>
> = {
  'several commands, of which one changes a schema': {
    refused: ['create table a (like b); alter table a alter column c set default 1'],
    taken: ['create table a (like b);', "select set_config('lock_timeout', '1', true); truncate a"],
  },
  'a plan for any values, where a cluster has to know them': {
    refused: ["select set_config('plan_cache_mode', 'force_generic_plan', false)"],
    taken: ["select set_config('enable_seqscan', 'off', false)"],
  },
  'a recursion over rows that lie on several servers': {
    refused: [
      'with recursive names as (select job_name from job_runs union all select 1) select * from names',
    ],
    taken: ['with recursive n as (select 1 from job_runs where job_name = $1) select * from n'],
  },
  'a lock of rows that may lie on several servers': {
    refused: ['select from observations where hour = 1 for update skip locked'],
    taken: [
      'select from observations where bucket = $1 for update skip locked',
      'select from mutes where mute_id = $1 for update',
    ],
  },
  'a conflict in what is not unique on all servers': {
    refused: ['insert into keys (id, name) values ($1, $2) on conflict (id) do nothing'],
    taken: [
      'insert into keys (id, name) values ($1, $2) on conflict (id, name) do nothing',
      'insert into keys (id, name) values ($1, $2) on conflict do nothing',
      'insert into mutes (mute_id) values ($1) on conflict (mute_id) do nothing',
    ],
  },
  'a value for a conflict that each server would compute': {
    refused: [
      'insert into keys (name) values ($1) on conflict (name) do update set id = default',
      'insert into keys (name) values ($1) on conflict (name) do update set at = now()',
      "insert into keys (name) values ($1) on conflict (name) do update set a = 1 where b < excluded.b - interval '1 day'",
    ],
    taken: ['insert into keys (name) values ($1) on conflict (name) do update set at = excluded.at'],
  },
  'something returned of a change that each server would compute': {
    refused: [
      'insert into keys default values returning extract(epoch from clock_timestamp())',
      'delete from keys where name = $1 returning row_to_json(keys)',
    ],
    taken: [
      'insert into keys (name) values ($1) returning id',
      'select now() from keys',
      'with deleted as (delete from keys where name = $1 returning keys.*) select row_to_json(deleted) from deleted',
    ],
  },
  'another place for a row': {
    refused: ['update services set gap = 1, bucket = 4 where service_name = $1'],
    taken: ['update services set gap = 1 where bucket = 4'],
  },
  'a change within a statement that changes or reads what lies elsewhere': {
    refused: ['with a as (insert into event_batches values ($1) returning 1) insert into keys select from a'],
    taken: [
      'with a as (insert into services (bucket) values ($1) returning 1) insert into observations select from a',
      'with a as (select 1) insert into keys select from a',
    ],
  },
  'a question for each row of another one, whose server is not known': {
    refused: [
      'select 1 from unnest($1) as asked (target) cross join lateral (select from checks where checks.target = asked.target) as l',
      'select r.*, (select 1 from observations where observations.bucket = r.bucket) from unnest($1) as r (bucket)',
    ],
    taken: [
      'select r.*, (select 1 from observations where observations.bucket = $2) from unnest($1) as r (hour)',
      'select 1 from unnest($1) as wanted (bucket) join observations on observations.bucket = wanted.bucket',
    ],
  },
  'a part that is kept apart from the rest, which is fetched whole': {
    refused: ['select * from (select 1 as a offset 0) as b'],
    taken: ['select * from observations limit 1 offset $1'],
  },
};

describe('what a cluster cannot do', () => {
  it('has cases for each rule', () => {
    expect(Object.keys(cases)).to.deep.equal(Object.keys(clusterRules));
  });

  for (const [rule, { refused, taken }] of Object.entries(cases)) {
    it(`is seen: ${rule}`, () => {
      for (const sql of refused) expect(clusterFaults(sql, spreads), sql).to.deep.equal([rule]);
      for (const sql of taken) expect(clusterFaults(sql, spreads), sql).to.deep.equal([]);
    });
  }
});
