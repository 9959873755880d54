import { expect } from 'chai';

import { settleAll } from '../../../internal/testing/services-database.ts';
import type { Answer } from '../../../internal/testing/wire.ts';
import { post } from './asking.ts';
import { NOW, useService, type ServiceOptions, type UsedService } from './use-service.ts';

/** A service that knows one report, and can be asked whether it still knows that one alone. */
export interface KnownService extends UsedService {
  /** Sends to `POST /event`. */
  postEvent(body: unknown, headers?: Parameters<typeof post>[3]): Promise<Answer>;
  /** Expects that nothing is stored but the one report that each test starts with, and that writes still work. */
  expectUntouched(): Promise<void>;
}

const KNOWN = { service_name: 'known', state: 'deploy', timestamp: NOW - 5 };

/** Starts a service for the tests of the surrounding `describe`; each starts with one known report. */
export function useKnownService(options: ServiceOptions = {}): KnownService {
  const service = useService(options);
  const path = `${options.environment?.BASE_PATH ?? ''}/event`;

  const postKnown = async (): Promise<void> => {
    expect((await post(service, path, KNOWN)).status).to.equal(200);
  };
  beforeEach(postKnown);

  return Object.assign(service, {
    postEvent: (...[body, headers]: Parameters<KnownService['postEvent']>) =>
      post(service, path, body, headers),
    async expectUntouched() {
      // The same report again changes nothing: reports are a set.
      await postKnown();
      const services = await service.send({ path: '/services' });
      expect(services.text).to.equal(`{"known":{"state":"deploy","since":${NOW - 5}}}`);
      await settleAll(service.database);
      const stored = await service.database.query(
        'select service_name, (select count(*)::int from observations) as hours from services',
      );
      expect(stored.rows).to.deep.equal([{ service_name: 'known', hours: 1 }]);
    },
  });
}
