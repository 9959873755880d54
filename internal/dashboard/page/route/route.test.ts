import { expect } from 'chai';
import fc from 'fast-check';

import { formatRoute, parseRoute, viewNames } from './route.ts';

describe('the route in the URL', () => {
  it('comes back as it was, whatever a service is called', () => {
    const names = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 30 })
      .filter((name) => name.isWellFormed());
    const values = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 10 })
      .filter((text) => text.isWellFormed());
    const routes = fc.record({
      view: fc.constantFrom(...viewNames),
      name: fc.option(names, { nil: undefined }),
      query: fc.dictionary(fc.constantFrom('q', 'state', 'from', 'utc'), values),
    });
    fc.assert(
      fc.property(routes, (route) => {
        const back = parseRoute(formatRoute(route));
        expect({ ...back, query: { ...back.query } }).to.deep.equal({ ...route, query: { ...route.query } });
      }),
    );
  });

  it('leaves out what is empty', () => {
    expect(formatRoute({ view: 'services', name: undefined, query: { state: '', q: 'web' } })).to.equal(
      '#/services?q=web',
    );
  });

  it('is the list of services where it cannot be read', () => {
    for (const fragment of ['', '#', '#/nowhere', '#services']) {
      expect(parseRoute(fragment)).to.deep.equal({ view: 'services', name: undefined, query: {} });
    }
    expect(parseRoute('#/services/%E0%A4%A').name).to.equal('%E0%A4%A');
  });
});
