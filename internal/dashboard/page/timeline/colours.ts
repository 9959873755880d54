import { computed } from '@preact/signals';

import { redrawWith } from '../parts/redraw.ts';
import { colourVersion } from '../theme/theme.ts';

/** The colours of a bar. */
export interface BarColours {
  readonly issue: string;
  readonly deploy: string;
  readonly idle: string;
  readonly hatch: string;
  readonly provisional: string;
}

/** As the style sheet has them, read once per theme. */
export const barColours = computed((): BarColours => {
  redrawWith(colourVersion);
  const style = getComputedStyle(document.documentElement);
  const read = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    issue: read('issue-fill'),
    deploy: read('deploy-fill'),
    idle: read('idle-fill'),
    hatch: read('idle-hatch'),
    provisional: read('provisional'),
  };
});
