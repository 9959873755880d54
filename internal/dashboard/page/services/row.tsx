import type { ServiceNow } from '../live/services-items.ts';
import type { MuteNow } from '../live/topics.ts';
import { MutedMark } from '../mutes/mute-panel.tsx';
import { Since } from '../parts/moment.tsx';
import { StateMark } from '../parts/state-mark.tsx';
import { unlessSame } from '../parts/unless-same.ts';
import { formatDuration } from '../time/format.ts';
import type { Timeline } from '../timeline/bar.ts';
import { BarCell } from './bar-cell.tsx';
import type { Group } from './groups.ts';
import { compact, shareCells, type Shares } from './shares.tsx';
import { Star } from './star.tsx';

interface RowProps extends ServiceNow {
  /** Where its link leads. */
  readonly href: string;
  readonly isInGroup: boolean;
  readonly isFavourite: boolean;
  /** The one that holds, if one does. */
  readonly mute: MuteNow | undefined;
  readonly top: number;
  readonly index: number;
  /** Undefined while nothing is known. */
  readonly shares: Shares | undefined;
  readonly timeline: Timeline | undefined;
}

/**
 * A row is few components, which are drawn anew only for what they read themselves: rows move whenever one above them does. A
 * component takes some 400 bytes beside what it draws, so what needs to be none is called instead. Signals are not read here: the row
 * would not be drawn anew for them.
 */
export const Row = unlessSame((props: RowProps) => {
  const {
    name,
    href,
    state,
    since,
    issues,
    issueSeconds,
    isInGroup,
    isFavourite,
    top,
    index,
    mute,
    shares,
    timeline,
  } = props;
  const shownName = toBeShown(name);
  return (
    <div class="row" role="row" aria-rowindex={index + 1} style={{ transform: `translateY(${top}px)` }}>
      <span role="cell" class={isInGroup ? 'row-name row-in-group' : 'row-name'}>
        {Star({ name, isFavourite })}
        <a href={href}>
          <bdi title={shownName}>{shownName}</bdi>
        </a>
        {MutedMark({ mute })}
      </span>
      <span role="cell">{StateMark({ state })}</span>
      <span role="cell" class="number">
        <Since at={since} />
      </span>
      <span role="cell" class="number row-issues">
        {issues > 0 && recentMark(issues, issueSeconds)}
      </span>
      {shareCells(shares)}
      <BarCell name={name} timeline={timeline} />
    </div>
  );
});

/**
 * The same name in a text of its own. A text that is shown moves out of V8's heap, and what stands for it there takes more room than
 * it did; of the names that are kept, all that ever were in sight would.
 */
function toBeShown(name: string): string {
  return `${name}.`.slice(0, -1);
}

interface GroupRowProps extends Pick<RowProps, 'top' | 'index'> {
  readonly group: Group;
  readonly onToggle: (name: string) => void;
}

/** A group as its worst state, and how many of it are in each; the whole row opens or folds it. */
export function GroupRow({ group: { name, state, counts, isOpen }, top, index, onToggle }: GroupRowProps) {
  const parts = (['issue', 'deploy', 'idle'] as const).filter((each) => counts[each] > 0);
  return (
    <div
      class="row row-group"
      role="row"
      aria-rowindex={index + 1}
      style={{ transform: `translateY(${top}px)` }}
    >
      <span role="cell" class="row-name">
        <button type="button" aria-expanded={isOpen} onClick={() => onToggle(name)}>
          <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> <bdi title={name}>{name}</bdi>
        </button>
      </span>
      <span role="cell">{StateMark({ state })}</span>
      <span role="cell" class="row-counts">
        {parts.map((each) => `${counts[each].toLocaleString('en')} ${each}`).join(', ')}
      </span>
    </div>
  );
}

/** How often in the last hour; how long that was in all, on a closer look. */
function recentMark(issues: number, issueSeconds: number) {
  const words = formatDuration(issueSeconds);
  return (
    <span title={`in issue for ${words} of the last hour`}>
      {`${compact.format(issues)} × in 1 h`}
      <span class="unseen">{`, ${words} in all`}</span>
    </span>
  );
}
