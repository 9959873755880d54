/** An hour of made-up history, the same at each call but for the present: what the pictures show. */
export interface MadeUpHistory {
  readonly events: readonly {
    readonly service_name: string;
    readonly state: string;
    readonly timestamp: number;
  }[];
  readonly records: readonly object[];
  readonly payloads: readonly object[];
}

const products = ['checkout', 'web-shop', 'auth', 'billing', 'search', 'inventory', 'mail', 'gateway'];
const regions = ['', '-eu', '-us', '-ap'];
const HOUR = 3600;
// As much as is taken, so that something goes on while the pictures are taken.
const FUTURE_SECONDS = 58;

/** `now` in unix seconds; `random` gives numbers in [0, 1). */
export function makeUpHistory(now: number, random: () => number): MadeUpHistory {
  const names = regions.flatMap((region) => products.map((product) => product + region));
  const events = names.flatMap((name) => walk(name, now + FUTURE_SECONDS, random));
  const at = (secondsAgo: number) => new Date((now - secondsAgo) * 1000).toISOString();
  const records = products.slice(0, 6).flatMap((Component) =>
    ['prod', 'staging', 'test'].flatMap((Environment) => {
      const ago = 300 + Math.floor(random() * 3000);
      const State = random() < 0.15 ? 'failed' : 'succeeded';
      return [
        { Component, Environment, State: 'started', Timestamp: at(ago + 120) },
        { Component, Environment, State, Timestamp: at(ago) },
      ];
    }),
  );
  const payloads = ['nightly-etl', 'reports', 'recommendations'].flatMap((job_name) =>
    ['2026-11-19', '2026-11-20', '2026-11-21'].map((run_id, index) => {
      const start = (now - (3 - index) * 1200) * 1000;
      const messages = [sparkEvent('SparkListenerApplicationStart', start)];
      if (index < 2)
        messages.push(sparkEvent('SparkListenerApplicationEnd', start + 600_000 * (0.5 + random())));
      return { job_name, run_id, counters: { payload_counter: 1 }, messages };
    }),
  );
  return { events, records, payloads };
}

/** States of random lengths over the last hour, every other second of which is reported. */
function walk(service_name: string, now: number, random: () => number): MadeUpHistory['events'] {
  const events: { service_name: string; state: string; timestamp: number }[] = [];
  for (let at = now - HOUR; at < now;) {
    const draw = random();
    const seconds =
      draw < 0.2 ? 20 + random() * 200 : draw < 0.45 ? 30 + random() * 150 : 200 + random() * 900;
    const state = draw < 0.2 ? 'issue' : draw < 0.45 ? 'deploy' : undefined;
    const end = Math.min(now, Math.floor(at + seconds));
    for (let timestamp = at; state !== undefined && timestamp < end; timestamp += 2) {
      events.push({ service_name, state, timestamp });
    }
    // Longer than what is taken for one interval.
    at = end + 4;
  }
  return events;
}

function sparkEvent(Event: string, timestampMs: number): object {
  const Timestamp = Math.round(timestampMs);
  return {
    message_type: 'spark-event',
    generated_at: Timestamp,
    content: JSON.stringify({ Event, Timestamp }),
  };
}
