import { fileURLToPath } from 'node:url';

import type { Context } from 'koa';
import { z } from 'zod';

import type { Api } from '../frontdoor/operation.ts';
import { Problem } from '../frontdoor/problem.ts';
import type { Feature } from '../pipeline/feature.ts';
import type { DashboardConfig } from './config.ts';
import { readPageFiles, type PageFile } from './page-files.ts';

// Compiled files lie in dist/internal/dashboard/, the built page in dist/page/.
const folder = fileURLToPath(new URL('../../page', import.meta.url));

/** What the page may do: load what this service serves, talk to it, and nothing else. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** `GET /`: the dashboard, with its files; it needs no token, as what it shows does. */
export function openDashboard({ GROUP_BY }: DashboardConfig): Feature {
  const files = readPageFiles(folder, { 'group-by': GROUP_BY ?? '' });
  return {
    routes: {
      servesWithoutDatabase: true,
      openPaths: ['/', '/favicon.svg', ...[...files.keys()].map((name) => `/${name}`)],
      add(router) {
        router.get('/', (context) => answerFile(context, files.get('index.html')));
        router.get('/favicon.svg', (context) => answerFile(context, files.get('favicon.svg')));
        router.get('/assets/:name', (context) =>
          answerFile(context, files.get(`assets/${context.params.name ?? ''}`)),
        );
      },
    },
  };
}

async function answerFile(context: Context, file: PageFile | undefined): Promise<void> {
  if (file === undefined) {
    throw new Problem(404, 'not-found', 'This is no file of the page; was the page built (npm run build)?');
  }
  context.set({
    'cache-control': file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: file.etag,
    vary: 'Accept-Encoding',
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
  });
  context.status = 200;
  if (context.fresh) {
    context.status = 304;
    return;
  }
  context.type = file.type;
  context.body = (await file.content.compressedFor(context)) ?? file.content.bytes;
}

export const api: Api = {
  tag: 'Pages',
  about: 'What browsers show.',
  operations: {
    'GET /': {
      operationId: 'getDashboard',
      summary: 'The dashboard, a page for browsers',
      open: 'to all',
      answers: {
        200: {
          description: 'It needs no token; what it shows does.',
          content: { 'text/html': { schema: z.string() } },
        },
        304: 'The caller has it already.',
        404: 'The page was not built.',
        503: 'Not now: too many requests at once.',
      },
    },
  },
};
