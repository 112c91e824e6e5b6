// Finds a Chromium for the browser tests: the one named by PW_CHROMIUM, Playwright's own, the system's, Playwright's
// own after a download, Debian's package. Says in one sentence what to do when there is none.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chromium } from '@playwright/test';

const SYSTEM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A path to run, `undefined` for Playwright's own browser, or null when there is none. */
export function findBrowser(): string | undefined | null {
  const named = process.env['PW_CHROMIUM'];
  if (named !== undefined && named !== '') return named;
  if (existsSync(chromium.executablePath())) return undefined;
  return SYSTEM.find((path) => existsSync(path)) ?? null;
}

/** As {@link findBrowser}, but tries to install one first when there is none. */
export function ensureBrowser(): void {
  if (findBrowser() !== null) return;
  console.log('browser: none found, trying to download Playwright’s own');
  spawnSync('npx', ['playwright', 'install', 'chromium'], { stdio: 'ignore', timeout: 240_000 });
  if (findBrowser() !== null) return;
  if (existsSync('/usr/bin/apt-get') && process.getuid?.() === 0) {
    console.log('browser: trying Debian’s package');
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    try {
      execFileSync('apt-get', ['update', '-qq'], { stdio: 'ignore', env, timeout: 300_000 });
      execFileSync('apt-get', ['install', '-y', '-qq', 'chromium'], { stdio: 'ignore', env, timeout: 600_000 });
    } catch {
      // The sentence below says what is missing.
    }
    if (findBrowser() !== null) return;
  }
  console.error(
    'browser: no Chromium could be found or installed; run `npx playwright install chromium`, or install your system’s chromium package, or set PW_CHROMIUM to the path of one.',
  );
  process.exit(1);
}
