// What the tests of writing commands share: one pair of worlds for a list of lines, each typed into both.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { build } from '../../../src/content/scenarios/crash-loop.ts';
import { Parity, realKubectl, type RunOptions, whyNot } from './harness.ts';
import { manifests } from './manifests.ts';
import { moreManifests } from './write-manifests.ts';

type Line = string | readonly [line: string, options: RunOptions];

const files = { ...manifests, ...moreManifests };

export function suite(title: string, lines: readonly Line[]): void {
  describe.skipIf(realKubectl === undefined)(`${title}${whyNot(title)}`, () => {
    let parity: Parity;
    beforeAll(async () => {
      parity = await Parity.start({ scenario: build({ replicas: 2 }), startMs: 120_000, files });
    }, 60_000);
    afterAll(() => parity.close());
    for (const entry of lines) {
      const [line, options] = typeof entry === 'string' ? [entry, {}] : entry;
      test(line, { timeout: 40_000 }, async () => {
        const { real, page } = await parity.run(line, options);
        expect(page).toEqual(real);
      });
    }
  });
}
