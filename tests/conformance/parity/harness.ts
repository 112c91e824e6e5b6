// The real kubectl and the page's, side by side: two worlds of the same scenario, seed and beginning get the same
// command lines in the same order, one from a real client over HTTP, the other from the page's shell. What both print,
// and their exit codes, should be the same bytes.
// The worlds begin so long ago that their `startMs` is now: clients that count ages count from the real clock.
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { Headless } from '../../../src/hosts/headless.ts';
import { cluster } from '../../../src/hosts/kinds/cluster.ts';
import { connectShellHost } from '../../../src/hosts/http/remote-host.ts';
import { createShell, type Shell } from '../../../src/shell/session.ts';
import { emptyIn } from '../../../src/shell/streams.ts';
import { type Scenario, Timeline } from '../../../src/sim/index.ts';
import { ServedSide } from './served-side.ts';

const CANDIDATES = ['/usr/lib/google-cloud-sdk/bin/kubectl.1.32', 'kubectl'];
/** The last one whose generators (`create deployment`, …) send JSON; later ones send protobuf, which is not served. */
const JSON_CANDIDATES = ['/usr/lib/google-cloud-sdk/bin/kubectl.1.31'];

const installed = (paths: readonly string[]): string | undefined =>
  paths.find((path) => spawnSync(path, ['version', '--client'], { timeout: 20_000 }).status === 0);

export const realKubectl = installed(CANDIDATES);
const realJsonKubectl = installed(JSON_CANDIDATES);

/** For the title of a suite that cannot run, and said aloud as it is skipped. */
export function whyNot(test: string): string {
  if (realKubectl !== undefined) return '';
  const reason = `skipped: no ${CANDIDATES.join(' and no ')}`;
  console.log(`${test} ${reason}`);
  return ` (${reason})`;
}

export interface ParityOptions {
  readonly scenario: Scenario;
  readonly seed?: number;
  /** Virtual ms that have passed when the first command is given. */
  readonly startMs: number;
  /** Relative paths and texts, in the directory where the commands run. */
  readonly files?: Readonly<Record<string, string>>;
  /** The page's programs reach their world over HTTP too, as `npm run shell -- --server` does. */
  readonly served?: boolean;
  /** When the worlds began, in Unix milliseconds; by default so long ago that they have reached the present. */
  readonly epochMs?: number;
}

export interface RunOptions {
  /** Virtual ms that pass in both worlds after the command. */
  readonly thenMs?: number;
  /** For `kubectl edit`: a sed script for each time the editor opens. Afterwards it closes without a change. */
  readonly edits?: readonly string[];
  /** The real client asks again and again instead of watching, so time must pass without a stream. */
  readonly polls?: boolean;
  /** Runs the real client that sends JSON where the newer one sends protobuf. */
  readonly json?: boolean;
}

type Line = string | readonly [line: string, options: RunOptions];
/** By subject. */
export type Lines = Readonly<Record<string, readonly Line[]>>;

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
  /** What the editor was given, each time it opened. */
  readonly edited: readonly string[];
}

export interface Both {
  readonly real: Outcome;
  readonly page: Outcome;
}

/** Longer than any command waits. */
const PATIENCE_MS = 3_600_000;
/** Where the page's shell stands. */
const PAGE_HOME = '/home/user';

export class Parity {
  readonly #real: Timeline;
  readonly #page: Timeline;
  readonly #options: ParityOptions;
  readonly #shell: Headless;
  readonly #home = mkdtempSync(join(tmpdir(), 'bayplan-parity-'));
  #realSide: ServedSide | undefined;
  #pageSide: ServedSide | undefined;
  #pageShell: Shell | undefined;
  #edits: readonly string[] = [];
  #edited: string[] = [];

  private constructor(options: ParityOptions) {
    const { scenario, seed = 1, startMs, files = {} } = options;
    this.#options = options;
    const epochMs = options.epochMs ?? Math.floor((Date.now() - startMs) / 1000) * 1000;
    const startsAt = new Date(epochMs).toISOString().replace('.000Z', 'Z');
    this.#real = new Timeline({ ...scenario, startsAt }, seed);
    this.#page = new Timeline({ ...scenario, startsAt }, seed);
    this.#shell = new Headless(this.#page, cluster, {
      files,
      untilMs: startMs + 100 * PATIENCE_MS,
      edit: (_name, text) => Promise.resolve(this.#edit(text)),
    });
    this.advance(startMs);
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.#home, path)), { recursive: true });
      writeFileSync(join(this.#home, path), text);
    }
  }

  static async start(options: ParityOptions): Promise<Parity> {
    const parity = new Parity(options);
    parity.#realSide = await ServedSide.start(parity.#real);
    parity.#install(parity.#realSide.url);
    if (options.served === true) await parity.#serve();
    return parity;
  }

  async #serve(): Promise<void> {
    this.#pageSide = await ServedSide.start(this.#page);
    const host = await connectShellHost(this.#pageSide.url);
    const edit = (_name: string, text: string) => Promise.resolve(this.#edit(text));
    const { files = {} } = this.#options;
    this.#pageShell = createShell({ ...host, edit }, { interactive: false, columns: 120, files });
  }

  /** Lets time pass in both worlds. */
  advance(ms: number): void {
    const to = Math.max(this.#real.now, this.#page.now) + ms;
    this.#real.run(to);
    this.#page.run(to);
  }

  async run(line: string, options: RunOptions = {}): Promise<Both> {
    const { edits = [], thenMs = 1000 } = options;
    // Real ages go on with the real clock; the worlds go on together or not at all.
    const real = await this.#runReal(line, options, edits);
    const page = await this.runPage(line, options);
    this.advance(thenMs);
    return { real, page };
  }

  /** The page's side alone: for ages, which real clients count from a clock that cannot be set. */
  async runPage(line: string, { edits = [] }: RunOptions = {}): Promise<Outcome> {
    this.#edits = edits;
    this.#edited = [];
    const { stdout, stderr, exitCode } = this.#pageShell ? await this.#runServed(line) : await this.#shell.run(line);
    return { stdout: masked(stdout), stderr: masked(stderr), exitCode, edited: this.#edited };
  }

  /** Unix milliseconds in the page's world. */
  get nowUnixMs(): number {
    return this.#page.world.sim.epochMs + this.#page.now;
  }

  /** Virtual milliseconds in both worlds. */
  get now(): number {
    return this.#page.now;
  }

  get epochMs(): number {
    return this.#page.world.sim.epochMs;
  }

  async close(): Promise<void> {
    await this.#realSide?.close();
    await this.#pageSide?.close();
    rmSync(`${this.#home}.d`, { recursive: true, force: true });
    rmSync(this.#home, { recursive: true, force: true });
  }

  #edit(text: string): string {
    const script = this.#edits[this.#edited.length];
    this.#edited.push(text);
    return script === undefined ? text : spawnSync('sed', [script], { input: text, encoding: 'utf8' }).stdout;
  }

  // ---- The real client

  #install(server: string): void {
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [{ name: 'bayplan', cluster: { server } }],
      users: [{ name: 'bayplan', user: {} }],
      contexts: [{ name: 'bayplan', context: { cluster: 'bayplan', user: 'bayplan' } }],
      'current-context': 'bayplan',
    };
    // Outside the directory of the commands, where `-f .` would find it.
    for (const part of ['', 'bin', 'bin31']) mkdirSync(join(`${this.#home}.d`, part), { recursive: true });
    writeFileSync(this.#own('config'), JSON.stringify(config));
    writeFileSync(
      this.#own('editor'),
      `#!/bin/sh
n=$(ls '${this.#own('edited')}' | wc -l)
cp "$1" '${this.#own('edited')}'/$n
[ -f '${this.#own('edits')}'/$n ] && sed -i -f '${this.#own('edits')}'/$n "$1" || true
`,
      { mode: 0o755 },
    );
    const link = (path: string | undefined, bin: string) => {
      if (path === undefined) return;
      const full = path.includes('/') ? path : spawnSync('which', [path], { encoding: 'utf8' }).stdout.trim();
      symlinkSync(full, join(this.#own(bin), 'kubectl'));
    };
    link(realKubectl, 'bin');
    link(realJsonKubectl, 'bin31');
  }

  #own(name: string): string {
    return join(`${this.#home}.d`, name);
  }

  async #runServed(line: string): Promise<Pick<Outcome, 'stdout' | 'stderr' | 'exitCode'>> {
    const text = { stdout: '', stderr: '' };
    const stop = new AbortController();
    const say = (stream: 'stdout' | 'stderr') => ({
      isTTY: false,
      write: (more: string) => void (text[stream] += more),
    });
    const end = this.#pageSide?.pump(() => {
      stop.abort();
    });
    const streams = { stdin: emptyIn, stdout: say('stdout'), stderr: say('stderr'), signal: stop.signal };
    const exitCode = await this.#pageShell?.run(line, streams);
    end?.();
    return { ...text, exitCode: exitCode ?? -1 };
  }

  async #runReal(
    line: string,
    { polls = false, json = false }: RunOptions,
    edits: readonly string[],
  ): Promise<Outcome> {
    for (const name of ['edits', 'edited']) {
      rmSync(this.#own(name), { recursive: true, force: true });
      mkdirSync(this.#own(name));
    }
    edits.forEach((script, n) => {
      writeFileSync(join(this.#own('edits'), String(n)), script);
    });
    const child = spawn('bash', ['-c', line], {
      cwd: this.#home,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        PATH: `${this.#own(json ? 'bin31' : 'bin')}:/usr/bin:/bin`,
        HOME: this.#own(''),
        KUBECONFIG: this.#own('config'),
        KUBE_EDITOR: this.#own('editor'),
        TZ: 'UTC',
        LANG: 'C.UTF-8',
      },
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    let exitCode: number | undefined;
    const closed = new Promise<void>((resolve) => {
      child.on('close', (code) => {
        exitCode = code ?? -1;
        resolve();
      });
    });
    const end = this.#realSide?.pump(() => child.kill('SIGINT'), polls);
    await closed;
    end?.();
    const seen = existsSync(this.#own('edited')) ? readdirSync(this.#own('edited')) : [];
    const edited = seen.map((name) => readFileSync(join(this.#own('edited'), name), 'utf8'));
    const local = (text: string) => masked(text.replaceAll(this.#home, PAGE_HOME));
    return { stdout: local(stdout), stderr: local(stderr), exitCode: exitCode ?? -1, edited };
  }
}

/** Names that are made up by chance. */
function masked(text: string): string {
  return text
    .replace(/(kubectl-edit|LIVE|MERGED)-\d+/g, '$1-N')
    .replace(/^((?:---|\+\+\+) \S+\t)\d{4}-\d\d-\d\d [\d:.]+ [-+]\d{4}$/gm, '$1TIME');
}
