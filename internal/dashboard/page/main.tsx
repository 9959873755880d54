import { render } from 'preact';

import { listenToKeys } from './keys/keys.ts';
import { Shell } from './shell.tsx';

const app = document.getElementById('app');
if (app !== null) render(<Shell />, app);
listenToKeys();
