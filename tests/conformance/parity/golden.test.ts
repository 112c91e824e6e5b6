// What the real kubectl printed when it was last recorded, for every line of the parity run: the page's still prints
// the same, whether or not a real one is on this machine.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const recorded = existsSync(new URL('../../data/parity/golden.json', import.meta.url));
const without = recorded ? '' : ' (skipped: nothing is recorded yet)';

test.skipIf(!recorded)(
  `every recorded line is told again (npm run parity -- --record makes a new record)${without}`,
  { timeout: 600_000 },
  () => {
    const cwd = fileURLToPath(new URL('../../..', import.meta.url));
    const { stdout, status } = spawnSync(process.execPath, ['scripts/parity.ts', '--golden'], {
      cwd,
      encoding: 'utf8',
    });
    expect(stdout).toContain('compared with the recorded output of kubectl 1.32\n');
    expect(stdout).toMatch(/\n\d+ commands: \d+ equal, 0 different\n$/);
    expect(status).toBe(0);
  },
);
