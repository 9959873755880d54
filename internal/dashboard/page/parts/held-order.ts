/**
 * Rows in the order in which they are held: first what was shown, as it is now (`find`; what is gone is left out), then what
 * is new. A row that is pointed at must not be another one by the time it is clicked.
 */
export function inHeldOrder<Row, Key>(
  held: readonly Key[],
  sorted: readonly Row[],
  keyOf: (row: Row) => Key,
  find: (key: Key) => Row | undefined,
): Row[] {
  const known = new Set(held);
  return [
    ...held.map(find).filter((row) => row !== undefined),
    ...sorted.filter((row) => !known.has(keyOf(row))),
  ];
}
