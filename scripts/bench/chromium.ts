// The same workloads in a worker of headless Chromium. Nothing is bundled: the modules are served as they are, without
// their types, which is what a browser needs and all that it needs.
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { stripTypeScriptTypes } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join, resolve } from 'node:path';
import { type CDPSession, chromium } from '@playwright/test';
import { ensureBrowser, findBrowser } from '../browser.ts';
import type { Outcome } from './workload.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const WORKER = '/scripts/bench/worker.ts';

export interface InChromium {
  readonly version: string;
  calibrate(): Promise<number>;
  run(name: string): Promise<Outcome>;
  close(): Promise<void>;
}

export async function openChromium(): Promise<InChromium> {
  ensureBrowser();
  const executablePath = findBrowser() ?? undefined;
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const file = join(ROOT, pathname);
    if (pathname === '/') response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html>');
    else if (!file.startsWith(ROOT) || !file.endsWith('.ts') || !existsSync(file)) response.writeHead(404).end();
    else {
      response.writeHead(200, { 'content-type': 'text/javascript' });
      response.end(stripTypeScriptTypes(readFileSync(file, 'utf8')));
    }
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const { port } = server.address() as AddressInfo;
  const browser = await chromium.launch({
    ...(executablePath === undefined ? {} : { executablePath }),
    args: ['--no-sandbox', '--disable-gpu', '--js-flags=--expose-gc'],
  });

  /** A worker of its own for each question, as for each world of a page. */
  async function ask(name: string | undefined): Promise<{ readonly value: unknown; readonly heapBytes: number }> {
    const page = await browser.newPage();
    const workers = await observeWorkers(await page.context().newCDPSession(page));
    await page.goto(`http://127.0.0.1:${String(port)}/`);
    const answer = await page.evaluate(
      ({ worker, wanted }) =>
        new Promise<{ readonly value?: unknown; readonly error?: string }>((done) => {
          const asked = new Worker(worker, { type: 'module' });
          asked.onmessage = ({ data }: MessageEvent<{ readonly value?: unknown; readonly error?: string }>) => {
            done(data);
          };
          asked.onerror = ({ message }) => {
            done({ error: message });
          };
          asked.postMessage(wanted === null ? {} : { name: wanted });
        }),
      { worker: WORKER, wanted: name ?? null },
    );
    const heapBytes = await workers.heapBytes();
    await page.close();
    if (answer.error !== undefined) throw new Error(`in Chromium: ${answer.error}`);
    return { value: answer.value, heapBytes };
  }

  return {
    version: browser.version(),
    calibrate: async () => (await ask(undefined)).value as number,
    async run(name) {
      const { value, heapBytes } = await ask(name);
      const outcome = value as Outcome;
      const { pods } = outcome.facts;
      // Only a whole world is kept until now.
      if (pods === undefined || outcome.facts['journalEntries'] === undefined) return outcome;
      const heap = { heapMB: Math.round(heapBytes / 1e5) / 10, bytesPerPod: Math.round(heapBytes / pods) };
      return { ...outcome, facts: { ...outcome.facts, ...heap } };
    },
    async close() {
      await browser.close();
      server.close();
    },
  };
}

interface Reply {
  readonly id: number;
  readonly result?: { readonly usedSize?: number; readonly backingStorageSize?: number };
}

/** Asks the newest worker of a page how much it holds. Chromium tells that only through the protocol of its tools. */
async function observeWorkers(session: CDPSession): Promise<{ heapBytes(): Promise<number> }> {
  let sessionId = '';
  let asked = 0;
  const waiting = new Map<number, (reply: Reply) => void>();
  session.on('Target.attachedToTarget', (event) => {
    ({ sessionId } = event);
  });
  session.on('Target.receivedMessageFromTarget', ({ message }) => {
    const reply = JSON.parse(message) as Reply;
    waiting.get(reply.id)?.(reply);
  });
  await session.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  const ask = (method: string) =>
    new Promise<Reply>((done) => {
      const id = ++asked;
      waiting.set(id, done);
      void session.send('Target.sendMessageToTarget', {
        sessionId,
        message: JSON.stringify({ id, method, params: {} }),
      });
    });
  return {
    async heapBytes() {
      await ask('HeapProfiler.collectGarbage');
      const { result } = await ask('Runtime.getHeapUsage');
      return (result?.usedSize ?? 0) + (result?.backingStorageSize ?? 0);
    },
  };
}
