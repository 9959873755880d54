import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';

import { show } from '../route/current.ts';
import type { Route } from '../route/route.ts';
import { inHeldOrder } from './held-order.ts';
import { useHold } from './use-hold.ts';

/** A column of a table: what its cells show, and whether they are numbers. */
export interface Column<Row> {
  readonly title: string;
  readonly cell: (row: Row) => ComponentChildren;
  readonly isNumber?: boolean;
}

interface TableProps<Row> {
  readonly caption: string;
  /** The first says what a row is about, and stays in sight. */
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string;
  /** Shows the caption, which otherwise is there for those who do not see the page. */
  readonly showsCaption?: boolean;
  /** For rows that change places as what they tell does: their order is held while one is pointed at. */
  readonly holdsOrder?: boolean;
  /** What a row leads to, wherever it is clicked; a link in it says so to those who do not see the page. */
  readonly routeOf?: (row: Row) => Route;
}

/**
 * A plain table, which scrolls in itself where it is wider than the page; on a phone each row takes some lines instead. The
 * roles are named, as they would be lost with the layout.
 */
export function Table<Row>(props: TableProps<Row>) {
  const { caption, columns, rows, keyOf, showsCaption = false, holdsOrder = false, routeOf } = props;
  const hold = useHold();
  const shown = useRef<readonly string[]>([]);
  const inOrder =
    holdsOrder && hold.isHeld()
      ? inHeldOrder(shown.current, rows, keyOf, (key) => rows.find((row) => keyOf(row) === key))
      : rows;
  shown.current = holdsOrder ? inOrder.map(keyOf) : [];
  if (rows.length === 0) {
    // Titles above nothing would leave open whether it is still to come.
    return (
      <div class="table" role="region" aria-label={caption}>
        {showsCaption && <p class="caption">{caption}</p>}
        <p class="none muted">There is nothing to list.</p>
      </div>
    );
  }
  return (
    <div class="table" tabIndex={0} role="region" aria-label={caption} {...hold.handlers}>
      <table role="table">
        <caption class={showsCaption ? '' : 'unseen'}>{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(({ title, isNumber }) => (
              <th
                key={title}
                scope="col"
                role="columnheader"
                class={isNumber === true ? 'number' : ''}
                title={title}
              >
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {inOrder.map((row) => (
            <tr
              key={keyOf(row)}
              role="row"
              {...(routeOf !== undefined && {
                class: 'leads-on',
                onClick: (event: MouseEvent) => leadOn(event, routeOf(row)),
              })}
            >
              {columns.map(({ title, cell, isNumber }) => (
                <td key={title} role="cell" data-title={title} class={isNumber === true ? 'number' : ''}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** As the link in the row would; not where that or something else was clicked, or text was marked. */
function leadOn(event: MouseEvent, to: Route): void {
  const { target } = event;
  if (target instanceof Element && target.closest('a, button') !== null) return;
  if (getSelection()?.isCollapsed === false) return;
  show(to);
}
