import { expect } from 'chai';

import type { Answer } from '../../../internal/testing/wire.ts';

/** The members of an `application/problem+json` answer. */
export interface ProblemBody {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly errors?: readonly { readonly field: string; readonly message: string }[];
}

/** Expects a complete problem answer and returns its body. `code` is the end of its `type`. */
export function expectProblem(answer: Answer | undefined, status: number, code: string): ProblemBody {
  expect(answer?.status, answer?.text).to.equal(status);
  expect(answer?.headers['content-type']).to.match(/^application\/problem\+json\b/);
  expect(answer?.headers['x-request-id']).to.match(/^[\w.:-]{1,128}$/);
  const problem = JSON.parse(answer?.text ?? '') as ProblemBody;
  expect(problem).to.include({ type: `urn:minikom:problem:${code}`, status });
  expect(problem.title).to.be.a('string').and.not.equal('');
  expect(problem.detail).to.be.a('string').and.not.equal('');
  expect(answer?.text, 'neither stack nor SQL nor path').to.not.match(
    /\bat .*:\d+:\d+|\bselect\b|file:\/\/|node_modules|\.[jt]s:\d/,
  );
  return problem;
}
