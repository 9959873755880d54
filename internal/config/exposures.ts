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
  ];
}
