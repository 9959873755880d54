import { chromium, type Browser } from 'playwright-core';

/** Starts the browser at that path, or the one where Debian's package has it. */
export function launchChromium(executablePath = '/usr/bin/chromium'): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-background-networking', '--enable-precise-memory-info'],
  });
}
