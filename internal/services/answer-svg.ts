import { createHash } from 'node:crypto';

import type { Context } from 'koa';

// An image in a README is asked for by many; a few seconds spare us most of them and mislead nobody.
const MAX_AGE_SECONDS = 15;

/** Answers with an image, which may be kept for a moment: by shared caches only if everybody may read. */
export function answerSvg(context: Context, svg: string, isPublic: boolean): void {
  context.set({
    'cache-control': `${isPublic ? 'public' : 'private'}, max-age=${MAX_AGE_SECONDS}`,
    etag: `"${createHash('sha256').update(svg).digest('base64url').slice(0, 22)}"`,
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
    'x-content-type-options': 'nosniff',
  });
  context.status = 200;
  if (context.fresh) {
    context.status = 304;
    return;
  }
  context.type = 'image/svg+xml; charset=utf-8';
  context.body = svg;
}
