import { expect } from 'chai';

import { invalidRequest, Problem, unavailable } from './problem.ts';

describe('a problem', () => {
  it('is rendered with type, title, status and detail, and nothing of its cause', () => {
    const problem = new Problem(400, 'invalid-url', 'What is wrong.', { cause: new Error('hidden') });
    expect(JSON.parse(JSON.stringify(problem))).to.deep.equal({
      type: 'urn:minikom:problem:invalid-url',
      title: 'The URL is not valid',
      status: 400,
      detail: 'What is wrong.',
    });
  });

  it('keeps its cause for the log', () => {
    const cause = new Error('hidden');
    expect(unavailable('Not now.', cause).cause).to.equal(cause);
  });
});

describe('an invalid request', () => {
  const faults = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ index, field: 'timestamp', message: 'must be a number' }));

  it('lists its faults, with the first in its detail', () => {
    const problem = invalidRequest(faults(2));
    expect(problem).to.include({ status: 400, code: 'invalid-request' });
    expect(problem.errors).to.deep.equal(faults(2));
    expect(problem.message).to.include('timestamp must be a number');
  });

  it('lists the first 20', () => {
    expect(invalidRequest(faults(20)).errors).to.deep.equal(faults(20));
    expect(invalidRequest(faults(15_000)).errors).to.deep.equal(faults(20));
  });

  it('calls the whole body by that name', () => {
    const problem = invalidRequest([{ field: '', message: 'must be a JSON object' }]);
    expect(problem.message).to.include('the body must be a JSON object');
  });
});

describe('an answer that asks to come again', () => {
  it('says when', () => {
    expect(unavailable('Not now.').headers).to.deep.equal({ 'retry-after': '1' });
    expect(unavailable('Not now.', undefined, 7).headers).to.deep.equal({ 'retry-after': '7' });
  });
});
