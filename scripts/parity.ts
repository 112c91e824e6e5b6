// The real kubectl 1.32 and the page's, line by line: stdout, stderr and exit code.
//
//   npm run parity [-- --record | --golden] [-- --only WORDS]
//
// Two equal worlds are served over HTTP; the real client is given one, the page's programs the other, as `npm run shell
// -- --server` does. Ages that a client counts by its own clock are masked on both sides, and nothing else. Where there
// is no real client, or with --golden, what it printed when it was recorded is used (--record writes
// tests/data/parity/golden.json).
// Each difference is printed, and at the end the sum; the exit code is 1 when something differs.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type Outcome, Parity, type ParityOptions, realKubectl } from '../tests/conformance/parity/harness.ts';
import { type Suite, suites } from '../tests/conformance/parity/suites.ts';

const GOLDEN = new URL('../tests/data/parity/golden.json', import.meta.url);

type Recorded = readonly [
  line: string,
  stdout: string,
  stderr: string,
  exitCode: number,
  /** Virtual ms in the world after the line. */
  now: number,
];
/** By title of the suite. */
type Golden = Readonly<Record<string, { readonly epochMs: number; readonly lines: readonly Recorded[] }>>;

const AGE = String.raw`(?:\d+[smhdy]){1,2}`;
const COUNTED = String.raw`${AGE}(?: \(x\d+ over ${AGE}\))?`;
const ages: readonly RegExp[] = [
  // Events of a description, and the table of `kubectl events`.
  new RegExp(String.raw`^(  (?:Normal|Warning) +\S+ +)${COUNTED} +()`),
  new RegExp(String.raw`^((?:\S+ +)?)${COUNTED}( +(?:Normal|Warning) .*)`),
  // The last column of a table of pods, and how long something has been going away.
  new RegExp(String.raw`^(.*\S +)${AGE}()$`),
  new RegExp(String.raw`^(Status: +Terminating \(lasts )${AGE}(\))$`),
];

const { values } = parseArgs({
  options: { record: { type: 'boolean' }, golden: { type: 'boolean' }, only: { type: 'string' } },
});
const record = values.record === true;
if (record && (values.golden === true || values.only !== undefined)) stop('--record stands alone');
if (record && realKubectl === undefined) stop('--record: there is no kubectl 1.32 on this machine');
const replay = realKubectl === undefined || values.golden === true;
const golden = replay ? (JSON.parse(readFileSync(GOLDEN, 'utf8')) as Golden) : undefined;
if (golden) {
  const why = realKubectl === undefined ? 'no kubectl 1.32 on this machine: ' : '';
  console.log(`${why}compared with the recorded output of kubectl 1.32`);
} else console.log(`compared with ${realKubectl ?? ''}`);

const count = { equal: 0, different: 0 };
const recorded: Record<string, Golden[string]> = {};
for (const suite of suites) await compare(suite);
if (record) {
  mkdirSync(new URL('.', GOLDEN), { recursive: true });
  writeFileSync(GOLDEN, goldenText(recorded));
}
const { equal, different } = count;
console.log(`${String(equal + different)} commands: ${String(equal)} equal, ${String(different)} different`);
process.exit(different === 0 ? 0 : 1);

async function compare(suite: Suite): Promise<void> {
  const told = golden?.[suite.title];
  const options: ParityOptions = {
    ...suite.world,
    served: true,
    ...(told ? { epochMs: told.epochMs } : {}),
  };
  const entries = Object.values(suite.lines).flat();
  const lines = entries.map((entry) => (typeof entry === 'string' ? entry : entry[0]));
  const { only = '' } = values;
  const exact = suites.some(({ title }) => title === only);
  if (exact ? suite.title !== only : !lines.some((line) => line.includes(only))) return;
  const parity = await Parity.start(options);
  const record: Recorded[] = [];
  for (const [n, entry] of entries.entries()) {
    const [line, more] = typeof entry === 'string' ? [entry, {}] : entry;
    if (golden) {
      const kept = told?.lines[n];
      if (kept?.[0] !== line) {
        count.different++;
        console.log(`different: ${line}\n  nothing was recorded for this line: npm run parity -- --record`);
        continue;
      }
      const [, stdout, stderr, exitCode, now] = kept;
      const page = await parity.runPage(line, more);
      parity.advance(Math.max(0, now - parity.now));
      judge(suite, line, { stdout, stderr, exitCode }, page);
    } else {
      const { real, page } = await parity.run(line, { thenMs: suite.thenMs, ...more });
      judge(suite, line, real, page);
      const { stdout, stderr, exitCode } = real;
      record.push([line, stdout, stderr, exitCode, parity.now]);
    }
  }
  recorded[suite.title] = { epochMs: parity.epochMs, lines: record };
  await parity.close();
}

type Said = Pick<Outcome, 'stdout' | 'stderr' | 'exitCode'>;

function judge({ aged }: Suite, line: string, real: Said, page: Said): void {
  const shown = ({ stdout, stderr, exitCode }: Said) =>
    `${aged ? withoutAges(stdout) : stdout}${stderr === '' ? '' : `stderr:\n${stderr}`}exit code ${String(exitCode)}`;
  const [wanted, found] = [shown(real).split('\n'), shown(page).split('\n')];
  if (wanted.join('\n') === found.join('\n')) {
    count.equal++;
    return;
  }
  count.different++;
  console.log(`different: ${line}`);
  for (let n = 0; n < Math.max(wanted.length, found.length); n++) {
    if (wanted[n] === found[n]) continue;
    if (wanted[n] !== undefined) console.log(`  real  ${wanted[n] ?? ''}`);
    if (found[n] !== undefined) console.log(`  page  ${found[n] ?? ''}`);
  }
}

/** A line a command. */
function goldenText(all: Golden): string {
  const suite = ([title, { epochMs, lines }]: readonly [string, Golden[string]]) =>
    `${JSON.stringify(title)}: {"epochMs": ${String(epochMs)}, "lines": [\n${lines.map((one) => JSON.stringify(one)).join(',\n')}\n]}`;
  return `{\n${Object.entries(all).map(suite).join(',\n')}\n}\n`;
}

/** Ages give columns their width too, so the blanks of such lines and of their headings count as one. */
function withoutAges(text: string): string {
  return text
    .split('\n')
    .map((line) => {
      const pattern = ages.find((one) => one.test(line));
      const heading = /\b(?:Age|AGE|LAST SEEN)\b|^ *[- ]+$/.test(line);
      const shown = pattern ? line.replace(pattern, '$1<age> $2') : line;
      return pattern || heading ? shown.trimEnd().replace(/(\S) +/g, '$1 ') : line;
    })
    .join('\n');
}

function stop(message: string): never {
  console.error(message);
  process.exit(2);
}
