import { describe, expect, it } from 'vitest';
import { Simulation } from '../../engine/simulation.ts';
import { plainEntries } from '../../linux/files/populate.ts';
import { shortId } from '../images/digest.ts';
import { type Image, makeImage, manifestOf } from '../images/image.ts';
import { type Layer, makeLayer } from '../images/layer.ts';
import type { Platform } from '../images/platform.ts';
import { ImageStore } from '../images/store.ts';
import type { Outcome, ProgressMessage } from './job.ts';
import { Registries } from './registries.ts';
import { Transfers } from './transfers.ts';

const MIB = 1_048_576;
const HUB = 'docker.io';
const OWN = 'registry.harbour.example';

function layer(name: string, mebibytes: number): Layer {
  const opaque = { sizeBytes: mebibytes * MIB, id: name, magic: 'data' };
  return makeLayer(plainEntries({ [`/opt/${name}`]: { opaque } }));
}

function image(layers: readonly Layer[], architecture = 'amd64', variant?: string): Image {
  const created = '2026-11-01T00:00:00Z';
  const history = layers.map((_, i) => ({ created, created_by: `step ${String(i)}` }));
  return makeImage(
    { created, architecture, ...(variant !== undefined && { variant }), os: 'linux', config: {}, history },
    layers,
  );
}

const base = layer('base', 80);
const tls = layer('tls', 4);
const app = layer('app', 20);
const app2 = layer('app2', 20);

function world(host: Platform = { os: 'linux', architecture: 'amd64' }, freeBytes = Infinity) {
  const sim = new Simulation({ seed: 1, epochMs: 0, detail: 'full' });
  const registries = new Registries(sim);
  registries.add(HUB, { address: '10.20.0.1:443', hub: true, creates: false });
  registries.add(OWN, { address: '10.10.0.5:443' });
  const messages: ProgressMessage[] = [];
  const ends: Outcome[] = [];
  const engine = (name: string) => {
    const store = new ImageStore(sim, name);
    const transfers = new Transfers(sim, {
      name,
      store,
      registries,
      host,
      freeBytes: () => freeBytes - store.diskBytes(),
      onMessage: (_, message) => messages.push(message),
      onEnd: (_, outcome) => ends.push(outcome),
    });
    return { store, transfers };
  };
  const run = (): Outcome => {
    sim.run(sim.now + 600_000);
    return ends.at(-1) as Outcome;
  };
  const lines = (): string[] =>
    messages
      .splice(0)
      .filter(({ progressDetail }) => progressDetail?.total === undefined)
      .map(({ id, status, aux }) =>
        aux ? `aux ${aux.Tag}` : id === undefined ? String(status) : `${id}: ${String(status)}`,
      );
  return { sim, registries, engine, run, lines, messages, ends };
}

describe('pull', () => {
  it('tells each layer from waiting to complete and unpacks from the bottom', () => {
    const { registries, engine, run, lines } = world();
    const document = registries.publish('nginx:1.27', [image([base, tls, app, app2])]);
    const { store, transfers } = engine('harbour');
    transfers.pull('nginx:1.27');
    const outcome = run();
    const [b, t, a, a2] = [base, tls, app, app2].map((one) => shortId(one.digest));
    expect(lines()).toEqual([
      '1.27: Pulling from library/nginx',
      ...[b, t, a, a2].map((id) => `${String(id)}: Pulling fs layer`),
      `${String(a2)}: Waiting`,
      ...[t, a, a2].flatMap((id) => [`${String(id)}: Verifying Checksum`, `${String(id)}: Download complete`]),
      `${String(b)}: Verifying Checksum`,
      `${String(b)}: Download complete`,
      ...[b, t, a, a2].map((id) => `${String(id)}: Pull complete`),
      `Digest: ${document.digest}`,
      'Status: Downloaded newer image for nginx:1.27',
    ]);
    expect(outcome).toMatchObject({ ok: true, digest: document.digest });
    const { id } = store.get('nginx:1.27').image;
    expect(store.tagsOf(id)).toEqual(['nginx:1.27']);
    expect(store.digestsOf(id)).toEqual([`nginx@${document.digest}`]);
    expect(store.diskBytes()).toBe(124 * MIB);
  });

  it('takes the time that its bytes need, and a checkpoint in the middle leads to the same end', () => {
    const { sim, registries, engine, messages, ends } = world();
    registries.publish('nginx:1.27', [image([base, app])]);
    const { transfers } = engine('harbour');
    transfers.pull('nginx:1.27');
    sim.run(1_000);
    const checkpoint = sim.checkpoint();
    const told = messages.length;
    const end = (): string => {
      while (ends.length === 0) sim.step();
      return JSON.stringify([sim.now, messages.splice(told), ends.splice(0)]);
    };
    const first = end();
    const bytes = base.compressedBytes + app.compressedBytes;
    expect(sim.now).toBeGreaterThan(bytes / 12_500);
    expect(sim.now).toBeLessThan(bytes / 12_500 + base.compressedBytes / 25_000 + app.compressedBytes / 25_000 + 200);
    sim.restore(structuredClone(checkpoint));
    expect(end()).toBe(first);
  });

  it('moves only what is missing', () => {
    const { registries, engine, run, lines } = world();
    registries.publish('harbour/payments:1.5', [image([base, tls, app])]);
    registries.publish('harbour/payments:1.6', [image([base, tls, app2])]);
    const { transfers } = engine('harbour');
    transfers.pull('harbour/payments:1.5');
    run();
    lines();
    transfers.pull('harbour/payments:1.6');
    expect(run()).toMatchObject({ ok: true, movedBytes: app2.compressedBytes });
    expect(lines().slice(1, 4)).toEqual([
      `${shortId(base.digest)}: Already exists`,
      `${shortId(tls.digest)}: Already exists`,
      `${shortId(app2.digest)}: Pulling fs layer`,
    ]);
    transfers.pull('harbour/payments:1.6');
    expect(run()).toMatchObject({ ok: true, movedBytes: 0 });
    expect(lines().at(-1)).toBe('Status: Image is up to date for harbour/payments:1.6');
  });

  it('downloads a layer again when what is under it differs', () => {
    const { registries, engine, run } = world();
    registries.publish('a:1', [image([base, app])]);
    registries.publish('b:1', [image([tls, app])]);
    const { transfers } = engine('harbour');
    transfers.pull('a:1');
    run();
    transfers.pull('b:1');
    expect(run()).toMatchObject({ movedBytes: tls.compressedBytes + app.compressedBytes });
  });

  it('moves the tag and leaves the old image without a name but with its digest', () => {
    const { registries, engine, run } = world();
    const old = registries.publish('a:1', [image([base])]);
    const { store, transfers } = engine('harbour');
    transfers.pull('a:1');
    run();
    const first = store.get('a:1').image.id;
    registries.publish('a:1', [image([base, app])]);
    transfers.pull('a:1');
    run();
    expect(store.tagsOf(first)).toEqual([]);
    expect(store.digestsOf(first)).toEqual([`a@${old.digest}`]);
    transfers.pull(`a@${old.digest}`);
    expect(run()).toMatchObject({ ok: true, imageId: first });
  });

  const arm: Platform = { os: 'linux', architecture: 'arm64', variant: 'v8' };

  it.each([
    ['the host', arm, undefined, 'arm64'],
    ['what was asked for', arm, { os: 'linux', architecture: 'amd64' }, 'amd64'],
    ['amd64', { os: 'linux', architecture: 'amd64' }, { os: 'linux', architecture: 'arm64' }, 'arm64'],
  ] as const)('chooses from an index what fits %s', (_, host, asked, architecture) => {
    const { registries, engine, run } = world(host);
    registries.publish('a:1', [image([base]), image([tls], 'arm64', 'v8')]);
    const { store, transfers } = engine('harbour');
    transfers.pull('a:1', asked);
    run();
    expect(store.get('a:1').image.config.architecture).toBe(architecture);
  });

  it.each([
    ['nginx:9', 404, 'manifest for nginx:9 not found: manifest unknown: manifest unknown'],
    [
      'nope',
      404,
      "pull access denied for nope, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    ],
    [`${OWN}/nope:1`, 404, `manifest for ${OWN}/nope:1 not found: manifest unknown: manifest unknown`],
    ['nosuch.example/a:1', 500, 'Get "https://nosuch.example/v2/": dial tcp: lookup nosuch.example: no such host'],
    ['down.example/a:1', 500, 'Get "https://down.example/v2/": dial tcp 10.10.0.7:443: connect: connection refused'],
    [
      'cut.example/a:1',
      500,
      'Get "https://cut.example/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
    ],
    ['two:1', 404, 'no matching manifest for linux/riscv64 in the manifest list entries'],
  ])('of %s fails in the daemon’s words', (name, status, message) => {
    const { registries, engine, run } = world({ os: 'linux', architecture: 'riscv64' });
    registries.publish('nginx:1', [image([base])]);
    registries.publish('two:1', [image([base]), image([tls], 'arm64', 'v8')]);
    registries.add('down.example', { address: '10.10.0.7:443' });
    registries.setReach('down.example', 'refused');
    registries.add('cut.example', { address: '10.10.0.8:443' });
    registries.setReach('cut.example', 'silent');
    const { transfers } = engine('harbour');
    transfers.pull(name);
    expect(run()).toEqual({ ok: false, status, message });
  });

  it.each([
    ['while it downloads', 10, /^write \/var\/lib\/docker\/tmp\/GetImageBlob\d+: no space left on device$/],
    ['while it unpacks', 60, /^failed to register layer: write \/opt\/base: no space left on device$/],
  ])('stops when the disk is full %s, and keeps nothing', (_, mebibytes, message) => {
    const { registries, engine, run } = world(undefined, mebibytes * MIB);
    registries.publish('nginx:1', [image([base, app])]);
    const { store, transfers } = engine('harbour');
    transfers.pull('nginx:1');
    expect(run()).toMatchObject({ ok: false, message: expect.stringMatching(message) as string });
    expect(store.all()).toEqual([]);
    expect(store.diskBytes()).toBe(0);
    expect(transfers.running()).toEqual([]);
  });

  it('ends without a word when it is cancelled', () => {
    const { sim, registries, engine, ends } = world();
    registries.publish('nginx:1', [image([base])]);
    const { store, transfers } = engine('harbour');
    const job = transfers.pull('nginx:1');
    sim.run(500);
    transfers.cancel(job);
    sim.run(600_000);
    expect(ends).toEqual([]);
    expect(store.all()).toEqual([]);
  });

  it('refuses scratch and what is no name', () => {
    const { transfers } = world().engine('harbour');
    expect(() => transfers.pull('scratch')).toThrow("'scratch' is a reserved name");
    expect(() => transfers.pull('Nginx')).toThrow('must be lowercase');
  });
});

describe('push', () => {
  it('sends new layers, the top first, and knows the others', () => {
    const { registries, engine, run, lines } = world();
    const { store, transfers } = engine('harbour');
    const one = image([base, tls, app]);
    store.add(one);
    store.tag(one.id, `${OWN}/payments:1.5`);
    transfers.push(`${OWN}/payments:1.5`);
    const total = [base, tls, app].reduce((sum, { compressedBytes }) => sum + compressedBytes, 0);
    expect(run()).toMatchObject({ ok: true, movedBytes: total });
    const manifest = manifestOf(one);
    const [b, t, a] = [base, tls, app].map(({ diffId }) => shortId(diffId));
    expect(lines()).toEqual([
      `The push refers to repository [${OWN}/payments]`,
      ...[a, t, b].map((id) => `${String(id)}: Preparing`),
      ...[t, a, b].map((id) => `${String(id)}: Pushed`),
      `1.5: digest: ${manifest.digest} size: ${String(manifest.text.length)}`,
      'aux 1.5',
    ]);
    expect(store.digestsOf(one.id)).toEqual([`${OWN}/payments@${manifest.digest}`]);
    const two = image([base, tls, app2]);
    store.add(two);
    store.tag(two.id, `${OWN}/payments:1.6`);
    transfers.push(`${OWN}/payments:1.6`);
    expect(run()).toMatchObject({ movedBytes: app2.compressedBytes });
    expect(lines().filter((line) => line.endsWith('Layer already exists'))).toHaveLength(2);
    expect(registries.list(OWN)).toEqual([
      {
        path: 'payments',
        tags: [
          ['1.5', manifest.digest],
          ['1.6', manifestOf(two).digest],
        ],
      },
    ]);
  });

  it('mounts what another repository of the registry has', () => {
    const { engine, run, lines } = world();
    const { store, transfers } = engine('harbour');
    const one = image([base, tls]);
    const two = image([base, app]);
    for (const [each, name] of [
      [one, 'payments:1'],
      [two, 'search:1'],
    ] as const) {
      store.add(each);
      store.tag(each.id, `${OWN}/${name}`);
    }
    transfers.push(`${OWN}/payments:1`);
    run();
    lines();
    transfers.push(`${OWN}/search:1`);
    expect(run()).toMatchObject({ movedBytes: app.compressedBytes });
    expect(lines()).toContain(`${shortId(base.diffId)}: Mounted from payments`);
  });

  it('then pulls elsewhere as the same image', () => {
    const { engine, run } = world();
    const harbour = engine('harbour');
    const island = engine('island');
    const one = image([base, app]);
    harbour.store.add(one);
    harbour.store.tag(one.id, `${OWN}/payments:1`);
    harbour.transfers.push(`${OWN}/payments:1`);
    run();
    island.transfers.pull(`${OWN}/payments:1`);
    expect(run()).toMatchObject({ ok: true, imageId: one.id });
    expect(island.store.get(`${OWN}/payments:1`).image.configText).toBe(one.configText);
  });

  it('of a whole repository sends every tag', () => {
    const { registries, engine, run } = world();
    const { store, transfers } = engine('harbour');
    const one = image([base]);
    store.add(one);
    for (const tag of ['1', '2']) store.tag(one.id, `${OWN}/a:${tag}`);
    transfers.push(`${OWN}/a`);
    run();
    expect(registries.list(OWN)[0]?.tags.map(([tag]) => tag)).toEqual(['1', '2']);
  });

  it.each([
    ['a:1', 'An image does not exist locally with the tag: a'],
    ['b:2', 'tag does not exist: b:2'],
    ['b:1', 'denied: requested access to the resource is denied'],
  ])('of %s is refused', (name, message) => {
    const { engine, run } = world();
    const { store, transfers } = engine('harbour');
    const one = image([base]);
    store.add(one);
    store.tag(one.id, 'b:1');
    transfers.push(name);
    expect(run()).toMatchObject({ ok: false, message });
  });
});
