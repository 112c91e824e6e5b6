// `docker save` and `docker load`: images as one tar, in the form that Docker has written since 25: an OCI layout (blobs by
// digest, index.json) with a manifest.json of the older form beside it. Departure: a layer's blob is this project's
// description of it as an archive, so a real engine cannot load one, nor can this one load a real one's.
import type { LayerEntry } from '../../linux/files/layer.ts';
import { readArchive, writeArchive } from './archive.ts';
import { shortId } from './digest.ts';
import { DaemonError } from './errors.ts';
import { type Image, type ImageConfig, manifestOf, mediaTypes } from './image.ts';
import { type Layer, makeLayer } from './layer.ts';
import {
  familiarString,
  fullString,
  parseAnyReference,
  parseReference,
  type Reference,
  withDefaultTag,
} from './reference.ts';
import type { ImageStore } from './store.ts';
import { fromBytes, toBytes } from '../../workload/bytes.ts';

interface Listed {
  readonly Config: string;
  readonly RepoTags: readonly string[] | null;
  readonly Layers: readonly string[];
}

/** The archive of the named images. An id takes no names along. */
export function saveImages(store: ImageStore, names: readonly string[]): string {
  const files = new Map<string, string>();
  const listed = new Map<string, { readonly image: Image; readonly tags: Reference[] }>();
  for (const name of names) {
    const { image } = store.get(name);
    const parsed = parseAnyReference(name);
    const held = listed.get(image.id) ?? { image, tags: [] };
    listed.set(image.id, held);
    if (!('id' in parsed) && !image.id.slice('sha256:'.length).startsWith(name) && parsed.digest === undefined)
      held.tags.push(withDefaultTag(parsed));
  }
  const manifest: Listed[] = [];
  const descriptors: object[] = [];
  for (const { image, tags } of listed.values()) {
    for (const layer of image.layers) files.set(blob(layer.diffId), writeArchive(layer.entries));
    files.set(blob(image.id), image.configText);
    const document = manifestOf(image);
    files.set(blob(document.digest), document.text);
    const descriptor = { mediaType: mediaTypes.manifest, digest: document.digest, size: document.text.length };
    if (tags.length === 0) descriptors.push(descriptor);
    for (const tag of tags)
      descriptors.push({
        ...descriptor,
        annotations: { 'io.containerd.image.name': fullString(tag), 'org.opencontainers.image.ref.name': tag.tag },
      });
    manifest.push({
      Config: blob(image.id),
      RepoTags: tags.length === 0 ? null : tags.map(familiarString),
      Layers: image.layers.map(({ diffId }) => blob(diffId)),
    });
  }
  files.set('index.json', JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests: descriptors }));
  files.set('manifest.json', JSON.stringify(manifest));
  files.set('oci-layout', '{"imageLayoutVersion": "1.0.0"}');
  const entries = [...files].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, bytes]) => file(path, fromBytes(bytes)));
  return writeArchive(entries);
}

function blob(digest: string): string {
  return `blobs/${digest.replace(':', '/')}`;
}

function file(path: string, text: string): LayerEntry {
  return { path: `/${path}`, type: 'file', mode: 0o644, uid: 0, gid: 0, mtimeMs: 0, content: { kind: 'text', text } };
}

/** Lines of `docker load`. */
export function loadImages(store: ImageStore, archive: string): readonly string[] {
  const files = new Map(readArchive(archive).map(({ path, content }) => [path.slice(1), content]));
  const text = (path: string): string => {
    const content = files.get(path);
    if (content?.kind === 'text') return content.text;
    throw new DaemonError(500, `open /var/lib/docker/tmp/docker-import/${path}: no such file or directory`);
  };
  const lines: string[] = [];
  for (const { Config, RepoTags, Layers } of JSON.parse(text('manifest.json')) as Listed[]) {
    const configText = text(Config);
    const config = JSON.parse(configText) as ImageConfig;
    const layers = Layers.map((path): Layer => makeLayer(readArchive(toBytes(text(path)))));
    if (layers.some(({ diffId }, i) => diffId !== config.rootfs.diff_ids[i]))
      throw new DaemonError(500, `invalid diffID for layer: ${shortId(config.rootfs.diff_ids[0] ?? '')}`);
    const id = `sha256:${Config.slice(Config.lastIndexOf('/') + 1)}`;
    store.add({ id, configText, config, layers });
    for (const name of RepoTags ?? []) {
      const reference = parseReference(name);
      const before = store.idOf(reference);
      if (before !== undefined && before !== id)
        lines.push(`The image ${name} already exists, renaming the old one with ID ${before} to empty string`);
      store.name(reference, id);
      lines.push(`Loaded image: ${name}`);
    }
    if (!RepoTags || RepoTags.length === 0) lines.push(`Loaded image ID: ${id}`);
  }
  return lines;
}
