export { EmbeddedPostgresError } from './embedded-error.ts';
export { startEmbeddedPostgres, type EmbeddedOptions, type EmbeddedPostgres } from './start.ts';
