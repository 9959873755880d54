import { useEffect, useRef, useState } from 'preact/hooks';

import { beginSession, needsToken } from './data/session.ts';
import { isKiosk } from './kiosk.ts';
import { KeyHelp } from './keys/key-help.tsx';
import { isHelpShown } from './keys/keys.ts';
import { freshness, isAnythingKnown, knownNow, knownSecond, reconnect, tick } from './live/store.ts';
import { HindranceBanner, isHindered } from './loading/hindrance.tsx';
import { Link } from './parts/link.tsx';
import { Moment } from './parts/moment.tsx';
import { Readout } from './parts/readout.tsx';
import { Waiting } from './parts/waiting.tsx';
import { awaited, route, routeTo, show, withQuery } from './route/current.ts';
import { viewNames } from './route/route.ts';
import { MarkedStretch } from './span/marking.tsx';
import { nextTheme, theme } from './theme/theme.ts';
import { formatMoment } from './time/format.ts';
import { isUtc, zone } from './time/zone.ts';
import { partFor, views } from './views.tsx';
import { redrawWith } from './parts/redraw.ts';

/** What surrounds every view: where one is, how fresh it is, how times and colours are shown. */
export function Shell() {
  const { view } = route.value;
  const main = useRef<HTMLElement>(null);
  useEffect(() => {
    document.documentElement.dataset.freshness = freshness.value;
  }, [freshness.value]);
  return (
    <>
      <a
        class="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the content
      </a>
      <header class="head">
        <Link to={routeTo('services')} class="brand" label="Minikom, all services">
          <img src="favicon.svg" alt="" width="22" height="22" /> <span class="brand-name">Minikom</span>
        </Link>
        {!isKiosk && (
          <nav aria-label="Views">
            {viewNames.map((each) => (
              <Link key={each} to={routeTo(each)} isCurrent={each === view}>
                {views[each].title}
              </Link>
            ))}
          </nav>
        )}
        <div class="head-end">
          <FreshnessMark />
          {isKiosk ? <Clock /> : <Controls />}
        </div>
      </header>
      <FreshnessBanner />
      <HindranceBanner />
      {needsToken.value && <TokenForm />}
      <main id="main" ref={main} tabIndex={-1} aria-busy={awaited.value !== undefined && !isHindered()}>
        <Shown />
      </main>
      <MarkedStretch />
      <Readout />
      <KeyHelp />
    </>
  );
}

/** What draws the route. Until it is there, the page that was opened with it waits. */
function Shown() {
  // Once it is there, nothing is awaited any more.
  redrawWith(awaited);
  const { view, name } = route.value;
  const { component: Component } = partFor(route.value);
  if (Component === undefined) return isHindered() ? <h1>{views[view].title}</h1> : <Waiting />;
  return <Component key={name} name={name ?? ''} />;
}

/** How times and colours are shown, and what helps. */
function Controls() {
  return (
    <>
      <button
        type="button"
        onClick={() =>
          show(withQuery({ utc: isUtc.value ? '' : '1' }, awaited.value ?? route.value), { replace: true })
        }
        title="Show times in UTC or in your own zone"
      >
        {isUtc.value ? (
          'UTC'
        ) : (
          <>
            {/* On a phone there is no room for the continent. */}
            <span class="zone-area">{zone.value.replaceAll('_', ' ').replace(/[^/]*$/, '')}</span>
            {zone.value.replaceAll('_', ' ').replace(/.*\//, '')}
          </>
        )}
      </button>
      <button
        type="button"
        onClick={() => (isHelpShown.value = !isHelpShown.value)}
        aria-expanded={isHelpShown.value}
        title="What the states mean, and which keys there are"
      >
        ?
      </button>
      <button type="button" onClick={nextTheme} title="Change the colours">
        {theme.value === 'auto' ? '◐ Auto' : theme.value === 'light' ? '○ Light' : '● Dark'}
      </button>
    </>
  );
}

/** On a wall, the time by which all of this is true. */
function Clock() {
  redrawWith(tick);
  return <Moment at={knownNow()} />;
}

const words = { connecting: 'connecting', live: 'live', stale: 'old data', lost: 'connection lost' } as const;
const shapes = { connecting: '…', live: '●', stale: '◌', lost: '✕' } as const;

function FreshnessMark() {
  const { value } = freshness;
  if (needsToken.value) {
    return (
      <span class="freshness freshness-stale">
        <span aria-hidden="true">{shapes.stale}</span> token needed
      </span>
    );
  }
  return (
    <span class={`freshness freshness-${value}`}>
      <span aria-hidden="true">{shapes[value]}</span> {words[value]}
    </span>
  );
}

function FreshnessBanner() {
  const { value } = freshness;
  // Where a token is asked for, that is what there is to say.
  const isOld = !needsToken.value && (value === 'lost' || value === 'stale');
  if (isOld) redrawWith(knownSecond);
  // A page that is left open may be days old.
  const asOf = `${formatMoment(knownNow(), zone.value)} (${zone.value.replaceAll('_', ' ')})`;
  return (
    <div role="status" class={isOld ? 'banner' : 'unseen'}>
      {isOld &&
        value === 'lost' &&
        (isAnythingKnown.value
          ? `Connection lost. What you see is as of ${asOf}; it is tried again by itself.`
          : 'No connection to the service. It is tried again by itself.')}
      {isOld && value === 'stale' && `The service cannot read its database. What you see is as of ${asOf}.`}
    </div>
  );
}

function TokenForm() {
  const input = useRef<HTMLInputElement>(null);
  const [fault, setFault] = useState<string>();
  const begin = async () => {
    const refusal = await beginSession(input.current?.value ?? '');
    setFault(refusal);
    if (refusal === undefined) reconnect();
  };
  return (
    <form
      class="token"
      aria-label="Token"
      onSubmit={(event) => {
        event.preventDefault();
        void begin();
      }}
    >
      <h1 id="token-title">This service asks for a token to read:</h1>
      <input
        ref={input}
        type="password"
        name="token"
        aria-labelledby="token-title"
        autoComplete="current-password"
        required
      />
      <button type="submit">Use it</button>
      <span role="alert">{fault}</span>
    </form>
  );
}
