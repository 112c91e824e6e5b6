// The images that registries of this world hold. Models the names as containerd resolves them
// (distribution/reference 0.6: default registry, default tag) and what an image config gives a process: environment
// and entrypoint. Layers, platforms and manifests are not modelled here; a digest is a stable made-up number.
//
// Manifests write `harbour/payments:1.5`, which stands for `docker.io/harbour/payments:1.5`; Harbour Goods' own
// registry has the same images as `registry.harbour.example/payments:1.5`. `latest` exists for nginx and busybox only.
import { normalizeReference } from '../containers/images/reference.ts';
import { fnv1a32 } from '../engine/hash.ts';
import type { ImageInfo, Images } from './process.ts';

export function createImages(): Images {
  const byReference = new Map(catalogue.map((image) => [image.reference, image]));
  const byDigest = new Map(catalogue.map((image) => [`${repositoryOf(image.reference)}@${image.digest}`, image]));
  return {
    find(reference) {
      const name = normalizeReference(reference);
      if (name === undefined) return undefined;
      const own = name.startsWith(HARBOUR) ? `docker.io/harbour/${name.slice(HARBOUR.length)}` : name;
      const at = own.indexOf('@');
      // A digest wins over a tag that stands before it.
      if (at >= 0) return byDigest.get(`${repositoryOf(own.slice(0, at))}${own.slice(at)}`);
      return byReference.get(own);
    },
  };
}

const HARBOUR = 'registry.harbour.example/';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const MIB = 1_048_576;

function image(
  name: string,
  program: string,
  mebibytes: number,
  entrypoint: readonly string[],
  env: Readonly<Record<string, string>> = {},
): ImageInfo {
  const reference = normalizeReference(name) ?? name;
  return {
    reference,
    digest: digestOf(reference),
    // Compressed sizes are never round numbers; the odd bytes follow from the name.
    sizeBytes: Math.round(mebibytes * MIB) + (fnv1a32(reference) % 65_536),
    env: { PATH, ...env },
    entrypoint,
    program,
  };
}

const NGINX = ['/docker-entrypoint.sh'];
const REDIS = ['docker-entrypoint.sh'];

/** The settings are explained in `programs/settings.ts`. */
const catalogue: readonly ImageInfo[] = [
  image('harbour/storefront:2.0', 'storefront', 71, ['/app/storefront'], { VERSION: '2.0' }),
  image('harbour/storefront:2.1', 'storefront', 72, ['/app/storefront'], { VERSION: '2.1' }),
  image('harbour/payments:1.4', 'payments', 38, ['/app/payments'], { VERSION: '1.4' }),
  image('harbour/payments:1.5', 'payments', 39, ['/app/payments'], { VERSION: '1.5', DEADLOCK_AFTER_REQUESTS: '600' }),
  image('harbour/payments:1.6', 'payments', 39, ['/app/payments'], { VERSION: '1.6' }),
  image('harbour/search:2.0', 'search', 118, ['/app/search'], { VERSION: '2.0' }),
  image('harbour/search:2.1', 'search', 119, ['/app/search'], { VERSION: '2.1', LEAK_MIB_PER_MINUTE: '60' }),
  image('harbour/reports:1.0', 'reports', 142, ['python3', '/app/reports.py'], { VERSION: '1.0' }),
  image('nginx:latest', 'nginx', 68.6, NGINX, { VERSION: '1.27.5', NGINX_VERSION: '1.27.5' }),
  image('nginx:1.27', 'nginx', 68.6, NGINX, { VERSION: '1.27.5', NGINX_VERSION: '1.27.5' }),
  image('nginx:1.25', 'nginx', 67.3, NGINX, { VERSION: '1.25.5', NGINX_VERSION: '1.25.5' }),
  image('nginx:1.26', 'nginx', 67.9, NGINX, { VERSION: '1.26.3', NGINX_VERSION: '1.26.3' }),
  image('nginx:1.28', 'nginx', 69.2, NGINX, { VERSION: '1.28.0', NGINX_VERSION: '1.28.0' }),
  image('nginx:1.14.2', 'nginx', 42.6, NGINX, { VERSION: '1.14.2', NGINX_VERSION: '1.14.2' }),
  image('nginx:1.16.1', 'nginx', 48.4, NGINX, { VERSION: '1.16.1', NGINX_VERSION: '1.16.1' }),
  image('nginx:alpine', 'nginx', 20.4, NGINX, { VERSION: '1.27.5', NGINX_VERSION: '1.27.5' }),
  image('nginx:stable', 'nginx', 69.2, NGINX, { VERSION: '1.28.0', NGINX_VERSION: '1.28.0' }),
  image('alpine:latest', 'busybox', 3.5, []),
  image('alpine:3.21', 'busybox', 3.5, []),
  image('busybox:1.28', 'busybox', 0.7, []),
  image('busybox:1.36', 'busybox', 2.1, []),
  image('busybox:latest', 'busybox', 2.1, []),
  image('busybox:1.37', 'busybox', 2.1, []),
  image('redis:7.4', 'redis', 43.6, REDIS, { VERSION: '7.4.2', REDIS_VERSION: '7.4.2' }),
  image('registry.k8s.io/pause:3.10', 'pause', 0.31, ['/pause']),
];

function repositoryOf(reference: string): string {
  const colon = reference.lastIndexOf(':');
  return colon > reference.lastIndexOf('/') ? reference.slice(0, colon) : reference;
}

function digestOf(reference: string): string {
  let hex = '';
  for (let i = 0; i < 8; i++)
    hex += fnv1a32(`${String(i)} ${reference}`)
      .toString(16)
      .padStart(8, '0');
  return `sha256:${hex}`;
}
