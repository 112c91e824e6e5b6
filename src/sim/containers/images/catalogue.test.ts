import { describe, expect, it } from 'vitest';
import { Simulation } from '../../engine/simulation.ts';
import { Registries } from '../registry/registries.ts';
import { addRegistries, catalogue } from './catalogue.ts';
import { imageSize } from './image.ts';
import { parseReference } from './reference.ts';

const find = (name: string) => catalogue().find(({ names }) => names.includes(name))!.images;
const paths = (name: string) => find(name)[0]!.layers.flatMap(({ entries }) => entries.map(({ path }) => path));

describe('the catalogue', () => {
  it('has every image for both processors, with programs for each', () => {
    for (const { names, images } of catalogue()) {
      expect(
        images.map(({ config }) => config.architecture),
        names[0],
      ).toEqual(['amd64', 'arm64']);
      const machines = images.map(({ layers }) => [
        ...new Set(
          layers.flatMap(({ entries }) =>
            entries.flatMap(({ content }) => (content?.kind === 'elf' ? [content.elf.machine] : [])),
          ),
        ),
      ]);
      expect(machines, names[0]).toEqual([['x86_64'], ['aarch64']]);
    }
  });

  it('has the library of each program in its layers, and not the other one', () => {
    expect(paths('harbour/storefront:2.0')).toContain('/usr/lib/x86_64-linux-gnu/libtls.so.1');
    expect(paths('harbour/storefront:2.0')).not.toContain('/usr/lib/x86_64-linux-gnu/libtls.so.3');
    expect(paths('harbour/payments:1.5')).toContain('/usr/lib/x86_64-linux-gnu/libtls.so.3');
    expect(paths('harbour/payments:1.5')).not.toContain('/usr/lib/x86_64-linux-gnu/libtls.so.1');
  });

  it('shares layers between two versions of a program: only the program differs', () => {
    const [a, b] = ['harbour/payments:1.5', 'harbour/payments:1.6'].map((name) => find(name)[0]!.layers);
    const same = a!.filter(({ digest }, i) => digest === b![i]!.digest);
    expect(same).toHaveLength(a!.length - 1);
  });

  it('keeps one list of installed packages through the layers', () => {
    const [image] = find('harbour/payments:1.5');
    const status = image!.layers
      .flatMap(({ entries }) => entries)
      .findLast(({ path }) => path === '/var/lib/dpkg/status');
    const text = status?.content?.kind === 'text' ? status.content.text : '';
    expect([...text.matchAll(/^Package: (.*)$/gm)].map(([, name]) => name)).toEqual(
      expect.arrayContaining(['libc6', 'bash', 'libtls3', 'ca-certificates']),
    );
  });

  it.each([
    ['debian:12-slim', 60, 90],
    ['nginx:1.27', 170, 210],
    ['python:3.12-slim', 100, 140],
    ['busybox:1.36', 2, 16],
  ])('%s weighs between %s and %s MB', (name, low, high) => {
    const megabytes = imageSize(find(name)[0]!) / 1e6;
    expect(megabytes).toBeGreaterThan(low);
    expect(megabytes).toBeLessThan(high);
  });

  it('stands in the registries under all names, and in the shop’s own nothing', () => {
    const registries = new Registries(new Simulation({ seed: 1, epochMs: 0, detail: 'full' }));
    addRegistries(registries);
    const digest = (name: string) => registries.resolve(parseReference(name)).digest;
    expect(digest('nginx')).toBe(digest('nginx:1.27'));
    expect(registries.list('registry.harbour.example')).toEqual([]);
    expect(registries.refusesPush(parseReference('nginx:mine'))).toBeDefined();
    expect(registries.refusesPush(parseReference('registry.harbour.example/payments'))).toBeUndefined();
  });
});
