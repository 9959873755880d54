import fc from 'fast-check';

const piece = fc.constantFrom(
  ...[
    ' ',
    '\n',
    '\t',
    '"',
    '\\',
    ',',
    ':',
    '{',
    '}',
    '[',
    ']',
    '0',
    '9',
    '.',
    'e',
    '-',
    '.5',
    'e3',
    '\\u0061',
    '\0',
  ],
  ...[
    '"state":"issue",',
    '"timestamp":1,',
    '"service_name":"z",',
    '"data":null,',
    '"x":1,',
    '{}',
    '{},',
    'null',
    '\ufeff',
  ],
  ...['9'.repeat(12), '0'.repeat(12), 'é', '",'],
);
/** A change of a body's bytes. */
export const mutation = fc.oneof(
  fc.record({ kind: fc.constant('flip' as const), at: fc.nat(), bit: fc.nat({ max: 7 }) }),
  fc.record({ kind: fc.constant('set' as const), at: fc.nat(), byte: fc.nat({ max: 255 }) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 60 }) }),
  fc.record({ kind: fc.constant('end' as const), at: fc.nat() }),
  fc.record({ kind: fc.constant('insert' as const), at: fc.nat(), piece }),
  fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(), length: fc.integer({ min: 1, max: 120 }) }),
);

/** The bytes with one change made to them. */
export function mutate(
  bytes: Buffer,
  change: typeof mutation extends fc.Arbitrary<infer T> ? T : never,
): Buffer {
  const at = change.at % (bytes.length + 1);
  const copy = Buffer.from(bytes);
  switch (change.kind) {
    case 'flip':
      if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ (1 << change.bit);
      return copy;
    case 'set':
      if (at < copy.length) copy[at] = change.byte;
      return copy;
    case 'cut':
      return Buffer.concat([copy.subarray(0, at), copy.subarray(at + change.length)]);
    case 'end':
      return copy.subarray(0, at);
    case 'insert':
      return Buffer.concat([copy.subarray(0, at), Buffer.from(change.piece), copy.subarray(at)]);
    case 'repeat':
      return Buffer.concat([copy.subarray(0, at + change.length), copy.subarray(at)]);
  }
}
