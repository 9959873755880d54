import { alerts, refusal, wantNotifications, wantSound } from './alerts.ts';

/** How this browser is to tell of a service that gets into issue. */
export function AlertOptions() {
  return (
    <fieldset class="alerts">
      <legend>When a service gets into issue, in this browser</legend>
      <label>
        <input
          type="checkbox"
          checked={alerts.notifications.value}
          onChange={(event) => {
            const { currentTarget } = event;
            void wantNotifications(currentTarget.checked).then(() => {
              currentTarget.checked = alerts.notifications.value;
            });
          }}
        />{' '}
        show a notification
      </label>
      <label>
        <input
          type="checkbox"
          checked={alerts.sound.value}
          onChange={({ currentTarget }) => wantSound(currentTarget.checked)}
        />{' '}
        play a sound
      </label>
      <p class="muted" role="status">
        {refusal.value}
      </p>
    </fieldset>
  );
}
