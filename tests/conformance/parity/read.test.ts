// The commands that read: what the real kubectl prints for a world full of things, the page's prints too, to the byte.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Outcome, Parity, realKubectl, whyNot } from './harness.ts';
import { reading, type Suite } from './suites.ts';

/** Every line starts a real client, which takes its time where many run at once. */
const PATIENCE_MS = 600_000;

const reason = whyNot('read.test.ts');

/** Each suite has worlds of its own: a command that waits carries its world far past the real clock. */
function worlds({ world }: Suite): () => Parity {
  let parity: Parity | undefined;
  beforeAll(async () => {
    parity = await Parity.start(world);
  }, PATIENCE_MS);
  afterAll(() => parity?.close());
  return () => parity as Parity;
}

/** Tries in which the world did not change while the real client was looking at it. */
const TRIES = 8;

/**
 * A real client counts ages from the real clock, which it reads anew for each object, at moments between its start and
 * its end. So the page, whose clock stood at the start, is shown each second in between, and every line must be the
 * line of one of them.
 */
async function atSomeSecond(both: Parity, line: string): Promise<{ real: Outcome; page: Outcome }> {
  both.advance(Math.max(0, Math.floor(Date.now() / 1000) * 1000 - both.nowUnixMs));
  const { real, page } = await both.run(line, { thenMs: 0 });
  const seconds = [page.stdout.split('\n')];
  for (const endedAt = Date.now(); both.nowUnixMs + 1000 <= endedAt;) {
    both.advance(1000);
    seconds.push((await both.runPage(line)).stdout.split('\n'));
  }
  const wanted = real.stdout.split('\n');
  const shown = page.stdout
    .split('\n')
    .map((text, n) => seconds.find((lines) => lines[n] === wanted[n])?.[n] ?? text)
    .join('\n');
  return { real, page: { ...page, stdout: shown } };
}

for (const suite of reading) {
  describe.skipIf(realKubectl === undefined)(`${suite.title}${reason}`, () => {
    const parity = worlds(suite);
    for (const [subject, lines] of Object.entries(suite.lines)) {
      test(
        `${subject} (${String(lines.length)} lines)`,
        async () => {
          for (const entry of lines) {
            const [line, options] = typeof entry === 'string' ? [entry, {}] : entry;
            const once = () =>
              suite.aged ? atSomeSecond(parity(), line) : parity().run(line, { thenMs: suite.thenMs, ...options });
            let { real, page } = await once();
            for (let n = 1; suite.aged && n < TRIES && page.stdout !== real.stdout; n++)
              ({ real, page } = await once());
            expect({ line, ...page }).toEqual({ line, ...real });
          }
        },
        PATIENCE_MS,
      );
    }
  });
}
