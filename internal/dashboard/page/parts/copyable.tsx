import { useState } from 'preact/hooks';

/** A command or text to copy, with a button that does. */
export function Copyable({ text, label }: { text: string; label: string }) {
  const [state, setState] = useState<'ready' | 'copied' | 'failed'>('ready');
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setState('copied');
    } catch {
      setState('failed');
    }
  };
  return (
    <div class="copyable">
      <pre tabIndex={0} role="region" aria-label={label}>
        <code>{text}</code>
      </pre>
      <button type="button" onClick={() => void copy()}>
        {state === 'ready' ? 'Copy' : state === 'copied' ? 'Copied' : 'Select it'}
      </button>
    </div>
  );
}
