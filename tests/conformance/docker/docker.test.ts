// The page's docker beside the real one: both run the same command lines against engines that answer alike, and what
// they print, how they end and what they ask must be the same. Where docker 28.2 is not there, what it gave before
// (tests/data/docker/golden.json) stands in for it.
// `REWRITE_DOCKER_GOLDEN=1 npx vitest run tests/conformance/docker` writes that file anew.
import { execFile, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Asked, startEngine, type TestEngine } from './engine.ts';
import { more, recorded } from './lines.ts';
import { unfinished } from './unfinished.ts';
import { createPage, type Page, type Ran } from './page.ts';

interface Outcome extends Ran {
  readonly asked: readonly Asked[];
}

/** Where the page's docker differs on purpose, and why. Each must really differ, so that no reason outlives its cause. */
const departures: ReadonlyMap<string, string> = new Map([
  ['docker search nginx', 'the registries of this world have no search: refused by name'],
  ['docker compose up', 'the same words, and a line that says why'],
  ['docker scan', 'the same words, and a line that says why'],
  ['docker buildx ls', 'the plugin is here, the machine of the test has it not'],
]);

const GOLDEN = new URL('../../data/docker/golden.json', import.meta.url);
const rewrite = process.env['REWRITE_DOCKER_GOLDEN'] === '1';
// What the real one printed is recorded; REAL_DOCKER=1 asks it again, which takes minutes on a busy machine.
const real =
  process.env['REAL_DOCKER'] === '1' &&
  spawnSync('docker --version', { encoding: 'utf8', shell: true }).stdout.startsWith('Docker version 28.2.');

const files: Readonly<Record<string, string>> = {
  'ctx/Dockerfile': 'FROM nginx:1.25\nCOPY index.html /usr/share/nginx/html/\nEXPOSE 80\n',
  'ctx/Other': 'FROM nginx:1.25\n',
  'ctx/index.html': '<h1>hello</h1>\n',
  'ignored/Dockerfile': 'FROM nginx:1.25\n',
  'ignored/.dockerignore': '*.log\nsecret\n!keep.log\n',
  'ignored/a.log': 'a\n',
  'ignored/keep.log': 'b\n',
  'ignored/secret/key': 'c\n',
  'ignored/src/deep/main.c': 'int main(void) { return 0; }\n',
  'nothing/readme': 'no Dockerfile here\n',
  'dep.yaml': 'kind: Deployment\n',
  'env.list': '# a comment\nFROM_FILE=yes\n\nHOME\nUNSET_NAME\n',
};

const split = (entry: string): { line: string; stdin?: string } => {
  const at = entry.indexOf(' < ');
  return at < 0 ? { line: entry } : { line: entry.slice(0, at), stdin: entry.slice(at + 3) };
};

const inOrder = (asked: readonly Asked[]) =>
  [...asked].sort((a, b) => (JSON.stringify([a.path, a.body]) < JSON.stringify([b.path, b.body]) ? -1 : 1));

const all = [...recorded, ...more];

describe('docker', () => {
  const directory = mkdtempSync(join(tmpdir(), 'bayplan-docker-'));
  let engines: { real: TestEngine; page: TestEngine };
  let page: Page;
  const golden = new Map<string, Outcome>(
    real && rewrite ? [] : Object.entries(JSON.parse(readFileSync(GOLDEN, 'utf8')) as Record<string, Outcome>),
  );
  const written: Record<string, Outcome> = {};

  beforeAll(async () => {
    engines = { real: await startEngine(), page: await startEngine() };
    const absolute: Record<string, string> = {};
    for (const [name, text] of Object.entries(files)) {
      const path = join(directory, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
      absolute[path] = text;
    }
    page = createPage(engines.page.port, absolute, directory);
  });
  afterAll(async () => {
    await Promise.all([engines.real.close(), engines.page.close()]);
    rmSync(directory, { recursive: true });
    if (rewrite) writeFileSync(GOLDEN, `${JSON.stringify(written, null, 1)}\n`);
  });

  /** What depends on the moment and the machine, replaced. */
  const plain = (text: string): string =>
    text
      .replaceAll(directory, '<directory>')
      .replaceAll(String(engines.real.port), '<port>')
      .replaceAll(String(engines.page.port), '<port>')
      .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| \+0000 UTC)/g, '<time>')
      .replace(/((?:since|until)=)\d{10}\b(?!\.)/g, '$1<unix>');
  const body = (text: string): string => {
    if (!text.startsWith('{')) return text;
    const sorted = (value: unknown): unknown =>
      Array.isArray(value)
        ? value.map(sorted)
        : typeof value === 'object' && value !== null
          ? Object.fromEntries(
              Object.entries(value)
                .sort(([a], [b]) => (a < b ? -1 : 1))
                .map(([key, one]) => [key, sorted(one)]),
            )
          : value;
    return plain(JSON.stringify(sorted(JSON.parse(text))));
  };
  const outcome = ({ stdout, stderr, code }: Ran, asked: readonly Asked[]): Outcome => ({
    stdout: plain(stdout),
    stderr: plain(stderr),
    code,
    // The real one asks about several things at once, so in no certain order.
    asked: inOrder(asked).map((one) => ({
      // The page has no HEAD.
      method: one.method === 'HEAD' ? 'GET' : one.method,
      path: plain(one.path),
      body: body(one.body),
    })),
  });

  const runReal = ({ line, stdin = '' }: { line: string; stdin?: string }): Promise<Ran> =>
    new Promise((resolve) => {
      const env = {
        PATH: process.env['PATH'],
        HOME: directory,
        TZ: 'UTC',
        DOCKER_HOST: `tcp://127.0.0.1:${String(engines.real.port)}`,
      };
      const child = execFile(
        'bash',
        ['-c', line],
        { cwd: directory, env, timeout: 30_000 },
        (error, stdout, stderr) => {
          resolve({ stdout, stderr, code: typeof error?.code === 'number' ? error.code : error ? -1 : 0 });
        },
      );
      child.stdin?.end(stdin);
    });

  test.each(all.map((entry) => [entry]))('%s', async (entry) => {
    const command = split(entry);
    engines.page.asked();
    const mine = outcome(await page.run(command.line, { stdin: command.stdin ?? '' }), engines.page.asked());
    let theirs = golden.get(entry);
    if (theirs) theirs = { ...theirs, asked: inOrder(theirs.asked) };
    if (real) {
      engines.real.asked();
      theirs = outcome(await runReal(command), engines.real.asked());
      written[entry] = theirs;
    }
    if (departures.has(entry) || unfinished.includes(entry)) expect(mine).not.toEqual(theirs);
    else expect(mine).toEqual(theirs);
  });

  test('every departure is of a command that is run', () => {
    expect([...departures.keys()].filter((entry) => !all.includes(entry))).toEqual([]);
  });
});
