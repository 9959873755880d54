import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect } from 'chai';

import { chooseFreePort } from '../../internal/database/embedded/free-port.ts';
import { LiveClient } from '../../internal/live/testing/live-client.ts';
import { send } from '../../internal/testing/wire.ts';
import { startTestService, type TestService } from './testing/start-test-service.ts';
import { untilAnswers } from './testing/until-answers.ts';

const guide = readFileSync(new URL('../../../docs/proxies.md', import.meta.url), 'utf8');
const NAME = 'minikom.example.org';
const BASE = '/minikom';
const body = '{"service_name":"web","state":"deploy","timestamp":1700000000}';

interface Proxy {
  readonly program: string;
  readonly versionFlag: string;
  /** The whole configuration, made of the guide's, and how the program is told of it. */
  readonly configure: (example: string, folder: string, port: number) => string;
  readonly args: (file: string, port: number) => string[];
}

const proxies: Readonly<Record<string, Proxy>> = {
  nginx: {
    program: 'nginx',
    versionFlag: '-v',
    configure: (example, folder, port) =>
      `daemon off; pid ${folder}/pid; error_log ${folder}/error.log; master_process off;
      events { worker_connections 64; }
      http {
        access_log off; client_body_temp_path ${folder}/a; proxy_temp_path ${folder}/b;
        fastcgi_temp_path ${folder}/c; uwsgi_temp_path ${folder}/d; scgi_temp_path ${folder}/e;
        ${example.replace('server {', `server { listen 127.0.0.1:${port};`)}
      }`,
    args: (file) => ['-c', file],
  },
  haproxy: {
    program: 'haproxy',
    versionFlag: '-v',
    configure: (example, _, port) => `${example.replace('bind :80', `bind 127.0.0.1:${port}`)}\n`,
    args: (file) => ['-db', '-f', file],
  },
  caddyfile: {
    program: 'caddy',
    versionFlag: 'version',
    configure: (example, _, port) =>
      `{\n  admin off\n  auto_https off\n}\n${example.replace(`${NAME} {`, `http://${NAME}:${port} {\n  bind 127.0.0.1`)}\n`,
    args: (file) => ['run', '--adapter', 'caddyfile', '--config', file],
  },
  yaml: {
    program: 'traefik',
    versionFlag: 'version',
    configure: (example) => example,
    args: (file, port) => [
      ...['--global.checkNewVersion=false', '--global.sendAnonymousUsage=false'],
      ...[`--entryPoints.web.address=127.0.0.1:${port}`, `--providers.file.filename=${file}`],
    ],
  },
};

for (const [language, { program, versionFlag, configure, args }] of Object.entries(proxies)) {
  // Skipped where it is not installed.
  describe(`behind ${program}, set up as docs/proxies.md says`, () => {
    let folder: string;
    let service: TestService;
    let proxy: ChildProcess | undefined;
    let url: string;
    let origin: string;

    before(async function () {
      if (spawnSync(program, [versionFlag]).error !== undefined) this.skip();
      folder = await mkdtemp(join(tmpdir(), 'minikom-proxies-'));
      service = await startTestService({
        environment: { TRUST_PROXY: '127.0.0.1', ALLOWED_HOSTS: NAME, BASE_PATH: BASE },
      });
      const [, example = ''] = new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 's').exec(guide) ?? [];
      expect(example).to.include('127.0.0.1:8080');
      const port = await chooseFreePort();
      const here = example.replace('127.0.0.1:8080', `127.0.0.1:${new URL(service.url).port}`);
      const file = join(folder, 'proxy.yaml');
      await writeFile(file, configure(here, folder, port));
      proxy = spawn(program, args(file, port), {
        stdio: 'ignore',
        cwd: folder,
        env: { ...process.env, HOME: folder },
      });
      url = `http://127.0.0.1:${port}`;
      origin = `http://${NAME}:${port}`;
      await untilAnswers(program, () => ask('/health'));
    });

    after(async () => {
      if (proxy === undefined) return;
      // Each is one process that holds nothing, and Traefik 2.0 beta 1 does not end by SIGTERM.
      proxy.kill('SIGKILL');
      await once(proxy, 'exit');
      await service.stop();
      await rm(folder, { recursive: true });
    });

    const ask = (path: string, more: object = {}, headers: Record<string, string> = {}) =>
      send(url, { path: BASE + path, ...more, headers: { host: new URL(origin).host, ...headers } });

    it('the page is there, with what it links to', async () => {
      const page = await ask('/');
      expect(page.status, page.text).to.equal(200);
      const links = Array.from(page.text.matchAll(/(?:src|href)="\.(\/[^"]+)"/g), ([, path = '']) => path);
      expect(links).to.have.length.of.at.least(3);
      for (const link of links) expect((await ask(link)).status, link).to.equal(200);
      expect((await ask('')).headers.location).to.equal(`${BASE}/`);
    });

    it('a page of its own origin may write and watch, one of another may not', async () => {
      const post = { method: 'POST', body };
      expect((await ask('/event', post, { origin })).status).to.equal(200);
      expect((await ask('/event', post)).status).to.equal(200);
      for (const other of ['http://evil.test', `https://${NAME}`, 'http://127.0.0.1']) {
        expect((await ask('/event', post, { origin: other })).status, other).to.equal(403);
      }
      const headers = { host: new URL(origin).host };
      const watching = new LiveClient(url + BASE, [], { headers, origin });
      await watching.until(({ messages }) => messages.length > 0);
      await watching.close();
      const foreign = new LiveClient(url + BASE, [], { headers, origin: 'http://evil.test' });
      expect(await foreign.until(() => false).catch((error: unknown) => String(error))).to.include('403');
    });
  });
}
