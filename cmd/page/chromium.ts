import { chromium, type Browser } from 'playwright-core';

/** Starts the browser of this machine, which CHROMIUM names, or the one where Debian's package has it. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-background-networking', '--enable-precise-memory-info'],
  });
}
