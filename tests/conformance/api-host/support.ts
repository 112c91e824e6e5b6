// A served world for real clients, and ways to run them against it.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Speed } from '../../../src/hosts/http/clock.ts';
import { type ServedWorld, serveWorld } from '../../../src/hosts/http/served-world.ts';
import { type Scenario, Timeline } from '../../../src/sim/index.ts';
import { realKubectl } from '../parity/harness.ts';

export interface Outcome {
  readonly stdout: string;
  readonly stderr: string;
  /** -1 when a signal ended it. */
  readonly exitCode: number;
}

export interface Running {
  readonly child: ChildProcess;
  readonly done: Promise<Outcome>;
  /** Resolves when what it has printed so far (both streams) matches. */
  until(pattern: RegExp): Promise<string>;
}

export interface RunOptions {
  readonly input?: string | Buffer;
  readonly env?: Readonly<Record<string, string>>;
}

/** For older ways to carry a stream. */
export const SPDY = { KUBECTL_REMOTE_COMMAND_WEBSOCKETS: 'false', KUBECTL_PORT_FORWARD_WEBSOCKETS: 'false' } as const;

const PATIENCE_MS = 30_000;

export class World {
  readonly timeline: Timeline;
  readonly folder = mkdtempSync(join(tmpdir(), 'bayplan-api-'));
  readonly #served: ServedWorld;

  private constructor(timeline: Timeline, served: ServedWorld) {
    this.timeline = timeline;
    this.#served = served;
    writeFileSync(
      join(this.folder, 'config'),
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'bayplan', cluster: { server: served.url, 'insecure-skip-tls-verify': true } }],
        users: [{ name: 'bayplan', user: {} }],
        contexts: [{ name: 'bayplan', context: { cluster: 'bayplan', user: 'bayplan' } }],
        'current-context': 'bayplan',
      }),
    );
  }

  static async start(scenario: Partial<Scenario> = {}, speed: Speed = 'max'): Promise<World> {
    const timeline = new Timeline(
      {
        name: 'served',
        startsAt: new Date(Math.floor(Date.now() / 1000) * 1000).toISOString().replace('.000Z', 'Z'),
        nodes: [{ name: 'node', count: 3, cpu: '4', memory: '16Gi' }],
        objects: [],
        clients: [],
        script: [],
        ...scenario,
      },
      1,
      [],
      Number.MAX_SAFE_INTEGER,
    );
    return new World(timeline, await serveWorld(timeline, { speed }));
  }

  get url(): string {
    return this.#served.url;
  }

  get kubeconfig(): string {
    return join(this.folder, 'config');
  }

  /** Words as in a shell, without its quotes. */
  kubectl(words: string | readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return this.start(words, options).done;
  }

  start(words: string | readonly string[], options: RunOptions = {}): Running {
    return run(realKubectl ?? 'kubectl', typeof words === 'string' ? words.split(' ') : words, {
      ...options,
      env: { HOME: this.folder, KUBECONFIG: this.kubeconfig, TZ: 'UTC', ...options.env },
    });
  }

  async close(): Promise<void> {
    await this.#served.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function run(program: string, words: readonly string[], { input, env = {} }: RunOptions = {}): Running {
  const child = spawn(program, words, { env: { PATH: process.env['PATH'] ?? '', ...env } });
  let stdout = '';
  let stderr = '';
  let closed = false;
  const listeners = new Set<() => void>();
  const hear = () => {
    for (const listener of [...listeners]) listener();
  };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    hear();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    hear();
  });
  child.stdin.on('error', () => undefined);
  if (input !== undefined) child.stdin.end(input);
  const patience = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  const done = new Promise<Outcome>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => {
      closed = true;
      clearTimeout(patience);
      hear();
      resolve({ stdout, stderr, exitCode: code ?? -1 });
    });
  });
  const until = (pattern: RegExp) =>
    new Promise<string>((resolve, reject) => {
      const look = () => {
        if (pattern.test(stdout + stderr)) resolve(stdout + stderr);
        else if (closed) reject(new Error(`it ended without ${String(pattern)}: ${stdout}${stderr}`));
        else return;
        listeners.delete(look);
      };
      listeners.add(look);
      look();
    });
  return { child, done, until };
}

/** Things that every test finds: a web server, a program that logs each second, a Service. */
export const objects: Scenario['objects'] = [
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: { containers: [{ name: 'web', image: 'nginx:1.27' }] },
  },
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'clock' },
    spec: {
      containers: [
        {
          name: 'clock',
          image: 'busybox:1.37',
          command: ['sh', '-c', 'i=0; while true; do echo tick $i; i=$((i+1)); sleep 1; done'],
        },
      ],
    },
  },
  {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'web' },
    spec: { selector: { app: 'web' }, ports: [{ port: 80 }] },
  },
];
