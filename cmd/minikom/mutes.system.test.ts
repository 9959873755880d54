import { expect } from 'chai';

import type { Answer } from '../../internal/testing/wire.ts';
import { getJson, pagesOf, post } from './testing/asking.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { NOW, useService } from './testing/use-service.ts';

interface MuteJson {
  readonly id: string;
  readonly service: string;
  readonly ended_at: number | null;
}

describe('mutes', () => {
  const service = useService();

  const good = { service: 'web-*', by: 'Ana', note: 'new disks,\nuntil noon', until: NOW + 600 };
  const mute = async (more: Partial<Record<keyof typeof good, unknown>> = {}): Promise<MuteJson> => {
    const answer = await post(service, '/mutes', { ...good, ...more });
    expect(answer.status, answer.text).to.equal(201);
    return JSON.parse(answer.text) as MuteJson;
  };
  const end = (id: string): Promise<Answer> => service.send({ method: 'DELETE', path: `/mutes/${id}` });
  const list = async (query = '') =>
    (await getJson(service, `/mutes${query}`)) as { mutes: MuteJson[]; next_cursor: string | null };

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

  it('are told among what happened: when they began, and when they ended, whichever way', async () => {
    const start = NOW + 10_000;
    service.nowSeconds = start + 0.25;
    const note = '☂'.repeat(1000);
    const first = await mute({ service: 'shop-*', note, until: start + 3600 });
    const second = await mute({ service: 'shop-web', note: '', until: start + 60 });
    service.nowSeconds = start + 30.5;
    await end(first.id);
    const changes = async (query: string) =>
      (await getJson(service, `/changes?${query}`)) as { changes: object[]; next_cursor: string | null };
    const began = (id: string, pattern: string, why: string, until: number) => ({
      ...{ at: start + 0.25, kind: 'mute', change: 'began', service: pattern, since: start + 0.25 },
      ...{ mute_id: id, by: 'Ana', note: why, until },
    });
    const ended = (id: string, pattern: string, why: string, at: number) => ({
      ...{ at, kind: 'mute', change: 'ended', service: pattern, since: start + 0.25 },
      ...{ mute_id: id, by: 'Ana', note: why, seconds: Math.round(at - start - 0.25) },
    });
    const begun = [
      began(first.id, 'shop-*', note, start + 3600),
      began(second.id, 'shop-web', '', start + 60),
    ];
    const firstEnd = ended(first.id, 'shop-*', note, start + 30.5);
    const secondEnd = ended(second.id, 'shop-web', '', start + 60);
    const span = `from=${start}&to=${start + 100}&kind=mute`;
    const now = await changes(span);
    expect(now.changes[0], 'what ends later is not told yet').to.deep.equal(firstEnd);
    expect(now.changes.slice(1)).to.have.deep.members(begun);
    service.nowSeconds = start + 61;
    const found: object[] = [];
    for await (const page of pagesOf((cursor) => changes(`${span}&limit=1${cursor}`))) {
      found.push(...page.changes);
    }
    expect(found.slice(0, 2)).to.deep.equal([secondEnd, firstEnd]);
    expect(found.slice(2)).to.have.deep.members(begun);
    const of = async (name: string) => (await changes(`${span}&service=${name}`)).changes;
    expect(await of('shop-web')).to.have.length(4);
    expect(await of('shop-api')).to.have.length(2);
    expect(await of('other')).to.deep.equal([]);
    const { text } = await service.send({ path: `/changes.atom?${span}` });
    expect(text).to.include('<title>shop-web is muted by Ana</title>');
    expect(text).to.include(`<title>shop-* is muted by Ana: ${note}</title>`);
    expect(text).to.include('<title>shop-* is not muted any more</title>');
    expect(new Set(text.match(/urn:minikom:change:\w+/g)).size, 'ids').to.equal(4);
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
    for await (const { mutes } of pagesOf((cursor) => list(`?limit=2${cursor}`))) {
      seen.push(...mutes.map(({ id }) => id));
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
      const problem = expectProblem(
        await post(service, '/mutes', { ...good, [field]: value }),
        400,
        'invalid-request',
      );
      expect(problem.errors?.map((each) => each.field)).to.deep.equal([field]);
    });
  }

  it('are refused as a whole if they are no object, and ended only by an id of theirs', async () => {
    expectProblem(await post(service, '/mutes', []), 400, 'invalid-request');
    for (const id of ['x', '00000000-0000-4000-8000-000000000000', '%00']) {
      expectProblem(await end(id), 404, 'not-found');
    }
  });

  it('are refused once a thousand hold', async () => {
    for (let index = 0; index < 1000; index += 50) {
      await Promise.all(Array.from({ length: 50 }, () => mute({ service: 'many' })));
    }
    expectProblem(await post(service, '/mutes', good), 409, 'too-many-mutes');
    const [first] = (await list()).mutes;
    await end(first?.id ?? '');
    await mute();
  }).timeout(20_000);
});
