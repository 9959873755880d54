import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { readRules } from './rules.ts';

describe('a file of rules', () => {
  let path: string;

  before(async () => {
    path = join(await mkdtemp(join(tmpdir(), 'minikom-rules-')), 'rules.json');
  });

  after(() => rm(join(path, '..'), { recursive: true }));

  async function faultsOf(content: unknown): Promise<unknown> {
    await writeFile(path, typeof content === 'string' ? content : JSON.stringify(content));
    const read = readRules(path);
    return 'faults' in read ? read.faults : read;
  }

  it('is told each of its faults at once, by rule and field', async () => {
    const rules = [
      { state: 'issu', for_seconds: '3', quiet_hours: { from: '25:00', till: '1' }, foo: 1, to: [] },
      3,
      { name: 'a', state: 'silent', resolved: 'no', to: 'ops' },
      { name: 'a', state: 'silent', for_seconds: 29 },
      { name: 'b', state: 'issue', again_seconds: 59.5, service: 7, quiet_hours: '22:00' },
      { name: 'c', state: 'issue' },
      { name: 'c', state: 'issue' },
    ];
    expect(await faultsOf({ rules })).to.deep.equal([
      'rule 1: name must be a text',
      'rule 1: state must be one of issue, deploy, silent',
      'rule 1: for_seconds must be a whole number from 0 to 86400',
      'rule 1: quiet_hours.from must be a time of day such as 22:30',
      'rule 1: quiet_hours.to must be a time of day such as 22:30',
      'rule 1: there is no quiet_hours.till',
      'rule 1: to must not be empty',
      'rule 1: there is no foo',
      'rule 2: must be a JSON object',
      'rule 3 ("a"): resolved must be true or false',
      'rule 3 ("a"): to must be a list',
      'rule 4 ("a"): for_seconds must be at least 30 for silent',
      'rule 5 ("b"): service must be a text',
      'rule 5 ("b"): again_seconds must be a whole number from 60 to 86400',
      'rule 5 ("b"): quiet_hours must be a JSON object',
      'rule 7 ("c"): the name is there twice',
    ]);
  });

  for (const [what, content] of [
    ['is no JSON', '{'],
    ['is something else', []],
    ['has no list', { rules: {} }],
    ['has something more', { rules: [], more: 1 }],
  ] as const) {
    it(`is told what it must be where it ${what}`, async () => {
      expect(await faultsOf(content)).to.deep.equal(['must be JSON such as {"rules": [{"name", "state"}]}']);
    });
  }

  it('has at least one, and not too many', async () => {
    expect(await faultsOf({ rules: [] })).to.deep.equal(['must have 1 to 100 rules']);
    const rules = Array.from({ length: 101 }, (_, index) => ({ name: `${index}`, state: 'issue' }));
    expect(await faultsOf({ rules })).to.deep.equal(['must have 1 to 100 rules']);
    expect(await faultsOf({ rules: rules.slice(1) })).to.have.length(100);
  });
});
