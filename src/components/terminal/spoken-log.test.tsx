import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { plainText, SpokenLog } from './spoken-log.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

it('hears text without colours, cursor moves and titles', () => {
  expect(plainText('\x1b[1;31mred\x1b[m \x1b]0;title\x07and\x1b[2K plain\r\n')).toBe('red and plain\n');
  expect(plainText('10%\r50%\rdone\n')).toBe('done\n');
});

it('speaks in one piece what came in many, and not at once', () => {
  const region = document.createElement('div');
  const log = new SpokenLog(region, '{n} skipped');
  log.say('NAME   REA');
  log.say('DY\nweb-0  1/1\n\n');
  expect(region.childElementCount).toBe(0);
  vi.runAllTimers();
  expect([...region.children].map((line) => line.textContent)).toEqual(['NAME   READY', 'web-0  1/1']);
});

it('of a flood speaks the end, and says how much it left out', () => {
  const region = document.createElement('div');
  const log = new SpokenLog(region, '{n} skipped');
  for (let i = 1; i <= 100; i++) log.say(`line ${i}\n`);
  vi.runAllTimers();
  const lines = [...region.children].map((line) => line.textContent);
  expect(lines).toHaveLength(21);
  expect([lines[0], lines[1], lines.at(-1)]).toEqual(['80 skipped', 'line 81', 'line 100']);
  log.say('after\n');
  vi.runAllTimers();
  expect(region.childElementCount).toBe(21);
  expect(region.lastElementChild?.textContent).toBe('after');
});
