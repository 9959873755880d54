export { EmbeddedPostgresError } from './embedded-error.ts';
export { startEmbeddedPostgres, type EmbeddedPostgres } from './start.ts';
