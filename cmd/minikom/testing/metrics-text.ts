/** The sum of the figures of that name which have these labels, of a text that Prometheus reads. */
export function sumOf(text: string, name: string, labels: Readonly<Record<string, string>> = {}): number {
  const wanted = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return text
    .split('\n')
    .map((line) => /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line))
    .filter((found) => found?.[1] === name && wanted.every((label) => found[2]?.includes(label)))
    .reduce((sum, found) => sum + Number(found?.[3]), 0);
}
