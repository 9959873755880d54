import { effect, signal } from '@preact/signals';

import { keep, readKept } from '../data/kept.ts';
import { freshness, services, tick } from '../live/store.ts';
import { mutesOf } from '../mutes/mutes.ts';
import { redrawWith } from '../parts/redraw.ts';
import { routeTo, show } from '../route/current.ts';
import { NewIssues } from './new-issues.ts';

/** How this browser tells of a service that gets into issue. Off until the reader wants it; kept in this browser alone. */
export const alerts = { notifications: kept('notifications'), sound: kept('sound') };

/** Why notifications cannot be had here, if it was tried. */
export const refusal = signal('');

/** Switches notifications on or off; the browser may ask its user first. */
export async function wantNotifications(wanted: boolean): Promise<void> {
  refusal.value = '';
  if (wanted && !('Notification' in globalThis))
    refusal.value = 'Browsers show them for pages over HTTPS only.';
  else if (wanted && (await Notification.requestPermission()) !== 'granted')
    refusal.value = 'The browser does not allow them: it can be told to beside the address.';
  alerts.notifications.value = wanted && refusal.value === '';
}

let audio: AudioContext | undefined;

/** Switches the sound on or off; it is heard at once, so that one knows it, and browsers want a click before the first. */
export function wantSound(wanted: boolean): void {
  alerts.sound.value = wanted;
  if (wanted) beep();
}

/** Tells of each service that gets into issue and is not muted, in the ways that are wanted. */
export function tellOfIssues(): void {
  const issues = new NewIssues();
  effect(() => {
    redrawWith(tick);
    const isWanted = alerts.notifications.value || alerts.sound.value;
    // While the connection is lost nothing changes; what did meanwhile is news afterwards.
    if (!isWanted) issues.forget();
    else if (freshness.value === 'live') tell(issues.look(services));
  });
}

function tell(names: readonly string[]): void {
  const heard = names.filter((name) => mutesOf(name).length === 0);
  const [first] = heard;
  if (first === undefined) return;
  if (alerts.sound.value) beep();
  if (!alerts.notifications.value || Notification.permission !== 'granted') return;
  const title = heard.length === 1 ? `▲ ${first} is in issue` : `▲ ${heard.length} services are in issue`;
  const note = new Notification(title, { body: heard.slice(0, 5).join(', '), tag: first });
  note.addEventListener('click', () => {
    window.focus();
    show(heard.length === 1 ? routeTo('services', first) : routeTo('services'));
    note.close();
  });
}

function beep(): void {
  audio ??= new AudioContext();
  void audio.resume().catch(() => undefined);
  const [tone, volume] = [audio.createOscillator(), audio.createGain()];
  const now = audio.currentTime;
  tone.frequency.setValueAtTime(660, now);
  tone.frequency.setValueAtTime(520, now + 0.15);
  volume.gain.setValueAtTime(0.15, now);
  volume.gain.exponentialRampToValueAtTime(0.001, now + 0.4);
  tone.connect(volume).connect(audio.destination);
  tone.start(now);
  tone.stop(now + 0.4);
}

/** Whether something is wanted, kept where the browser lets a page keep anything. */
function kept(name: string) {
  const key = `minikom ${name}`;
  const wanted = signal(readKept(key) === '1');
  effect(() => keep(key, wanted.value ? '1' : '0'));
  return wanted;
}
