// A world for the tests of the shell. Its clock jumps to wherever the shortest sleep ends; a sleep of a minute or more
// never ends, so that a test which should stop it cannot pass by waiting. Requests are answered by host name.

import { createShell } from './session.ts';
import { emptyIn, TextOut } from './streams.ts';
import type { HttpAnswer, HttpRequest, In, ShellHost } from './program.ts';
import type { Shell, ShellOptions } from './session.ts';

const NEVER_MS = 60_000;

export interface TestHost extends ShellHost {
  readonly requests: HttpRequest[];
  /** What the editor was opened with, and what it gives back. */
  edited: { fileName: string; text: string }[];
  editorGives: (text: string) => string | null;
}

export function createTestHost(answers: Readonly<Record<string, Partial<HttpAnswer>>> = {}): TestHost {
  let now = Date.UTC(2026, 0, 1);
  const host: TestHost = {
    requests: [],
    edited: [],
    editorGives: () => null,
    api: () => Promise.reject(new Error('no cluster here')),
    exec: () => Promise.reject(new Error('no containers here')),
    now: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        const stop = () => {
          reject(new Error('stopped'));
        };
        if (signal.aborted) stop();
        signal.addEventListener('abort', stop, { once: true });
        if (ms >= NEVER_MS) return;
        setTimeout(() => {
          now += ms;
          resolve();
        }, 1);
      }),
    http: (request) => {
      host.requests.push(request);
      const name = /^https?:\/\/([^/:]+)/.exec(request.url)?.[1] ?? '';
      const unknown: HttpAnswer = { outcome: 'unknown host', status: 0, body: '', latencyMs: 0 };
      return Promise.resolve({ ...unknown, ...answers[name] });
    },
    edit: (fileName, text) => {
      host.edited.push({ fileName, text });
      return Promise.resolve(host.editorGives(text));
    },
  };
  return host;
}

export interface Ran {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** Runs a line in a shell and collects what it wrote. */
export async function runLine(shell: Shell, line: string, stdin: In = emptyIn): Promise<Ran> {
  const stdout = new TextOut();
  const stderr = new TextOut();
  const { signal } = new AbortController();
  const exitCode = await shell.run(line, { stdin, stdout, stderr, signal });
  return { stdout: stdout.text, stderr: stderr.text, exitCode };
}

/** Runs a script in a shell of its own. */
export function runScript(script: string, options: ShellOptions = {}, host = createTestHost()): Promise<Ran> {
  return runLine(createShell(host, { interactive: false, ...options }), script);
}
