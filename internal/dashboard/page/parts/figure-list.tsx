interface FigureListProps {
  readonly label: string;
  /** Eight of them fill a row, two or four. */
  readonly figures: readonly (readonly [title: string, value: string, isBad?: boolean])[];
  /** Of another span than is shown, while those are awaited: they are pale. */
  readonly isOld?: boolean;
}

/** Figures, each with what it is. */
export function FigureList({ label, figures, isOld = false }: FigureListProps) {
  return (
    <dl class={isOld ? 'figures figures-old' : 'figures'} aria-label={label} aria-busy={isOld}>
      {figures.map(([title, value, isBad]) => (
        <div key={title}>
          <dt>{title}</dt>
          <dd class={isBad === true ? 'figure-bad' : ''}>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
