import { expect } from 'chai';

import { foldChanges } from './fold.ts';

describe('changes in a narrow column', () => {
  it('are one row for each thing, where its newest is', () => {
    const issue = (at: number, service: string, change: 'began' | 'ended') => ({
      ...{ at, service, change },
      kind: 'issue' as const,
    });
    const deployed = (at: number, environment: string) => ({
      ...{ at, environment, service: 'web', state: 'succeeded' },
      ...{ kind: 'deployment' as const, change: 'recorded' as const },
    });
    const changes = [
      issue(9, 'web', 'ended'),
      issue(8, 'api', 'began'),
      issue(7, 'web', 'began'),
      deployed(6, 'prod'),
      deployed(5, 'dev'),
      deployed(4, 'prod'),
    ];
    const folded = foldChanges(changes, 10);
    expect(folded.map(({ newest, count }) => [newest.at, count])).to.deep.equal([
      ...[
        [9, 2],
        [8, 1],
        [6, 2],
        [5, 1],
      ],
    ]);
    expect(foldChanges(changes, 2)).to.deep.equal(folded.slice(0, 2));
  });
});
