import type { PipelineConfig } from './pipeline.ts';

/** Whether nothing but this machine reaches what listens on a host. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** What whoever reaches the service over its network may do without being asked: to be warned of at the start. */
export function exposures(config: PipelineConfig): readonly string[] {
  if (isLoopback(config.HOST)) return [];
  const isOpen = (name: 'WRITE_TOKENS' | 'READ_TOKENS') =>
    config[name].length === 0 && config[`${name}_FILE`] === undefined;
  return [
    ...(isOpen('WRITE_TOKENS') ? ['anybody may write: WRITE_TOKENS is not set'] : []),
    ...(isOpen('READ_TOKENS') ? ['anybody may read: READ_TOKENS is not set'] : []),
    // Where a token is needed, a page that lends its name to the service has none.
    ...(allowedHosts(config) === undefined && (isOpen('WRITE_TOKENS') || isOpen('READ_TOKENS'))
      ? ['any page may give its own name to the service: ALLOWED_HOSTS is not set']
      : []),
  ];
}

/** The names by which the service may be called, besides those of loopback; undefined means any. */
export function allowedHosts({ HOST, ALLOWED_HOSTS }: PipelineConfig): readonly string[] | undefined {
  if (ALLOWED_HOSTS === undefined) return isLoopback(HOST) ? [] : undefined;
  return ALLOWED_HOSTS.includes('*') ? undefined : ALLOWED_HOSTS;
}
