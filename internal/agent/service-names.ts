const firstNames = ['web-server', 'database', 'cache', 'producer', 'consumer', 'message-broker'];

/** How many services the agent speaks for unless told otherwise. */
export const defaultServices = firstNames.length;

/** The names of `count` services: six with names of their own, then `service-0007` and so on. */
export function serviceNames(count: number): string[] {
  return Array.from(
    { length: count },
    (_, index) => firstNames[index] ?? `service-${String(index + 1).padStart(4, '0')}`,
  );
}
