import { fileURLToPath } from 'node:url';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

/** Bundles the page into dist/page/ and, in mode docs, what shows the API into dist/docs/; `npm run build` runs it. */
export default ({ mode }) => ({
  root: here(mode === 'docs' ? 'docs' : 'page'),
  // Links lead to where the page is, below whatever path.
  base: './',
  publicDir: mode === 'docs' ? false : here('public'),
  logLevel: 'warn',
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    outDir: here(mode === 'docs' ? '../../dist/docs' : '../../dist/page'),
    emptyOutDir: true,
    target: 'es2022',
    // The page's Content-Security-Policy allows neither inline scripts nor data: URLs.
    assetsInlineLimit: 0,
    // The API is shown by one library, whole.
    chunkSizeWarningLimit: 2000,
    modulePreload: { polyfill: false },
    // What a few views share is loaded with them; a file of some hundred bytes each costs more than it saves.
    rollupOptions: { output: { experimentalMinChunkSize: 4000 } },
  },
});
