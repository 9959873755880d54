import { expect } from 'chai';

import { expectProblem } from './testing/expect-problem.ts';
import { useKnownService } from './testing/use-service.ts';

const known: readonly (readonly [path: string, allow: readonly string[]])[] = [
  ['/event', ['POST']],
  ['/services', ['GET', 'HEAD']],
  ['/services/known', ['GET', 'HEAD', 'PUT']],
  ['/services/known/latest-events', ['GET', 'HEAD']],
  ['/health', ['GET', 'HEAD']],
  ['/ready', ['GET', 'HEAD']],
];
const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'QUERY'];
const unknown = ['/event/', '/Event', '/events/1', '/services/', '/services/a/b/latest-events'];

describe('paths and methods', () => {
  const service = useKnownService();
  const allowed = (header: string | undefined) => header?.split(', ').sort();

  for (const [path, allow] of known) {
    it(`tells what ${path} takes to OPTIONS`, async () => {
      const { status, headers, text } = await service.send({ method: 'OPTIONS', path });
      expect({ status, text }).to.deep.equal({ status: 204, text: '' });
      expect(allowed(headers.allow)).to.deep.equal(allow);
      expect(headers, 'pages of other origins get no leave').to.not.have.property(
        'access-control-allow-origin',
      );
    });

    for (const method of methods.filter((name) => !allow.includes(name))) {
      it(`refuses ${method} ${path} with what is allowed instead`, async () => {
        const answer = await service.send({ method, path, ...(method === 'PUT' && { body: '{}' }) });
        expect(allowed(answer.headers.allow)).to.deep.equal(allow);
        if (method === 'HEAD')
          expect({ status: answer.status, text: answer.text }).to.deep.equal({ status: 405, text: '' });
        else expectProblem(answer, 405, 'method-not-allowed');
        await service.expectUntouched();
      });
    }
  }

  for (const path of unknown) {
    it(`knows no ${path}`, async () => {
      expectProblem(await service.send({ path }), 404, 'not-found');
      expectProblem(await service.send({ method: 'POST', path, body: '{}' }), 404, 'not-found');
      await service.expectUntouched();
    });
  }
});
