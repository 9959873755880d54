import { expect } from 'chai';

import { useBrowser } from './testing/browser.ts';
import { expectProblem } from './testing/expect-problem.ts';
import { NOW, useKnownService } from './testing/use-service.ts';

const nasty = '<script>alert(1)</script> & "☂" ' + String.fromCodePoint(0x5d0, 0x1f600);

describe('the images of a service', () => {
  const service = useKnownService();
  const browser = useBrowser();
  const path = (image: string, name = 'known') => `/services/${encodeURIComponent(name)}/${image}`;

  for (const image of ['badge.svg', 'timeline.svg']) {
    it(`${image} may be kept for a moment, and is not sent again to those who have it`, async () => {
      const answer = await service.send({ path: path(image) });
      expect(answer.status, answer.text).to.equal(200);
      expect(answer.headers).to.include({
        'content-type': 'image/svg+xml; charset=utf-8',
        'cache-control': 'public, max-age=15',
        'x-content-type-options': 'nosniff',
      });
      const etag = answer.headers.etag ?? '';
      const again = await service.send({ path: path(image), headers: { 'if-none-match': etag } });
      expect({ status: again.status, text: again.text }).to.deep.equal({ status: 304, text: '' });
      await service.postEvent({ service_name: 'known', state: 'issue', timestamp: NOW });
      const changed = await service.send({ path: path(image), headers: { 'if-none-match': etag } });
      expect(changed.status).to.equal(200);
    });

    it(`${image} of a service never reported is 404`, async () => {
      expectProblem(await service.send({ path: path(image, 'nobody') }), 404, 'not-found');
    });

    it(`${image} is drawn by a browser, whatever the service is called`, async () => {
      await service.postEvent({ service_name: nasty, state: 'issue', timestamp: NOW });
      const page = await browser.open(service.url + path(image, nasty));
      // As an image by itself, the document is the SVG; XML that is broken shows an error instead.
      expect(await page.evaluate('document.documentElement.localName')).to.equal('svg');
      expect(await page.evaluate("document.querySelector('title').textContent")).to.include(nasty);
      expect(await page.evaluate("document.querySelector('parsererror, script')")).to.equal(null);
    });
  }

  it('take what they are asked for, and refuse what they cannot do', async () => {
    const { text } = await service.send({ path: path('badge.svg?label=another') });
    expect(text).to.include('<title>another: ● deploy since');
    const wide = await service.send({ path: path('timeline.svg?hours=168&width=1200&theme=dark') });
    expect(wide.text).to.include('width="1200"');
    for (const query of [
      'timeline.svg?hours=0',
      'timeline.svg?width=1201',
      'timeline.svg?theme=pink',
      'badge.svg?label=',
    ]) {
      expectProblem(await service.send({ path: path(query) }), 400, 'invalid-request');
    }
  });
});
