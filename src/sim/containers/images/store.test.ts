import { describe, expect, it } from 'vitest';
import { Simulation } from '../../engine/simulation.ts';
import { plainEntries } from '../../linux/files/populate.ts';
import { deleteImage, isDangling, pruneImages, type ImageUser } from './delete.ts';
import { shortId } from './digest.ts';
import { imageHistory } from './history.ts';
import { type Image, imageSize, indexOf, makeImage, manifestOf, rfc3339 } from './image.ts';
import { chainIds, makeLayer, type Layer } from './layer.ts';
import { parseReference, withDigest } from './reference.ts';
import { ImageStore } from './store.ts';

const created = '2026-11-01T00:00:00Z';
const F64 = 'f'.repeat(64);
const text = (name: string, content = name): Layer => makeLayer(plainEntries({ [`/opt/${name}`]: content }));

function image(layers: readonly Layer[], cmd = 'run'): Image {
  const history = [
    ...layers.map((_, i) => ({ created, created_by: `COPY ${String(i)}`, comment: 'buildkit.dockerfile.v0' })),
    { created, created_by: `CMD ["${cmd}"]`, empty_layer: true },
  ];
  return makeImage({ created, architecture: 'amd64', os: 'linux', config: { Cmd: [cmd] }, history }, layers);
}

function setup() {
  const sim = new Simulation({ seed: 1, epochMs: 0, detail: 'full' });
  return { sim, store: new ImageStore(sim, 'harbour') };
}

describe('layers', () => {
  it('have one digest for equal files in any order, and another for any difference', () => {
    const files = { '/a': 'one', '/d/b': { text: 'two', mode: 0o600 }, '/c': { symlink: 'a' } };
    const entries = plainEntries(files, 5);
    const layer = makeLayer(entries);
    expect(makeLayer([...entries].reverse()).diffId).toBe(layer.diffId);
    const others = [
      plainEntries({ ...files, '/a': 'One' }, 5),
      plainEntries({ ...files, '/d/b': { text: 'two', mode: 0o644 } }, 5),
      plainEntries({ ...files, '/c': { symlink: 'b' } }, 5),
      plainEntries({ ...files, '/.wh.x': '' }, 5),
      plainEntries(files, 6),
    ];
    const ids = [layer, ...others.map(makeLayer)].map(({ diffId }) => diffId);
    expect(new Set(ids).size).toBe(6);
    expect(layer.digest).not.toBe(layer.diffId);
  });

  it('keep the digests that they have always had', () => {
    const layer = makeLayer(plainEntries({ '/etc/motd': 'Harbour Goods\n' }, 1_700_000_000_000));
    expect(layer.diffId).toMatchInlineSnapshot(
      `"sha256:933391e86ac4fa87149f162d1c04735be8629c3efb6dedc0db430c3737e24628"`,
    );
    expect(image([layer]).id).toMatchInlineSnapshot(
      `"sha256:0be92272bf9838adddefd099098e8ca73e51f9583d1437381171963116330818"`,
    );
  });

  it('weigh what their files weigh, and travel smaller', () => {
    const layer = makeLayer(
      plainEntries({ '/big': { opaque: { sizeBytes: 800_000, id: 'x', magic: 'data' } }, '/ä': 'é' }),
    );
    expect(layer).toMatchObject({ sizeBytes: 800_002, tarBytes: 512 * 2 + 512 + 800_256 + 1024 });
    expect(layer.compressedBytes).toBe(Math.ceil((layer.tarBytes * 3) / 8));
  });

  it('form chains: the first is its own, the next hashes both', () => {
    // Of OCI image-spec 1.1, config.md: ChainID(L0|L1) = Digest(ChainID(L0) + " " + DiffID(L1)).
    expect(chainIds(['sha256:a', 'sha256:b'])).toEqual([
      'sha256:a',
      'sha256:970a948bffa8de94d6e22d747ba8c95030e6e546909f98f54e99a13005e173a8',
    ]);
  });
});

describe('documents', () => {
  it('list what they consist of by digest and size', () => {
    const one = image([text('a'), text('b')]);
    const manifest = JSON.parse(manifestOf(one).text) as { config: object; layers: object[] };
    expect(manifest.config).toEqual({
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: one.id,
      size: one.configText.length,
    });
    expect(manifest.layers).toHaveLength(2);
    const index = JSON.parse(indexOf([one]).text) as { manifests: object[] };
    expect(index.manifests).toEqual([
      {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest: manifestOf(one).digest,
        size: manifestOf(one).text.length,
        platform: { architecture: 'amd64', os: 'linux' },
      },
    ]);
  });

  it.each([
    [0, '1970-01-01T00:00:00Z'],
    [1_500, '1970-01-01T00:00:01.5Z'],
    [10_100, '1970-01-01T00:00:10.1Z'],
    [10_000, '1970-01-01T00:00:10Z'],
  ])('write %s ms as %s', (ms, expected) => expect(rfc3339(ms)).toBe(expected));
});

describe('the store', () => {
  it('finds by name, full id, short id and digest', () => {
    const { store } = setup();
    const one = image([text('a')]);
    store.add(one);
    store.tag(one.id, 'payments:1.5');
    store.name(withDigest(parseReference('payments'), `sha256:${F64}`), one.id);
    for (const name of [
      'payments:1.5',
      one.id,
      one.id.slice(7),
      shortId(one.id),
      one.id.slice(7, 10),
      `payments@sha256:${F64}`,
      `payments:x@sha256:${F64}`,
    ])
      expect(store.get(name).image).toBe(one);
  });

  it.each([
    ['payments', 'No such image: payments:latest'],
    ['payments:9', 'No such image: payments:9'],
    [F64, `No such image: sha256:${F64}`],
    ['Payments', 'invalid reference format: repository name (library/Payments) must be lowercase'],
  ])('does not find %s', (name, message) => {
    expect(() => setup().store.get(name)).toThrow(message);
  });

  it('refuses an image of another platform', () => {
    const { store } = setup();
    const one = image([text('a')]);
    store.add(one);
    store.tag(one.id, 'a:1');
    expect(() => store.get('a:1', { os: 'linux', architecture: 'arm64', variant: 'v8' })).toThrow(
      'image with reference a:1 was found but its platform (linux/amd64) does not match the specified platform (linux/arm64/v8)',
    );
    expect(store.get('a:1', { os: 'linux', architecture: 'amd64' }).image).toBe(one);
  });

  it('moves a tag and never a digest', () => {
    const { store } = setup();
    const [one, two] = [image([text('a')]), image([text('b')])];
    for (const each of [one, two]) {
      store.add(each);
      store.tag(each.id, 'a:1');
    }
    expect(store.get('a:1').image).toBe(two);
    const digested = withDigest(parseReference('a'), `sha256:${F64}`);
    store.name(digested, one.id);
    expect(() => store.name(digested, two.id)).toThrow(`cannot overwrite digest sha256:${F64}`);
    expect(() => store.tag(one.id, `a@sha256:${F64}`)).toThrow('refusing to create a tag with a digest reference');
    expect(() => store.tag(one.id, 'sha256:1')).toThrow(
      'refusing to create an ambiguous tag using digest algorithm as name',
    );
  });

  it('counts shared layers once on the disk', () => {
    const { store } = setup();
    const base = text('base', 'x'.repeat(1000));
    for (const each of [image([base, text('a')]), image([base, text('bb')])]) store.add(each);
    expect(store.diskBytes()).toBe(1000 + 1 + 2);
    const [first] = store.all();
    expect(store.sharedBytes(first!.image.id)).toBe(1000);
    expect(imageSize(first!.image)).toBe(1001);
  });

  it('comes back as it was', () => {
    const { sim, store } = setup();
    const one = image([text('a')]);
    store.add(one);
    store.tag(one.id, 'a:1');
    const checkpoint = sim.checkpoint();
    deleteImage(store, [], 'a:1');
    expect(store.find('a:1')).toBeUndefined();
    sim.restore(structuredClone(checkpoint));
    expect(store.get('a:1').image.id).toBe(one.id);
  });
});

describe('removal', () => {
  const base = text('base');
  function shop() {
    const { store } = setup();
    const one = image([base, text('a')]);
    store.add(one);
    store.tag(one.id, 'payments:1.5');
    return { store, one };
  }
  const user = (imageId: string, running: boolean): ImageUser => ({ containerId: 'c'.repeat(64), imageId, running });

  it('says each name, the image and its layers from the top', () => {
    const { store, one } = shop();
    store.name(withDigest(parseReference('payments'), `sha256:${F64}`), one.id);
    const [below, top] = chainIds(one.config.rootfs.diff_ids);
    expect(deleteImage(store, [], 'payments:1.5')).toEqual({
      records: [
        { Untagged: 'payments:1.5' },
        { Untagged: `payments@sha256:${F64}` },
        { Deleted: one.id },
        { Deleted: top },
        { Deleted: below },
      ],
      freedBytes: 5,
    });
  });

  it('only takes the name while there is another', () => {
    const { store, one } = shop();
    store.tag(one.id, 'payments:stable');
    expect(deleteImage(store, [], 'payments:1.5').records).toEqual([{ Untagged: 'payments:1.5' }]);
    expect(store.tagsOf(one.id)).toEqual(['payments:stable']);
  });

  it('leaves layers that another image has', () => {
    const { store } = shop();
    store.add(image([base, text('b')]));
    expect(deleteImage(store, [], 'payments:1.5').records).toHaveLength(3);
  });

  it.each([
    [
      'a name whose image a container uses',
      'payments:1.5',
      true,
      false,
      (id: string) =>
        `conflict: unable to remove repository reference "payments:1.5" (must force) - container cccccccccccc is using its referenced image ${id}`,
    ],
    [
      'the id of a running container’s image',
      'id',
      true,
      false,
      (id: string) =>
        `conflict: unable to delete ${id} (cannot be forced) - image is being used by running container cccccccccccc`,
    ],
    [
      'it even with force',
      'id',
      true,
      true,
      (id: string) =>
        `conflict: unable to delete ${id} (cannot be forced) - image is being used by running container cccccccccccc`,
    ],
    [
      'the id of a stopped container’s image',
      'id',
      false,
      false,
      (id: string) =>
        `conflict: unable to delete ${id} (must be forced) - image is being used by stopped container cccccccccccc`,
    ],
  ])('refuses %s', (_, name, running, force, message) => {
    const { store, one } = shop();
    expect(() =>
      deleteImage(store, [user(one.id, running)], name === 'id' ? shortId(one.id) : name, { force }),
    ).toThrow(message(shortId(one.id)));
    expect(store.find(one.id)).toBeDefined();
  });

  it('refuses an id with tags in two repositories, and a parent', () => {
    const { store, one } = shop();
    store.tag(one.id, 'other:1');
    expect(() => deleteImage(store, [], one.id)).toThrow(
      `conflict: unable to delete ${shortId(one.id)} (must be forced) - image is referenced in multiple repositories`,
    );
    const child = image([base, text('a'), text('b')]);
    store.add(child, one.id);
    expect(() => deleteImage(store, [], one.id, { force: true })).toThrow('image has dependent child images');
  });

  it('takes nameless parents along, unless it may not', () => {
    for (const noPrune of [false, true]) {
      const { store, one } = shop();
      const child = image([base, text('a'), text('b')]);
      store.add(child, one.id);
      store.tag(child.id, 'payments:1.5');
      expect(isDangling(store, one.id)).toBe(false);
      deleteImage(store, [], 'payments:1.5', { noPrune });
      expect(store.all()).toHaveLength(noPrune ? 1 : 0);
    }
  });

  it('by force takes a name from a running container’s image and leaves the image', () => {
    const { store, one } = shop();
    expect(deleteImage(store, [user(one.id, true)], 'payments:1.5', { force: true }).records).toEqual([
      { Untagged: 'payments:1.5' },
    ]);
    expect(store.all()).toHaveLength(1);
  });

  it('prunes what has no name, or all that nobody uses', () => {
    const { store, one } = shop();
    const loose = image([text('loose')]);
    const used = image([text('used')]);
    store.add(loose);
    store.add(used);
    const users = [user(used.id, false)];
    expect(pruneImages(store, users, { all: false }).records[0]).toEqual({ Deleted: loose.id });
    expect(store.all()).toHaveLength(2);
    expect(pruneImages(store, users, { all: true }).records[0]).toEqual({ Untagged: 'payments:1.5' });
    expect(store.find(one.id)).toBeUndefined();
    expect(store.find(used.id)).toBeDefined();
  });
});

it('history goes from the newest step down, with sizes of layers', () => {
  const { store } = setup();
  const one = image([text('a', 'xx'), text('b', 'yyy')]);
  store.add(one);
  store.tag(one.id, 'a:1');
  expect(imageHistory(store, 'a:1')).toEqual([
    { Id: one.id, Created: 1793491200, CreatedBy: 'CMD ["run"]', Tags: ['a:1'], Size: 0, Comment: '' },
    {
      Id: '<missing>',
      Created: 1793491200,
      CreatedBy: 'COPY 1',
      Tags: null,
      Size: 3,
      Comment: 'buildkit.dockerfile.v0',
    },
    {
      Id: '<missing>',
      Created: 1793491200,
      CreatedBy: 'COPY 0',
      Tags: null,
      Size: 2,
      Comment: 'buildkit.dockerfile.v0',
    },
  ]);
});
