import type { components, paths } from '../../../../clients/typescript/api.ts';

/** What is only read. */
type Read<T> = T extends object ? { readonly [Key in keyof T]: Read<T[Key]> } : T;

/** What `GET` of a path answers, by the OpenAPI document. What comes by `/live` is not in it. */
export type Answer<Path extends keyof paths> = paths[Path] extends {
  get: { responses: { 200: { content: { 'application/json': infer Body } } } };
}
  ? Read<Body>
  : never;

/** What has a name in that document. */
export type Schema<Name extends keyof components['schemas']> = Read<components['schemas'][Name]>;
