import { render } from 'preact';

import { isKiosk, keepAwake } from './kiosk.ts';
import { listenToKeys } from './keys/keys.ts';
import { Shell } from './shell.tsx';

const app = document.getElementById('app');
if (app !== null) render(<Shell />, app);
if (isKiosk) keepAwake();
else listenToKeys();
