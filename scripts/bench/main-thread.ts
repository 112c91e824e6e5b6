// `npm run bench:page [-- --json]`: how long the page of the built site is kept from answering while a large cell fills.
// In Chromium, 1,000 and 5,000 nodes, 10,000 pods, as fast as the worker goes. The longest gap is the longest time
// between two animation frames; long tasks are those that the browser itself reports (50 ms and more). Beside it stand
// the calibration loop, the longest gap of the same page at rest, and the processor time of the busiest task, which does
// not grow when other programs keep the machine busy. Prints; never judges.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, resolve } from 'node:path';
import { chromium, type Page } from '@playwright/test';
import { findBrowser } from '../browser.ts';

const SIZES = ['1,000', '5,000'] as const;
const REST_MS = 3_000;
const LONGEST_RUN_MS = 180_000;
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
};

const args = process.argv.slice(2);
const json = args.includes('--json');
const dist = resolve(args.find((arg) => !arg.startsWith('--')) ?? 'dist');
const path = pageWithCell();
const executablePath = findBrowser();
if (path === undefined || executablePath === null) {
  console.error(
    path === undefined
      ? `bench:page: no page with a large cell in ${dist}; run \`npm run build\` first`
      : 'bench:page: there is no Chromium; set PW_CHROMIUM to the path of one',
  );
  process.exit(2);
}

const server = createServer((request, response) => {
  const asked = decodeURIComponent(new URL(request.url ?? '/', 'http://localhost').pathname);
  const file = join(dist, asked.endsWith('/') ? `${asked}index.html` : asked);
  if (!file.startsWith(dist) || !existsSync(file)) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
  response.end(readFileSync(file));
});
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
const { port } = server.address() as AddressInfo;

const browser = await chromium.launch({
  ...(executablePath === undefined ? {} : { executablePath }),
  args: ['--no-sandbox', '--disable-gpu'],
});
try {
  for (const size of SIZES) await measure(size);
} finally {
  await browser.close();
  server.close();
}

/** Two runs of the same world: one with nothing but the page's own clock, and one traced, because tracing takes its time. */
async function measure(size: (typeof SIZES)[number]): Promise<void> {
  const page = await open(size);
  const loop = await page.evaluate(() => {
    const began = performance.now();
    let x = 1;
    for (let i = 0; i < 50_000_000; i++) x = (Math.imul(x, 1_664_525) + 1_013_904_223) | 0;
    return performance.now() - began + (x === 0 ? 1 : 0);
  });
  const rest = await watched(page, () => page.waitForTimeout(REST_MS));
  const began = Date.now();
  const run = await watched(page, () => rollOut(page));
  const seconds = (Date.now() - began) / 1000;
  await page.close();

  const traced = await open(size);
  await browser.startTracing(traced, { categories: ['disabled-by-default-devtools.timeline', '__metadata'] });
  await rollOut(traced);
  const busiest = busiestTask(await browser.stopTracing());
  await traced.close();

  const ms = (value: number) => `${value.toFixed(1)} ms`;
  console.log(
    `main thread, 10,000 pods on ${size} nodes: longest gap ${ms(run.longest)} (${ms(rest.longest)} at rest), ` +
      `99 of 100 frames within ${ms(run.p99)}, ${String(run.frames)} frames in ${seconds.toFixed(1)} s\n` +
      `  ${String(run.longTasks)} long tasks${run.longTasks > 0 ? `, the longest ${ms(run.longestTask)}` : ''}; ` +
      `processor time of the busiest task ${ms(busiest)}; calibration loop ${ms(loop)}`,
  );
  const name = `main-thread-${size.replace(',', '')}`;
  if (json) console.log(JSON.stringify({ name, ...run, busiest, rest: rest.longest, calibration: loop }));
}

/** The page with an empty cell of this size. */
async function open(size: string): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  await page.goto(`http://127.0.0.1:${String(port)}${path ?? ''}`);
  const cell = page.locator('[data-cell]');
  await cell.scrollIntoViewIfNeeded();
  await cell.locator('button.play').waitFor();
  // The size that is chosen already has no world before the reader asks for one.
  for (const nodes of ['5', size]) {
    const choice = new RegExp(`^${nodes}$`);
    await cell.locator('.choices').first().locator('label', { hasText: choice }).click();
    await cell.locator('.tally', { hasText: `${nodes} nodes` }).waitFor();
  }
  await cell.locator('select').selectOption('60');
  return page;
}

async function rollOut(page: Page): Promise<void> {
  await page.locator('[data-cell] button.play').click();
  await page.waitForFunction(
    () => document.querySelector('[data-cell] .tally')?.textContent.startsWith('10,000 of 10,000 ') === true,
    undefined,
    { timeout: LONGEST_RUN_MS, polling: 250 },
  );
}

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Processor time of its thread, microseconds: what is left when other programs hold the processor is not counted. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}

/** The most processor time that one task of a page's main thread took, ms. */
function busiestTask(trace: Buffer): number {
  const { traceEvents } = JSON.parse(trace.toString()) as { readonly traceEvents: readonly TraceEvent[] };
  const main = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(({ pid, tid }) => `${String(pid)} ${String(tid)}`),
  );
  let most = 0;
  for (const { name, pid, tid, tdur = 0 } of traceEvents)
    if (name === 'RunTask' && main.has(`${String(pid)} ${String(tid)}`)) most = Math.max(most, tdur);
  return most / 1000;
}

interface Watched {
  readonly longest: number;
  readonly p99: number;
  readonly frames: number;
  readonly longTasks: number;
  readonly longestTask: number;
}

/** What the page's own clock saw while `act` went on. */
async function watched(page: Page, act: () => Promise<unknown>): Promise<Watched> {
  await page.evaluate(() => {
    const record = { gaps: [] as number[], tasks: [] as number[], on: true };
    (globalThis as { benchRecord?: typeof record }).benchRecord = record;
    let last = performance.now();
    const frame = () => {
      const now = performance.now();
      record.gaps.push(now - last);
      last = now;
      if (record.on) requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    new PerformanceObserver((list) => {
      if (record.on) for (const entry of list.getEntries()) record.tasks.push(entry.duration);
    }).observe({ type: 'longtask' });
  });
  await act();
  return page.evaluate(() => {
    const record = (globalThis as { benchRecord?: { gaps: number[]; tasks: number[]; on: boolean } }).benchRecord;
    if (!record) throw new Error('nothing was recorded');
    record.on = false;
    const gaps = [...record.gaps].sort((a, b) => a - b);
    return {
      longest: gaps.at(-1) ?? 0,
      p99: gaps[Math.floor(gaps.length * 0.99)] ?? 0,
      frames: gaps.length,
      longTasks: record.tasks.length,
      longestTask: Math.max(0, ...record.tasks),
    };
  });
}

function pageWithCell(): string | undefined {
  if (!existsSync(dist)) return undefined;
  const file = readdirSync(dist, { recursive: true, encoding: 'utf8' }).find(
    (name) => name.endsWith('index.html') && /<figure[^>]*\bdata-cell\b/.test(readFileSync(join(dist, name), 'utf8')),
  );
  return file === undefined ? undefined : `/${file.replaceAll('\\', '/').replace(/index\.html$/, '')}`;
}
