import { render } from 'preact';

import { tellOfIssues } from './alerts/alerts.ts';
import { followWithIcon } from './alerts/icon.ts';
import { letGoOfDrawnBefore } from './drawn-before.ts';
import { isKiosk, keepAwake } from './kiosk.ts';
import { listenToKeys } from './keys/keys.ts';
import { loadViews } from './loading/load-views.ts';
import { Shell } from './shell.tsx';
import { followWithTitle } from './title.ts';

letGoOfDrawnBefore();
loadViews();
const app = document.getElementById('app');
if (app !== null) render(<Shell />, app);
followWithTitle();
followWithIcon();
tellOfIssues();
if (isKiosk) keepAwake();
else listenToKeys();
