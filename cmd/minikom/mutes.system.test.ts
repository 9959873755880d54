import { expect } from 'chai';

import type { Answer } from '../../internal/testing/wire.ts';
import { expectProblem, NOW, useSurface } from './testing/surface.ts';

interface MuteJson {
  readonly id: string;
  readonly service: string;
  readonly ended_at: number | null;
}

describe('mutes', () => {
  const service = useSurface();

  const post = (body: unknown) =>
    service.send({ method: 'POST', path: '/mutes', body: JSON.stringify(body) });
  const good = { service: 'web-*', by: 'Ana', note: 'new disks,\nuntil noon', until: NOW + 600 };
  const mute = async (more: Partial<Record<keyof typeof good, unknown>> = {}): Promise<MuteJson> => {
    const answer = await post({ ...good, ...more });
    expect(answer.status, answer.text).to.equal(201);
    return JSON.parse(answer.text) as MuteJson;
  };
  const end = (id: string): Promise<Answer> => service.send({ method: 'DELETE', path: `/mutes/${id}` });
  const list = async (query = ''): Promise<{ mutes: MuteJson[]; next_cursor: string | null }> => {
    const answer = await service.send({ path: `/mutes${query}` });
    expect(answer.status, answer.text).to.equal(200);
    return JSON.parse(answer.text) as { mutes: MuteJson[]; next_cursor: string | null };
  };

  afterEach(async () => {
    service.nowSeconds = NOW;
    for (const { id } of (await list('?limit=1000')).mutes) await end(id);
  });

  it('hold from when they are answered until their end', async () => {
    const { id, ...made } = await mute();
    const stored = { ...made, ...good, since: NOW, ended_at: null };
    expect(made).to.deep.equal(stored);
    expect((await list()).mutes).to.deep.equal([{ id, ...stored }]);
    service.nowSeconds = NOW + 600;
    expect((await list()).mutes).to.deep.equal([]);
    expect((await list('?state=ended')).mutes[0]).to.deep.equal({ id, ...stored });
  });

  it('are ended and never changed, however often that is asked', async () => {
    const made = await mute({ until: '2023-11-14T23:00:00+00:00' });
    service.nowSeconds = NOW + 5;
    const ended = { ...made, ended_at: NOW + 5 };
    expect(JSON.parse((await end(made.id)).text)).to.deep.equal(ended);
    service.nowSeconds = NOW + 50;
    expect(JSON.parse((await end(made.id)).text)).to.deep.equal(ended);
    expect((await list()).mutes).to.deep.equal([]);
    const all = (await list('?state=all')).mutes;
    expect(all.filter(({ id }) => id === made.id)).to.deep.equal([ended]);
    const over = await mute({ until: NOW + 60 });
    service.nowSeconds = NOW + 61;
    expect(JSON.parse((await end(over.id)).text)).to.deep.equal(over);
  });

  it('are found by a service whose name fits', async () => {
    for (const pattern of ['a?c%', '*', 'x', 'a☂*_']) await mute({ service: pattern });
    const found = async (name: string) =>
      (await list(`?service=${encodeURIComponent(name)}`)).mutes.map((each) => each.service).sort();
    expect(await found('x')).to.deep.equal(['*', 'x']);
    expect(await found('a☂c%')).to.deep.equal(['*', 'a?c%']);
    expect(await found('abcd')).to.deep.equal(['*']);
    expect(await found('a☂ of_')).to.deep.equal(['*', 'a☂*_']);
    expect(await found('a☂ ofX')).to.deep.equal(['*']);
  });

  it('are read page by page, newest first, also those of one moment', async () => {
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) ids.push((await mute()).id);
    const seen: string[] = [];
    for (let cursor: string | null = ''; cursor !== null;) {
      const page = await list(`?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      seen.push(...page.mutes.map(({ id }) => id));
      cursor = page.next_cursor;
    }
    expect(seen).to.have.members(ids).and.to.have.length(5);
  });

  for (const [field, value] of [
    ['service', ''],
    ['service', 'a\nb'],
    ['by', undefined],
    ['by', 7],
    ['note', 'x'.repeat(1001)],
    ['note', '\u0000'],
    ['until', NOW],
    ['until', NOW + 366 * 86_400 + 1],
    ['until', 'noon'],
    ['until', null],
  ] as const) {
    it(`are refused with ${field} ${JSON.stringify([value]).slice(0, 22)}`, async () => {
      const problem = expectProblem(await post({ ...good, [field]: value }), 400, 'invalid-request');
      expect(problem.errors?.map((each) => each.field)).to.deep.equal([field]);
    });
  }

  it('are refused as a whole if they are no object, and ended only by an id of theirs', async () => {
    expectProblem(await post([]), 400, 'invalid-request');
    for (const id of ['x', '00000000-0000-4000-8000-000000000000', '%00']) {
      expectProblem(await end(id), 404, 'not-found');
    }
  });

  it('are refused once a thousand hold', async () => {
    for (let index = 0; index < 1000; index += 50) {
      await Promise.all(Array.from({ length: 50 }, () => mute({ service: 'many' })));
    }
    expectProblem(await post(good), 409, 'too-many-mutes');
    const [first] = (await list()).mutes;
    await end(first?.id ?? '');
    await mute();
  }).timeout(20_000);
});
