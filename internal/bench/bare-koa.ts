import Koa from 'koa';

/**
 * What any Koa service pays at least: reads the body, parses it as JSON, answers 200. The yardstick for
 * `POST /event`; it validates and stores nothing. Prints its URL.
 */
const app = new Koa();
app.use(async (context) => {
  const text = await new Promise<string>((resolve, reject) => {
    const chunks: Buffer[] = [];
    context.req.on('data', (chunk: Buffer) => chunks.push(chunk));
    context.req.on('end', () => resolve(Buffer.concat(chunks).toString()));
    context.req.on('error', reject);
  });
  JSON.parse(text);
  context.status = 200;
  context.body = '';
});
const server = app.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) {
    process.stdout.write(`http://127.0.0.1:${address.port}\n`);
  }
});
