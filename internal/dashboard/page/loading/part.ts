/** What draws a view, of all its things or of one: there from the start, or loaded when it is first shown. */
export interface Part<Component> {
  /** Undefined until it was loaded. */
  readonly component: Component | undefined;
  /** Loads it; rejects if that fails, and may be called again. */
  readonly load: () => Promise<void>;
}

/** What is in the page's first file. */
export function partOf<Component>(component: Component): Part<Component> {
  return { component, load: () => Promise.resolve() };
}

/** What is in a file of its own, which `load` imports. */
export function laterPart<Component>(load: () => Promise<Component>): Part<Component> {
  const part: { component: Component | undefined; load: () => Promise<void> } = {
    component: undefined,
    async load() {
      part.component = await load();
    },
  };
  return part;
}
