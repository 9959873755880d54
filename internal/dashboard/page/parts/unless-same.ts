import { Component, type ComponentChildren, type ComponentClass } from 'preact';

/**
 * A component that what is around it does not draw anew while all of its properties are the same. For what reads no signals:
 * what does is like that already. An element that is kept to be given again would do the same, and keep what was around it each
 * time, one after the other, back to the first.
 */
export function unlessSame<Props extends object>(
  draw: (props: Props) => ComponentChildren,
): ComponentClass<Props> {
  return class extends Component<Props> {
    override shouldComponentUpdate(next: Readonly<Props>): boolean {
      const { props } = this;
      return (Object.keys(next) as (keyof Props)[]).some((key) => next[key] !== props[key]);
    }

    override render(): ComponentChildren {
      return draw(this.props);
    }
  };
}
