const colours = ['deploy-fill', 'issue-fill', 'good-text', 'warning-text', 'accent', 'muted'];
const dashes: readonly (readonly number[])[] = [[], [6, 3], [2, 3], [10, 3, 2, 3]];

/** How the n-th line of a graph looks: by colour first, then by dashes as well. */
export function lineStyle(index: number): { readonly colour: string; readonly dash: readonly number[] } {
  return {
    colour: colours[index % colours.length] ?? 'text',
    dash: dashes[Math.floor(index / colours.length) % dashes.length] ?? [],
  };
}
