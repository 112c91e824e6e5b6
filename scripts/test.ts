// `npm test`: everything that must hold, cheapest first. Each step is a command that can be run alone.
import { spawnSync } from 'node:child_process';
import { ensureBrowser } from './browser.ts';

const steps: readonly (readonly [name: string, script: string, ...args: string[]])[] = [
  ['lock file', 'lock:check'],
  ['types', 'check'],
  ['lint and format', 'lint'],
  ['unit, laws, upstream tables, conformance', 'test:unit'],
  ['lessons', 'lessons', '--', '--check'],
  ['site', 'build'],
  ['budgets', 'budgets'],
  ['browser', 'test:browser'],
];

const only = process.argv.slice(2);
let passed = 0;
const failed: string[] = [];
for (const [name, script, ...args] of steps) {
  if (only.length > 0 && !only.includes(script)) continue;
  console.log(`\n== ${name}: npm run ${script}`);
  if (script === 'test:browser') ensureBrowser();
  const began = performance.now();
  const { status } = spawnSync('npm', ['run', '--silent', script, ...args], { stdio: 'inherit' });
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(`== ${name}: ${status === 0 ? 'passed' : 'FAILED'} in ${seconds} s`);
  if (status === 0) passed++;
  else failed.push(name);
}
if (failed.length > 0) console.log(`\nfailed: ${failed.join(', ')}`);
console.log(`\nsteps: ${String(passed)} passed, ${String(failed.length)} failed`);
process.exit(failed.length === 0 ? 0 : 1);
