// The order of versions against the real dpkg: pairs are made from a seed, what dpkg said was recorded, and where dpkg is at
// hand some of them are asked again.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { randomFrom } from './solver/generated.ts';
import { compareVersions, satisfies, versionProblem } from './version.ts';

const goldenPath = new URL('../../../../tests/data/apt/versions.txt', import.meta.url).pathname;
const count = 2400;

function pairs(): readonly (readonly [string, string])[] {
  const random = randomFrom(7);
  const part = (): string => {
    const kinds = [
      () => String(random(12)),
      () => `0${random(3)}`,
      () => '~',
      () => '~rc',
      () => '+',
      () => '.',
      () => ['a', 'b', 'z', 'A', 'deb', 'dfsg', 'git', 'bpo'][random(8)] ?? '',
      () => String(random(2000)),
    ];
    return kinds[random(kinds.length)]?.() ?? '';
  };
  const version = (): string => {
    const epoch = random(10) === 0 ? `${random(3)}:` : '';
    const upstream = `${random(4)}${Array.from({ length: random(5) }, part).join('')}`;
    const revision = random(2) === 0 ? '' : `-${random(4)}${Array.from({ length: random(3) }, part).join('')}`;
    return `${epoch}${upstream}${revision}`;
  };
  const vary = (text: string): string => {
    const at = random(text.length + 1);
    const changed = text.slice(0, at) + part() + text.slice(at + random(2));
    return versionProblem(changed) === undefined ? changed : version();
  };
  return Array.from({ length: count }, () => {
    const first = version();
    return [first, random(3) === 0 ? version() : vary(first)] as const;
  });
}

const real = 'dpkg';
const present = spawnSync(real, ['--version']).error === undefined;

/** `<`, `=` or `>` for each pair. */
function ask(list: readonly (readonly [string, string])[]): string {
  const script =
    'while read -r a b; do if dpkg --compare-versions "$a" lt "$b"; then printf "<"; ' +
    'elif dpkg --compare-versions "$a" eq "$b"; then printf "="; else printf ">"; fi; done';
  return spawnSync('bash', ['-c', script], {
    input: list.map((pair) => pair.join(' ')).join('\n') + '\n',
    encoding: 'utf8',
  }).stdout;
}

if (process.env['RECORD_VERSIONS'] !== undefined) writeFileSync(goldenPath, `${ask(pairs())}\n`);
const golden = existsSync(goldenPath) ? readFileSync(goldenPath, 'utf8').trim() : '';

describe('versions are ordered as dpkg orders them', () => {
  test(`${count} generated pairs`, () => {
    expect(golden).toHaveLength(count);
    const wrong = pairs().filter(([a, b], index) => {
      const order = compareVersions(a, b);
      return (order < 0 ? '<' : order > 0 ? '>' : '=') !== golden.charAt(index);
    });
    expect(wrong).toEqual([]);
    expect(new Set(golden)).toEqual(new Set(['<', '=', '>']));
  });

  test.skipIf(!present)(
    'the real one says so still',
    () => {
      const some = pairs().filter((_, index) => index % 60 === 0);
      expect(ask(some)).toBe([...golden].filter((_, index) => index % 60 === 0).join(''));
    },
    60_000,
  );

  test.each([
    ['1.0~rc1', '<<', '1.0', true],
    ['1:0.9', '>>', '1.0', true],
    ['1.0-1', '>>', '1.0', true],
    ['1.10', '>>', '1.9', true],
    ['1.0', '=', '1.00', true],
    ['1.0+b1', '>=', '1.0', true],
    ['1.0a', '<=', '1.0+', true],
  ] as const)('%s %s %s', (a, relation, b, holds) => {
    expect(satisfies(a, relation, b)).toBe(holds);
  });
});
