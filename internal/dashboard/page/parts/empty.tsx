import type { ComponentChildren } from 'preact';

import { Copyable } from './copyable.tsx';

/** What stands where there is nothing yet: why, and a command that changes it. */
export function Empty({
  title,
  children,
  command,
}: {
  title: string;
  children: ComponentChildren;
  command?: string;
}) {
  return (
    <section class="empty">
      <h1>{title}</h1>
      <p>{children}</p>
      {command !== undefined && <Copyable text={command} label="command to copy" />}
    </section>
  );
}
