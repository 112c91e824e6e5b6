// `npm run budgets`: gzip bytes that a reader loads, page by page, against the limits of DESIGN. Run on a built site.
//  - text page: all script that a page without a figure loads, inline scripts included;
//  - live page: the same for a page with a figure, before the terminal opens;
//  - worker: the simulator alone, as a live figure loads it; with kubectl; and with the shell, which is everything that
//    the worker loads until the first `kubectl get pods`;
//  - machine worker: the same on pages whose worlds are Linux machines.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';

const dist = resolve('dist');
const KB = 1000;
const limits = {
  text: 12 * KB,
  live: 60 * KB,
  worker: 235 * KB,
  kubectl: 270 * KB,
  terminal: 330 * KB,
  machine: 150 * KB,
  machineShell: 220 * KB,
};

if (!existsSync(dist)) {
  console.error('budgets: there is no dist/; run `npm run build` first');
  process.exit(2);
}

const size = (file: string) => gzipSync(readFileSync(file), { level: 9 }).length;
let passed = 0;
let failed = 0;

function report(what: string, bytes: number, limit: number, detail: string): void {
  const good = bytes <= limit && bytes > 0;
  if (good) passed++;
  else failed++;
  console.log(
    `${good ? 'ok    ' : 'OVER  '} ${what.padEnd(44)} ${(bytes / KB).toFixed(1).padStart(6)} kB of ${(limit / KB).toFixed(0).padStart(3)}  ${detail}`,
  );
}

/** The file and all that it imports statically; those behind `import()` load later and do not count here. */
function closure(entries: readonly string[]): Set<string> {
  const seen = new Set<string>();
  const todo = [...entries];
  for (let file = todo.pop(); file !== undefined; file = todo.pop()) {
    if (seen.has(file) || !existsSync(file)) continue;
    seen.add(file);
    const text = readFileSync(file, 'utf8');
    for (const m of text.matchAll(
      /(?:^|[;}\s])(?:import|export)\s*(?:[\w$*{},\s]+?\s*from\s*)?["'](\.{1,2}\/[^"']+\.js)["']/g,
    ))
      todo.push(resolve(dirname(file), m[1] ?? ''));
  }
  return seen;
}

/** The file and everything that it may ever load. */
function reach(entry: string): Set<string> {
  const seen = new Set<string>();
  const todo = [entry];
  for (let file = todo.pop(); file !== undefined; file = todo.pop()) {
    if (seen.has(file) || !existsSync(file)) continue;
    seen.add(file);
    for (const m of readFileSync(file, 'utf8').matchAll(/["'`](\.{1,2}\/[^"'`]+\.js)["'`]/g))
      todo.push(resolve(dirname(file), m[1] ?? ''));
  }
  return seen;
}

const INLINE = /<script\b(?![^>]*\bsrc=)([^>]*)>([\s\S]*?)<\/script>/gi;

function page(html: string): { readonly live: boolean; readonly bytes: number; readonly detail: string } {
  const at = (url: string) => join(dist, url);
  const scripts = [...html.matchAll(/<script\b[^>]*\bsrc="(\/[^"]+)"/g)].map((m) => at(m[1] ?? ''));
  const islands = [...html.matchAll(/\b(?:component-url|renderer-url|before-hydration-url)="(\/[^"]+)"/g)].map((m) =>
    at(m[1] ?? ''),
  );
  const preloads = [...html.matchAll(/<link\b[^>]*rel="modulepreload"[^>]*href="(\/[^"]+)"/g)].map((m) =>
    at(m[1] ?? ''),
  );
  const inline = [...html.matchAll(INLINE)].map((m) => m[2] ?? '').join('\n');
  const files = closure([...scripts, ...islands, ...preloads]);
  const external = [...files].reduce((sum, file) => sum + size(file), 0);
  const inlined = gzipSync(inline, { level: 9 }).length;
  return {
    live: html.includes('data-live'),
    bytes: external + inlined,
    detail: `${String(files.size)} files ${(external / KB).toFixed(1)} kB, inline ${(inlined / KB).toFixed(1)} kB`,
  };
}

for (const file of readdirSync(dist, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.html'))
  .sort()) {
  const { live, bytes, detail } = page(readFileSync(join(dist, file), 'utf8'));
  const name = `/${file.replaceAll('\\', '/').replace(/index\.html$/, '')}`;
  report(`${live ? 'live' : 'text'} page ${name}`, bytes, live ? limits.live : limits.text, detail);
}

const assets = join(dist, '_astro');
const total = (files: Set<string>) => [...files].reduce((sum, file) => sum + size(file), 0);
const part = (what: string, files: Set<string>, limit: number) => {
  report(what, total(files), limit, `${String(files.size)} files`);
};
/** A worker's entry, and its own chunks by name: each worker is built by itself. */
function workerOf(kind: string): { readonly entry: string; readonly named: (pattern: RegExp) => string[] } | undefined {
  const file = readdirSync(assets).find((name) => name.startsWith(`${kind}.worker`) && name.endsWith('.js'));
  if (file !== undefined) {
    const entry = join(assets, file);
    const chunks = [...reach(entry)];
    return { entry, named: (pattern) => chunks.filter((chunk) => pattern.test(chunk.slice(assets.length + 1))) };
  }
  failed++;
  console.log(`OVER   the ${kind} worker was not found in the build`);
  return undefined;
}
const world = workerOf('world');
if (world) {
  const { entry, named } = world;
  part('worker: the simulator, for a live figure', closure([entry]), limits.worker);
  part('worker: simulator and kubectl', closure([entry, ...named(/^(kubectl|get)[.-]/)]), limits.kubectl);
  part(
    'worker: all that the first `kubectl get pods` needs',
    closure([entry, ...named(/^(with-shell|kubectl|get)[.-]/)]),
    limits.terminal,
  );
}
const machine = workerOf('machine');
if (machine) {
  part('machine worker: for a live figure', closure([machine.entry]), limits.machine);
  part(
    'machine worker: with the shell',
    closure([machine.entry, ...machine.named(/^with-shell[.-]/)]),
    limits.machineShell,
  );
}

console.log(`\nbudgets: ${String(passed)} passed, ${String(failed)} failed`);
process.exit(failed === 0 ? 0 : 1);
