// Node.js has this from version 21 on. Where it is missing, pg finds out by a Response whether it runs at Cloudflare, and
// that loads all of fetch: nearly half of what it takes to start a thread that commits. So this is imported before pg is.
if (!('navigator' in globalThis)) {
  const [major = ''] = process.versions.node.split('.');
  Object.defineProperty(globalThis, 'navigator', {
    configurable: true,
    value: Object.freeze({ userAgent: `Node.js/${major}` }),
  });
}
