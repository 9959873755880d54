/** An entry of SERVICE_GAPS: services whose name fits `pattern`, in which `*` and `?` stand for any characters and for one. */
export interface GapPattern {
  readonly pattern: string;
  readonly gapSeconds: number;
}

/** How far apart two seconds of one interval may be, service by service. */
export interface Gaps {
  readonly defaultSeconds: number;
  readonly havePatterns: boolean;
  /** The longest of all that no service was given as its own. */
  readonly longestSeconds: number;
  /** The gap of a service: its own, if it was given one, else the first pattern's that fits, else the default. */
  readonly gapOf: (serviceName: string, ownGapSeconds: number | undefined) => number;
}

/** `patterns` in the order in which they are tried. */
export function gapsFrom(defaultSeconds: number, patterns: readonly GapPattern[] = []): Gaps {
  const rules = patterns.map(({ pattern, gapSeconds }) => ({ fits: fitting(pattern), gapSeconds }));
  return {
    defaultSeconds,
    havePatterns: rules.length > 0,
    longestSeconds: Math.max(defaultSeconds, ...rules.map(({ gapSeconds }) => gapSeconds)),
    gapOf: (serviceName, ownGapSeconds) =>
      ownGapSeconds ?? rules.find(({ fits }) => fits(serviceName))?.gapSeconds ?? defaultSeconds,
  };
}

/**
 * Returns the test of a pattern. By hand and not as a regular expression: this takes at most as many steps as the lengths
 * of pattern and name multiplied, whatever the pattern is.
 */
export function fitting(pattern: string): (serviceName: string) => boolean {
  const wanted = Array.from(pattern);
  return (serviceName) => {
    const given = Array.from(serviceName);
    let at = 0;
    let next = 0;
    let star = -1;
    let starFrom = 0;
    while (next < given.length) {
      if (wanted[at] === '*') {
        star = at++;
        starFrom = next;
      } else if (at < wanted.length && (wanted[at] === '?' || wanted[at] === given[next])) {
        at++;
        next++;
      } else if (star >= 0) {
        // The last star stands for one character more.
        at = star + 1;
        next = ++starFrom;
      } else {
        return false;
      }
    }
    while (wanted[at] === '*') at++;
    return at === wanted.length;
  };
}
