// The images that registries of a world hold from the beginning, each for amd64 and arm64: base images, servers, and the
// programs of Harbour Goods in the versions that lessons use. Their files come from packages, so the libraries that a
// program needs are really in its image's layers.
import type { ElfMachine } from '../../linux/elf.ts';
import type { PlainTree } from '../../linux/files/populate.ts';
import type { Registries } from '../registry/registries.ts';
import { type Image, makeImage, rfc3339, type RunConfig } from './image.ts';
import type { Layer } from './layer.ts';
import { layerFromPackages, type PackageSource, program } from './packages.ts';
import { platformOf } from './platform.ts';
import { smallDistribution } from './small-distribution.ts';

const PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
const MACHINES: readonly ElfMachine[] = ['x86_64', 'aarch64'];
/** When they were made: 8 November 2026. */
const MADE = Date.UTC(2026, 10, 8);

interface Step {
  /** As `docker history` shows it; MACHINE stands for Debian's name of the processor. */
  readonly by: string;
  readonly packages?: readonly string[];
  readonly files?: (machine: ElfMachine) => PlainTree;
}

interface Recipe {
  /** All names that lead to it. */
  readonly names: readonly string[];
  readonly from?: string;
  readonly config: RunConfig;
  readonly steps: readonly Step[];
  readonly comment?: string;
}

const BASE = 'base-files libc6 libtinfo6 bash dash coreutils grep sed findutils perl-base tzdata apt-and-rest'.split(
  ' ',
);

const install = (...packages: string[]): Step => ({
  by: `RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends ${packages.map((name) => name.replace(/=.*/, '')).join(' ')} && rm -rf /var/lib/apt/lists/* # buildkit`,
  packages,
});
const note = (by: string): Step => ({ by });

function nginx(version: string, ...names: string[]): Recipe {
  return {
    names,
    from: 'debian:12-slim',
    config: {
      ExposedPorts: { '80/tcp': {} },
      Env: [`PATH=${PATH}`, `NGINX_VERSION=${version}`],
      Entrypoint: ['/docker-entrypoint.sh'],
      Cmd: ['nginx', '-g', 'daemon off;'],
      Labels: { maintainer: 'NGINX Docker Maintainers <docker-maint@nginx.com>' },
      StopSignal: 'SIGQUIT',
    },
    steps: [
      note('LABEL maintainer=NGINX Docker Maintainers <docker-maint@nginx.com>'),
      note(`ENV NGINX_VERSION=${version}`),
      install('libtls3', 'ca-certificates', `nginx=${version}`),
      {
        by: 'COPY docker-entrypoint.sh / # buildkit',
        files: () => ({ '/docker-entrypoint.sh': '#!/bin/sh\nexec "$@"\n' }),
      },
      note('ENTRYPOINT ["/docker-entrypoint.sh"]'),
      note('EXPOSE map[80/tcp:{}]'),
      note('STOPSIGNAL SIGQUIT'),
      note('CMD ["nginx" "-g" "daemon off;"]'),
    ],
  };
}

/** A program of the shop on a base: its library in one layer, itself in the next. */
function shop(name: string, version: string, base: string, needs: readonly string[], sizeBytes: number): Recipe {
  const path = `/app/${name}`;
  const library = needs[0];
  const wanted =
    library === undefined
      ? []
      : [
          {
            library,
            versions: library === 'libtls.so.3' ? ['TLS_1.0', 'TLS_3.0'] : library === 'libtls.so.1' ? ['TLS_1.0'] : [],
          },
        ];
  return {
    names: [`harbour/${name}:${version}`],
    from: base,
    config: {
      ExposedPorts: { '8080/tcp': {} },
      Env: [`PATH=${PATH}`, `VERSION=${version}`],
      Entrypoint: [path],
      WorkingDir: '/app',
      Labels: { 'org.opencontainers.image.version': version },
    },
    steps: [
      note('WORKDIR /app'),
      {
        by: `COPY ${name} ${path} # buildkit`,
        files: (machine) => ({ [path]: { elf: program(machine, name, { version, sizeBytes, needs: wanted }) } }),
      },
      note(`ENV VERSION=${version}`),
      note('EXPOSE map[8080/tcp:{}]'),
      note(`ENTRYPOINT ["${path}"]`),
    ],
  };
}

const harbourBase = (tag: string, ...packages: string[]): Recipe => ({
  names: [`harbour/base:${tag}`],
  from: 'debian:12-slim',
  config: { Env: [`PATH=${PATH}`], Cmd: ['bash'] },
  steps: [install(...packages, 'ca-certificates')],
});

const recipes: readonly Recipe[] = [
  {
    names: ['debian:12-slim', 'debian:bookworm-slim'],
    config: { Env: [`PATH=${PATH}`], Cmd: ['bash'] },
    steps: [{ by: "# debian.sh --arch 'MACHINE' out/ 'bookworm' '@1793491200'", packages: BASE }],
    comment: 'debuerreotype 0.15',
  },
  {
    names: ['busybox:1.36', 'busybox:1.37', 'busybox:latest'],
    config: { Env: [`PATH=${PATH}`], Cmd: ['sh'] },
    steps: [
      {
        by: 'BusyBox 1.37.0 (glibc), Debian 12',
        packages: ['base-files', 'libc6', 'libtinfo6', 'bash', 'dash', 'coreutils', 'grep', 'sed', 'findutils'],
      },
    ],
  },
  nginx('1.27.5', 'nginx:1.27', 'nginx:latest'),
  nginx('1.25.5', 'nginx:1.25'),
  {
    names: ['python:3.12-slim'],
    from: 'debian:12-slim',
    config: { Env: [`PATH=/usr/local/bin:${PATH}`, 'LANG=C.UTF-8', 'PYTHON_VERSION=3.12.8'], Cmd: ['python3'] },
    steps: [
      note('ENV LANG=C.UTF-8'),
      note('ENV PYTHON_VERSION=3.12.8'),
      install('ca-certificates', 'python3.12'),
      note('CMD ["python3"]'),
    ],
  },
  {
    names: ['redis:7', 'redis:7.4', 'redis:latest'],
    from: 'debian:12-slim',
    config: {
      ExposedPorts: { '6379/tcp': {} },
      Env: [`PATH=${PATH}`, 'REDIS_VERSION=7.4.2'],
      Entrypoint: ['docker-entrypoint.sh'],
      Cmd: ['redis-server'],
      Volumes: { '/data': {} },
      WorkingDir: '/data',
    },
    steps: [
      note('ENV REDIS_VERSION=7.4.2'),
      install('redis'),
      note('VOLUME [/data]'),
      {
        by: 'COPY docker-entrypoint.sh /usr/local/bin/ # buildkit',
        files: () => ({
          '/data': { directory: true },
          '/usr/local/bin/docker-entrypoint.sh': '#!/bin/sh\nexec "$@"\n',
        }),
      },
      note('EXPOSE map[6379/tcp:{}]'),
      note('CMD ["redis-server"]'),
    ],
  },
  harbourBase('1', 'libtls1'),
  harbourBase('3', 'libtls3'),
  harbourBase('icu', 'libicu72'),
  shop('storefront', '2.0', 'harbour/base:1', ['libtls.so.1'], 14_200_000),
  shop('storefront', '2.1', 'harbour/base:1', ['libtls.so.1'], 14_300_000),
  shop('payments', '1.4', 'harbour/base:3', ['libtls.so.3'], 9_700_000),
  shop('payments', '1.5', 'harbour/base:3', ['libtls.so.3'], 9_800_000),
  shop('payments', '1.6', 'harbour/base:3', ['libtls.so.3'], 9_800_000),
  shop('search', '2.0', 'harbour/base:icu', ['libicuuc.so.72'], 21_000_000),
  shop('search', '2.1', 'harbour/base:icu', ['libicuuc.so.72'], 21_100_000),
];

interface Made {
  readonly recipe: Recipe;
  /** One for each machine. */
  readonly images: readonly Image[];
}

/** Made once for a source of packages: images are values. */
const made = new WeakMap<PackageSource, readonly Made[]>();

/** All images of the catalogue, for both processors. */
export function catalogue(
  source: PackageSource = smallDistribution,
): readonly { readonly names: readonly string[]; readonly images: readonly Image[] }[] {
  return make(source).map(({ recipe, images }) => ({ names: recipe.names, images }));
}

function make(source: PackageSource): readonly Made[] {
  let all = made.get(source);
  if (!all) {
    const byName = new Map<string, Made>();
    all = recipes.map((recipe) => {
      const base = recipe.from === undefined ? undefined : byName.get(recipe.from);
      const images = MACHINES.map((machine, i) => cook(recipe, machine, source, base?.images[i]));
      const one = { recipe, images };
      for (const name of recipe.names) byName.set(name, one);
      return one;
    });
    made.set(source, all);
  }
  return all;
}

/**
 * Fills the registries: everything in Docker Hub (which nobody here may push to), Harbour Goods' own registry empty and
 * open.
 */
export function addRegistries(registries: Registries, source: PackageSource = smallDistribution): void {
  registries.add('docker.io', { address: '10.20.0.10:443', hub: true, creates: false });
  registries.add('registry.harbour.example', { address: '10.10.0.5:443' });
  for (const { names, images } of catalogue(source))
    for (const name of names) registries.publish(name, images, 'read-only');
}

const STATUS = '/var/lib/dpkg/status';

function cook(recipe: Recipe, machine: ElfMachine, source: PackageSource, base: Image | undefined): Image {
  const created = rfc3339(MADE);
  const { architecture, variant } = platformOf(machine);
  const layers: Layer[] = [...(base?.layers ?? [])];
  const history = [...(base?.config.history ?? [])];
  let status = noted(layers);
  for (const { by, packages = [], files } of recipe.steps) {
    const empty = packages.length === 0 && files === undefined;
    if (!empty) {
      const more = { mtimeMs: MADE, before: status, ...(files && { files: files(machine) }) };
      const done = layerFromPackages(source, packages, machine, more);
      layers.push(done.layer);
      status = done.status;
    }
    history.push({
      created,
      created_by: by.replace('MACHINE', architecture),
      comment: recipe.comment ?? 'buildkit.dockerfile.v0',
      ...(empty && { empty_layer: true }),
    });
  }
  const config = {
    created,
    architecture,
    ...(variant !== undefined && { variant }),
    os: 'linux',
    config: recipe.config,
  };
  return makeImage({ ...config, history }, layers);
}

/** What dpkg has noted in the topmost layer that says so. */
function noted(layers: readonly Layer[]): string {
  for (const layer of layers.toReversed()) {
    const content = layer.entries.find(({ path }) => path === STATUS)?.content;
    if (content?.kind === 'text') return content.text;
  }
  return '';
}
