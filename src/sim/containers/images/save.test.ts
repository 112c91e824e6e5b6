import { expect, it } from 'vitest';
import { Simulation } from '../../engine/simulation.ts';
import { plainEntries } from '../../linux/files/populate.ts';
import { readArchive, writeArchive } from './archive.ts';
import { catalogue } from './catalogue.ts';
import { loadImages, saveImages } from './save.ts';
import { ImageStore } from './store.ts';

const images = catalogue().find(({ names }) => names.includes('harbour/payments:1.5'))!.images;

it('an image comes back from its archive as the same image', () => {
  const sim = new Simulation({ seed: 1, epochMs: 0, detail: 'full' });
  const [here, there] = [new ImageStore(sim, 'harbour'), new ImageStore(sim, 'island')];
  const [image] = images;
  here.add(image!);
  here.tag(image!.id, 'harbour/payments:1.5');
  const archive = saveImages(here, ['harbour/payments:1.5']);
  expect(loadImages(there, archive)).toEqual(['Loaded image: harbour/payments:1.5']);
  expect(there.get('harbour/payments:1.5').image).toEqual(image);
  expect(loadImages(there, saveImages(here, [image!.id]))).toEqual([`Loaded image ID: ${image!.id}`]);
  expect(() => saveImages(here, ['nope'])).toThrow('No such image: nope:latest');
});

it('an archive keeps all that an entry says', () => {
  const long = `/d/${'x'.repeat(120)}`;
  const entries = plainEntries(
    {
      '/d': { directory: true, mode: 0o1777, mtimeMs: 4000 },
      [long]: { text: 'é\n', mode: 0o4755, uid: 3, gid: 4 },
      '/l': { symlink: `..${long}` },
      '/h': { hardlink: long },
      '/o': { opaque: { sizeBytes: 5_000_000, id: 'big', magic: 'data' } },
      '/c': { char: { major: 1, minor: 3 } },
    },
    7000,
  );
  expect(readArchive(writeArchive(entries))).toEqual(entries);
});

it.each([
  ['x', 'unexpected EOF'],
  ['x'.repeat(1024), 'archive/tar: invalid tar header'],
])('what is no archive is refused', (bytes, message) => expect(() => readArchive(bytes)).toThrow(message));
