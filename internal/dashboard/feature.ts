import { fileURLToPath } from 'node:url';

import type { Context } from 'koa';
import { z } from 'zod';

import type { Api } from '../frontdoor/operation.ts';
import { Problem } from '../frontdoor/problem.ts';
import type { Feature } from '../pipeline/feature.ts';
import type { DashboardConfig } from './config.ts';
import { listFiles, readPageFiles, type PageFile } from './page-files.ts';

// Compiled files lie in dist/internal/dashboard/, the built pages in dist/page/ and dist/docs/.
const folder = fileURLToPath(new URL('../../page', import.meta.url));
const docsFolder = fileURLToPath(new URL('../../docs', import.meta.url));

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

// The library that shows the API has images of its own in its style sheet.
const docsPolicy = policy.replace("img-src 'self'", "img-src 'self' data:");

/**
 * `GET /`: the dashboard, and `GET /docs`: the API, to read and to try, each with its files. They need no token, as what
 * they show does. What shows the API is megabytes, and is read when somebody first asks for it.
 */
export function openDashboard({ GROUP_BY }: DashboardConfig): Feature {
  const files = readPageFiles(folder, { 'group-by': GROUP_BY ?? '' });
  const docsNames = listFiles(docsFolder).filter((name) => name.startsWith('assets/'));
  let readDocs: ReadonlyMap<string, PageFile> | undefined;
  const docs = () => (readDocs ??= readPageFiles(docsFolder));
  return {
    routes: {
      servesWithoutDatabase: true,
      openPaths: ['/', '/docs', '/favicon.svg', ...[...files.keys(), ...docsNames].map((name) => `/${name}`)],
      add(router) {
        router.get('/', (context) => answerFile(context, files.get('index.html')));
        router.get('/favicon.svg', (context) => answerFile(context, files.get('favicon.svg')));
        router.get('/docs', (context) => answerFile(context, docs().get('index.html'), docsPolicy));
        router.get('/assets/:name', (context) => {
          const name = `assets/${context.params.name ?? ''}`;
          return answerFile(
            context,
            files.get(name) ?? (docsNames.includes(name) ? docs().get(name) : undefined),
          );
        });
      },
    },
  };
}

async function answerFile(context: Context, file: PageFile | undefined, allowed = policy): Promise<void> {
  if (file === undefined) {
    throw new Problem(404, 'not-found', 'This is no file of the page; was the page built (npm run build)?');
  }
  context.set({
    'cache-control': file.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    etag: file.etag,
    vary: 'Accept-Encoding',
    'content-security-policy': allowed,
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

/** What is said of each page. */
const page = {
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
} satisfies Partial<Api['operations'][string]>;

export const api: Api = {
  tag: 'Pages',
  about: 'What browsers show.',
  operations: {
    'GET /': {
      operationId: 'getDashboard',
      summary: 'The dashboard, a page for browsers',
      ...page,
    },
    'GET /docs': {
      operationId: 'getDocs',
      summary: 'This document, to read and to try, for browsers',
      ...page,
    },
  },
};
