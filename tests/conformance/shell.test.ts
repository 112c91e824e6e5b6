// The page's shell beside the real programs: each script is run by bash (with sed, mawk, jq and the coreutils of the
// machine) and by our shell, and what comes out and the exit code must be the same. Where the real programs are not
// there, or are of another version, what they gave before (golden.json) stands in for them.
// `REWRITE_SHELL_GOLDEN=1 npx vitest run tests/conformance/shell.test.ts` writes that file anew.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createShell } from '../../src/shell/session.ts';
import { emptyIn, TextOut } from '../../src/shell/streams.ts';
import type { ShellHost } from '../../src/shell/program.ts';

interface Outcome {
  readonly stdout: string;
  readonly exitCode: number;
}

/** A program, what makes it tell its version, and the version the golden outputs come from. */
type Need = readonly [program: string, args: readonly string[], version: RegExp];

const HOME = '/home/user';
const DATA = new URL('../data/shell/', import.meta.url);
const rewrite = process.env['REWRITE_SHELL_GOLDEN'] === '1';

const COMMON: readonly Need[] = [
  ['bash', ['--version'], /^GNU bash, version 5\.2/],
  ['sort', ['--version'], /^sort \(GNU coreutils\) 9\./],
  ['grep', ['--version'], /^grep \(GNU grep\) 3\./],
  ['sed', ['--version'], /^sed \(GNU sed\) 4\./],
];
const AWK: Need = ['awk', ['-W', 'version'], /^mawk 1\.3\.4/];
const JQ: Need = ['jq', ['--version'], /^jq-1\.6/];

const FILES: readonly { readonly name: string; readonly needs: readonly Need[] }[] = [
  { name: 'bash', needs: [] },
  { name: 'session', needs: [] },
  { name: 'text', needs: [AWK] },
  { name: 'sed', needs: [] },
  { name: 'awk', needs: [AWK] },
  { name: 'jq', needs: [JQ] },
];

/** Where we differ on purpose, and why. Each must really differ, so that the list cannot outlive its reasons. */
const DEPARTURES: ReadonlyMap<string, string> = new Map([
  [
    "awk 'BEGIN {print 2^31, 100000 * 100000}'",
    'mawk 1.3.4 of 2020 writes whole numbers above 2^31 by OFMT; POSIX, gawk and later mawks write them whole',
  ],
  [`awk 'BEGIN {print substr("hello", 0, 2)}'`, 'this mawk begins at 1; by POSIX a start of 0 costs one character'],
]);

const golden = readGolden();

describe.each(FILES)('$name', { timeout: 60_000 }, ({ name, needs }) => {
  const scripts = readFileSync(new URL(`scripts/${name}.txt`, DATA), 'utf8')
    .split(/^----\n/m)
    .map((script) => script.replace(/\n$/, ''));
  const real = [...COMMON, ...needs].every(hasVersion);
  console.log(`${name}: ${scripts.length} scripts against ${real ? 'the real programs' : 'golden.json'}`);

  it.each(scripts)('%s', async (script) => {
    const wanted = real ? runReal(script) : golden[name]?.[script];
    if (!wanted) throw new Error('no golden output: write it anew on a machine that has the real programs');
    if (rewrite) (golden[name] ??= {})[script] = wanted;
    const got = await runOurs(script);
    if (DEPARTURES.has(script)) expect(got, DEPARTURES.get(script)).not.toEqual(wanted);
    else expect(got).toEqual(wanted);
  });
});

afterAll(() => {
  if (rewrite) writeFileSync(new URL('golden.json', DATA), `${JSON.stringify(golden, null, 1)}\n`);
});

function readGolden(): Record<string, Record<string, Outcome>> {
  if (rewrite) return {};
  return JSON.parse(readFileSync(new URL('golden.json', DATA), 'utf8')) as Record<string, Record<string, Outcome>>;
}

function hasVersion([program, args, version]: Need): boolean {
  const { error, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', input: '' });
  return !error && (version.test(stdout) || version.test(stderr));
}

function runReal(script: string): Outcome {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), 'shell-')));
  try {
    const { stdout, status } = spawnSync('bash', ['-c', script], {
      cwd: directory,
      env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', HOME: directory, USER: 'user', LC_ALL: 'C.UTF-8' },
      encoding: 'utf8',
      input: '',
      timeout: 20_000,
    });
    const name = directory.slice(directory.lastIndexOf('/') + 1);
    return { stdout: stdout.replaceAll(directory, HOME).replaceAll(name, 'user'), exitCode: status ?? -1 };
  } finally {
    rmSync(directory, { recursive: true });
  }
}

async function runOurs(script: string): Promise<Outcome> {
  const shell = createShell(emptyWorld, { interactive: false, env: { LC_ALL: 'C.UTF-8' } });
  const stdout = new TextOut();
  const { signal } = new AbortController();
  const exitCode = await shell.run(script, { stdin: emptyIn, stdout, stderr: new TextOut(), signal });
  return { stdout: stdout.text, exitCode };
}

const refuse = () => Promise.reject(new Error('there is no world here'));

const emptyWorld: ShellHost = {
  api: refuse,
  exec: refuse,
  http: refuse,
  edit: () => Promise.resolve(null),
  now: () => Date.now(),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
