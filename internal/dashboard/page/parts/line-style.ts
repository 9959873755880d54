const colours = ['deploy-fill', 'issue-fill', 'good-text', 'warning-text', 'muted'];

/** Dashes of a line, and what a border that looks the same is called in CSS. */
const dashes = [
  { dash: [], border: 'solid' },
  { dash: [8, 4], border: 'dashed' },
  { dash: [2, 3], border: 'dotted' },
] as const;

/** How the n-th line of a graph looks: neighbours differ in colour and in dashes, and the first 15 in one of both. */
export function lineStyle(index: number): {
  readonly colour: string;
  readonly dash: readonly number[];
  readonly border: string;
} {
  const { dash, border } = dashes[index % dashes.length] ?? dashes[0];
  return { colour: colours[index % colours.length] ?? 'text', dash, border };
}
