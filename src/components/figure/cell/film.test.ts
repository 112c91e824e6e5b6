import { describe, expect, it } from 'vitest';
import type { CellLoad } from '../../../sim/cell-snapshot.ts';
import { Film } from './film.ts';

function pictureAt(at: number) {
  const load: CellLoad = {
    cpuMilli: new Int32Array(0),
    memoryMi: new Int32Array(0),
    pods: new Uint16Array(0),
    flags: new Uint8Array(0),
    counts: { pods: at, bound: 0, running: 0, ready: 0, waiting: 0, nodes: 0, notReady: 0 },
  };
  return { at, load };
}

describe('the pictures of a cell', () => {
  it('are kept a second apart, and each moment has the newest that is not later', () => {
    const film = new Film();
    for (let at = 0; at <= 10_000; at += 50) film.add(pictureAt(at));
    expect(film.length).toBe(11);
    expect(film.at(4_999)?.at).toBe(4_000);
    expect(film.at(99_999)?.at).toBe(10_000);
    expect(film.beside(4_000, 1)?.at).toBe(5_000);
    expect(film.beside(4_000, -1)?.at).toBe(3_000);
    expect(film.beside(10_000, 1)).toBeUndefined();
    expect(film.beside(0, -1)).toBeUndefined();
  });

  it('stay few, the first among them, however long the run is', () => {
    const film = new Film();
    for (let at = 0; at <= 1_800_000; at += 250) film.add(pictureAt(at));
    expect(film.length).toBeLessThanOrEqual(240);
    expect(film.spacing).toBe(8_000);
    expect(film.at(0)?.at).toBe(0);
    expect(film.at(1_800_000)?.at).toBeGreaterThan(1_800_000 - film.spacing);
  });

  it('begin anew from a moment that was rewound to', () => {
    const film = new Film();
    for (let at = 0; at <= 60_000; at += 1_000) film.add(pictureAt(at));
    film.add(pictureAt(20_500));
    expect(film.at(60_000)?.at).toBe(20_000);
    film.add(pictureAt(21_000));
    expect(film.at(60_000)?.at).toBe(21_000);
  });
});
