// Runs tables of Kubernetes' own unit tests, in the format of tests/data/upstream, against the simulator.
//
//   npm run --silent upstream -- DIR
//
// Every .json file of the folder is run by the kind that it says it is. Failing and skipped cases are printed, and at
// the end the sum. The exit code is 1 when a case fails, when a file cannot be read, or when more than 2 % are skipped.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Outcome, runCase, type UpstreamCase, type UpstreamFile } from '../tests/upstream/runners/index.ts';

const MAX_SKIPPED = 0.02;

const [dir] = process.argv.slice(2);
if (dir === undefined) {
  console.error('usage: npm run --silent upstream -- DIR');
  process.exit(2);
}

const count = { passed: 0, failed: 0, skipped: 0 };

function report(title: string, outcome: Outcome): void {
  if (outcome === undefined) count.passed++;
  else if (typeof outcome === 'object') {
    count.skipped++;
    console.log(`skip ${title}: ${outcome.skipped}`);
  } else {
    count.failed++;
    console.log(`FAIL ${title}: ${outcome}`);
  }
}

function attempt(file: UpstreamFile, test: UpstreamCase): Outcome {
  try {
    return runCase(file, test);
  } catch (error) {
    return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  }
}

const names = readdirSync(dir)
  .filter((name) => name.endsWith('.json'))
  .sort();
for (const name of names) {
  const file = read(name);
  if (typeof file === 'string') report(name, file);
  else for (const test of file.cases) report(`${name} ${String(test.id)} ${test.name}`, attempt(file, test));
}

/** The file, or why it cannot be run. */
function read(name: string): UpstreamFile | string {
  try {
    const file = JSON.parse(readFileSync(join(dir as string, name), 'utf8')) as Partial<UpstreamFile>;
    return Array.isArray(file.cases) ? (file as UpstreamFile) : 'there are no cases in it';
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const total = count.passed + count.failed + count.skipped;
const tooMany = count.skipped > total * MAX_SKIPPED;
if (total === 0) console.log(`no cases in ${dir}`);
if (tooMany) console.log(`more than ${String(MAX_SKIPPED * 100)} % of the cases are skipped`);
console.log(`${String(count.passed)} passed, ${String(count.failed)} failed, ${String(count.skipped)} skipped`);
process.exitCode = count.failed > 0 || tooMany || total === 0 ? 1 : 0;
