/** A name that may be of any length, in whichever direction it is written: cut where it is too long, whole on a closer look. */
export function Name({ text }: { text: string }) {
  return (
    <bdi class="name" title={text}>
      {text}
    </bdi>
  );
}
