/** Begins the argument that tells which cluster a postmaster serves, for those who may read nothing else of it. */
export const clusterMark = 'minikom.cluster=';

const defaults: Readonly<Record<string, string>> = {
  shared_buffers: '128MB',
  max_connections: '100',
  max_wal_size: '2GB',
  checkpoint_timeout: '15min',
  synchronous_commit: 'on',
  jit: 'off',
  log_line_prefix: '%m [%p] ',
};

/**
 * The arguments of `postgres`: defaults for ingest on a small machine, then `settings` over them, then what nobody
 * may change: local connections only, and no lying about what is on disk.
 */
export function postgresArguments(server: {
  readonly seenCluster: string;
  readonly cluster: string;
  readonly port: number;
  readonly settings: Readonly<Record<string, string>>;
}): string[] {
  const all = {
    ...defaults,
    ...server.settings,
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    port: String(server.port),
    logging_collector: 'off',
    fsync: 'on',
    full_page_writes: 'on',
  };
  const pairs = Object.entries(all).map(([name, value]) => `${name}=${value}`);
  return [
    '-D',
    server.seenCluster,
    ...[...pairs, clusterMark + server.cluster].flatMap((pair) => ['-c', pair]),
  ];
}
