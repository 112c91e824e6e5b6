// The layers of ARCHITECTURE.md, guarded: an import may only point down, and the simulator has no way to know the
// real time, to draw a real random number, or to depend on an engine's arithmetic.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '../..');
const src = join(root, 'src');

/** From the top down. A file may import from its own layer and from those below. */
const layers: readonly (readonly string[])[] = [
  ['content.config.ts', 'content'],
  ['components'],
  ['draw'],
  ['hosts'],
  ['shell'],
  ['sim'],
];

/** Inside the simulator, from the top down. */
const simLayers: readonly (readonly string[])[] = [
  ['index.ts', 'timeline.ts', 'snapshot.ts', 'cell-snapshot.ts'],
  ['world.ts', 'stowage.ts'],
  ['scenario.ts'],
  ['kubernetes'],
  ['machines'],
  ['base-timeline.ts', 'ledger.ts', 'diff.ts'],
  ['containers'],
  ['linux'],
  ['workload', 'traffic'],
  ['api'],
  ['engine'],
];

/**
 * Imports that point up on purpose, each with its reason.
 * - the words of the page are data without imports of their own; components and drawings get their types from them
 * - the .astro shells of islands run while the site is built: they look up the scenario or exercise that a lesson names
 *   and name the page's one worker; the islands themselves get plain data
 * - a kubelet's images are named as an engine's are: one parser of references, which knows nothing else
 * - the network in `traffic` picks endpoints as kube-proxy does, from the cluster's own objects
 */
const allowed: readonly (readonly [from: RegExp, to: RegExp])[] = [
  [/^(components|draw)\//, /^content\/(strings\/|course\.ts)/],
  [/^components\/.*\.astro$/, /^content\/(scenarios\/|exercises\/|machines\/|figures\.ts|cell\.ts|world\.|machine\.)/],
  [/^sim\/workload\/images\.ts$/, /^sim\/containers\/images\/reference\.ts$/],
  [/^sim\/traffic\//, /^sim\/kubernetes\/(cluster|objects|store|network\/|kubelet\/contract)/],
];

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .map((name) => name.replaceAll('\\', '/'))
    .filter(
      (name) => /\.(ts|tsx|astro|mdx)$/.test(name) && !/\.test\.tsx?$/.test(name) && !name.endsWith('testing.ts'),
    );
}

function imports(file: string): string[] {
  const text = readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\//g, '');
  return [
    ...text.matchAll(
      /(?:^|\n)\s*(?:import|export)\s[^;'"]*?from\s*['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)|import\s+['"]([^'"]+)['"]/g,
    ),
  ].map((m) => m[1] ?? m[2] ?? m[3] ?? '');
}

function layerOf(path: string, order: readonly (readonly string[])[]): number {
  return order.findIndex((names) => names.some((name) => path === name || path.startsWith(`${name}/`)));
}

describe('layers', () => {
  const all = files(src);

  it('finds the code it guards', () => {
    expect(all.length).toBeGreaterThan(100);
  });

  it('every file belongs to a layer', () => {
    const lost = all.filter((file) => layerOf(file, layers) < 0 && !file.startsWith('styles/'));
    expect(lost).toEqual([]);
  });

  it('arrows only go down', () => {
    const wrong: string[] = [];
    for (const file of all) {
      for (const target of imports(join(src, file))) {
        if (!target.startsWith('.')) continue;
        const to = relative(src, resolve(dirname(join(src, file)), target)).replaceAll('\\', '/');
        if (to.startsWith('..') || allowed.some(([a, b]) => a.test(file) && b.test(to))) continue;
        const from = layerOf(file, layers);
        const below = layerOf(to, layers);
        if (below >= 0 && below < from) wrong.push(`${file} → ${to}`);
        if (file.startsWith('sim/') && to.startsWith('sim/')) {
          const a = layerOf(file.slice(4), simLayers);
          const b = layerOf(to.slice(4), simLayers);
          if (a < 0) wrong.push(`${file} is in no layer of the simulator`);
          else if (b >= 0 && b < a) wrong.push(`${file} → ${to}`);
        }
      }
    }
    expect(wrong).toEqual([]);
  });

  it('the simulator imports nothing but itself', () => {
    const outside = all
      .filter((file) => file.startsWith('sim/'))
      .flatMap((file) =>
        imports(join(src, file))
          .filter(
            (target) =>
              (!target.startsWith('.') && target !== '@noble/hashes/sha2.js' && target !== '@noble/hashes/utils.js') ||
              relative(join(src, 'sim'), resolve(dirname(join(src, file)), target)).startsWith('..'),
          )
          .map((target) => `${file} → ${target}`),
      );
    expect(outside).toEqual([]);
  });
});

describe('determinism', () => {
  const forbidden: readonly (readonly [RegExp, string])[] = [
    // A time that is given may be taken apart: `new Date(ms).toISOString()` is the same everywhere.
    [/\bDate\.(now|parse)\b|\bnew Date\(\s*\)|(?<!new )\bDate\(/, 'the wall clock'],
    [/\bperformance\s*\./, 'the wall clock'],
    [/\bMath\.random\b/, 'real chance'],
    [/\b(crypto|globalThis)\s*\./, 'the outside'],
    [/\b(setTimeout|setInterval|setImmediate|queueMicrotask|requestAnimationFrame)\b/, 'real time'],
    [/\bPromise\b|\basync\b|\bawait\b/, 'the order of promises'],
    [/\bfetch\s*\(/, 'the network'],
    [/\bIntl\b|\btoLocale\w*\b|\blocaleCompare\b/, 'the locale'],
    [
      /\bMath\.(log|log2|log10|log1p|exp|expm1|pow|sin|cos|tan|asin|acos|atan|atan2|sinh|cosh|tanh|cbrt|hypot)\b|(?<!\b2 |\dn )\*\*/,
      'arithmetic that differs between engines',
    ],
    [/\bWeakRef\b|\bFinalizationRegistry\b/, 'the garbage collector'],
    [/\blocalStorage\b/, 'the outside'],
  ];

  it.each(files(join(src, 'sim')))('src/sim/%s has no source of it', (file) => {
    // Comments and the text of strings may say what they like.
    const code = readFileSync(join(src, 'sim', file), 'utf8')
      .replaceAll(/\/\*[\s\S]*?\*\//g, '')
      .replaceAll(/(^|[^:'"`])\/\/.*$/gm, '$1')
      .replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, "''");
    const found = forbidden.filter(([pattern]) => pattern.test(code)).map(([, what]) => what);
    expect(found).toEqual([]);
  });
});
