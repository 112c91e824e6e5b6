import { describe, expect, it } from 'vitest';
import { Simulation } from '../../engine/simulation.ts';
import { plainEntries, type PlainTree } from '../../linux/files/populate.ts';
import { writeArchive } from '../images/archive.ts';
import { shortId } from '../images/digest.ts';
import { makeImage, type Image } from '../images/image.ts';
import { makeLayer } from '../images/layer.ts';
import { ImageStore } from '../images/store.ts';
import { Builds } from './builds.ts';
import { BuildCache } from './cache.ts';
import { contextFromArchive } from './context.ts';
import type { BuildOutcome, BuildOutput, BuildRequest, RunRequest, RunResult, Vertex } from './job.ts';

const created = '2026-11-01T00:00:00Z';
const HOST = { os: 'linux', architecture: 'amd64' };

function baseImage(onBuild?: readonly string[]): Image {
  const layer = makeLayer(
    plainEntries({
      '/etc/passwd': 'root:x:0:0::/root:/bin/sh\nweb:x:33:34::/:\n',
      '/etc/group': 'web:x:34:\n',
      '/lib': { symlink: 'usr/lib' },
      '/usr/lib/x': 'x',
    }),
  );
  const config = { Env: ['PATH=/bin'], Cmd: ['sh'], ...(onBuild && { OnBuild: onBuild }) };
  return makeImage(
    { created, architecture: 'amd64', os: 'linux', config, history: [{ created, created_by: 'base' }] },
    [layer],
  );
}

/** `RUN echo x > /y` writes, `RUN fail` fails with 7, everything else says its words. */
function execute({ argv }: RunRequest): RunResult {
  const command = argv.at(-1) ?? '';
  const write = /^echo (\S+) > (\S+)$/.exec(command);
  const changes = write ? plainEntries({ [write[2] as string]: `${write[1] as string}\n` }, 5) : [];
  const done = { exitCode: 0, stdout: '', stderr: '', tookMs: 1000, changes };
  if (command.startsWith('fail')) return { ...done, exitCode: 7, stderr: 'broken\n' };
  return write ? done : { ...done, stdout: `ran ${command}\n` };
}

function world() {
  const sim = new Simulation({ seed: 1, epochMs: Date.UTC(2026, 10, 20), detail: 'full' });
  const store = new ImageStore(sim, 'harbour');
  const cache = new BuildCache(sim, 'harbour', store);
  const outputs: BuildOutput[] = [];
  const ends: BuildOutcome[] = [];
  const runs: RunRequest[] = [];
  let containers = 0;
  let room = Infinity;
  const add = (image: Image, name: string): void => {
    store.add(image);
    store.tag(image.id, name);
  };
  add(baseImage(), 'base:1');
  const builds: Builds = new Builds(sim, {
    name: 'harbour',
    store,
    cache,
    host: HOST,
    freeBytes: () => room,
    newContainerId: () => (++containers).toString(16).padStart(12, 'c').padEnd(64, '0'),
    pull: (build, name) => {
      if (name.startsWith('remote')) add(baseImage(), name);
      builds.pulled(build, name.startsWith('remote') ? undefined : `pull access denied for ${name}`);
    },
    run: (_, request) => {
      runs.push(request);
      return execute(request);
    },
    onOutput: (_, output) => outputs.push(output),
    onEnd: (_, outcome) => ends.push(outcome),
  });
  const build = (dockerfile: string, files: PlainTree = {}, more: Partial<BuildRequest> = {}): BuildOutcome => {
    outputs.length = 0;
    runs.length = 0;
    const archive = writeArchive(plainEntries({ Dockerfile: dockerfile, ...files }, sim.now));
    builds.start({ style: 'classic', context: contextFromArchive(archive), ...more });
    sim.run(sim.now + 3_600_000);
    return ends.at(-1) as BuildOutcome;
  };
  /** Ids replaced: those of containers by CONTAINER, those of images by IMAGE. */
  const text = (): string =>
    outputs
      .map((output) => (output.kind === 'stream' ? output.text : ''))
      .join('')
      .replace(/c{10,12}[0-9a-f]{1,2}\b/g, 'CONTAINER')
      .replace(/\b(?!base|CONT)[0-9a-f]{12}\b/g, 'IMAGE');
  const vertices = (): readonly Vertex[] => {
    const last = new Map<string, Vertex>();
    for (const output of outputs) if (output.kind === 'vertex') last.set(output.vertex.digest, output.vertex);
    return [...last.values()];
  };
  const built = (): Image => {
    const end = ends.at(-1);
    return store.get(end?.ok === true ? end.imageId : '').image;
  };
  const paths = (): readonly string[] =>
    built()
      .layers.slice(1)
      .flatMap(({ entries }) => entries.map(({ path }) => path));
  return {
    sim,
    store,
    cache,
    builds,
    build,
    text,
    vertices,
    built,
    paths,
    outputs,
    runs,
    ends,
    add,
    full: (bytes: number) => (room = bytes),
  };
}

describe('the classic builder', () => {
  it('says each step, its container and its image', () => {
    const { build, text, built, outputs } = world();
    const outcome = build(
      'FROM base:1\nENV A=b\nCOPY index.html /www/\nRUN make\nCMD ["serve", "x y"]\n',
      { 'index.html': 'hi' },
      { tags: ['app:v1'] },
    );
    expect(outcome).toEqual({ ok: true, imageId: built().id });
    expect(text()).toBe(`Step 1/5 : FROM base:1
 ---> IMAGE
Step 2/5 : ENV A=b
 ---> Running in CONTAINER
 ---> Removed intermediate container CONTAINER
 ---> IMAGE
Step 3/5 : COPY index.html /www/
 ---> IMAGE
Step 4/5 : RUN make
 ---> Running in CONTAINER
ran make
 ---> Removed intermediate container CONTAINER
 ---> IMAGE
Step 5/5 : CMD ["serve", "x y"]
 ---> Running in CONTAINER
 ---> Removed intermediate container CONTAINER
 ---> IMAGE
Successfully built IMAGE
Successfully tagged app:v1
`);
    expect(outputs).toContainEqual({ kind: 'aux', id: built().id });
    const { config, history } = built().config;
    expect(config).toEqual({ Env: ['PATH=/bin', 'A=b'], Cmd: ['serve', 'x y'] });
    expect(
      history
        .slice(1)
        .map(({ created_by, empty_layer }) => [created_by.replace(/[0-9a-f]{64}/, 'SUM'), empty_layer ?? false]),
    ).toEqual([
      ['/bin/sh -c #(nop)  ENV A=b', true],
      ['/bin/sh -c #(nop) COPY file:SUM in /www/ ', false],
      ['/bin/sh -c make', true],
      ['/bin/sh -c #(nop)  CMD ["serve" "x y"]', true],
    ]);
  });

  it('uses the cache until the first difference, and not after it', () => {
    const { build, text, runs, sim } = world();
    const file = 'FROM base:1\nRUN echo a > /a\nCOPY src /src\nRUN echo b > /b\n';
    build(file, { 'src/x': 'one' });
    sim.run(sim.now + 1000);
    build(file, { 'src/x': 'one' });
    expect(text().match(/Using cache/g)).toHaveLength(3);
    expect(runs).toEqual([]);
    build(file, { 'src/x': 'two' });
    expect(text().match(/Using cache/g)).toHaveLength(1);
    expect(runs).toHaveLength(1);
    build(file, { 'src/x': 'one' }, { noCache: true });
    expect(text()).not.toContain('Using cache');
    expect(runs).toHaveLength(2);
  });

  it.each([
    ['the mode of a file', { 'src/x': { text: 'one', mode: 0o755 } }, 1],
    ['a file more', { 'src/x': 'one', 'src/y': '' }, 1],
    ['a file that is not copied', { 'src/x': 'one', other: '' }, 2],
    ['only the time', { 'src/x': { text: 'one', mtimeMs: 99_000 } }, 2],
  ])('sees %s as what it is', (_, files, hits) => {
    const { build, text } = world();
    const file = 'FROM base:1\nCOPY src /src\nRUN echo b > /b\n';
    build(file, { 'src/x': 'one' });
    build(file, files);
    expect(text().match(/Using cache/g) ?? []).toHaveLength(hits === 1 ? 0 : 2);
  });

  it('an ARG changes commands only when its value changes, ENV always', () => {
    const { build, text, runs, built } = world();
    const file = 'FROM base:1\nARG VERSION=1\nRUN make\n';
    build(file);
    expect(built().config.history.at(-1)?.created_by).toBe('|1 VERSION=1 /bin/sh -c make');
    expect(runs[0]?.env).toEqual(['PATH=/bin', 'VERSION=1']);
    build(file, {}, { args: { VERSION: '1' } });
    expect(text().match(/Using cache/g)).toHaveLength(2);
    build(file, {}, { args: { VERSION: '2' } });
    expect(text().match(/Using cache/g)).toHaveLength(1);
    expect(runs[0]?.env).toContain('VERSION=2');
    expect(built().config.config.Env).toEqual(['PATH=/bin']);
  });

  it('names build arguments that nobody has asked for', () => {
    const { build, text } = world();
    build('ARG TAG=1\nFROM base:$TAG\n', {}, { args: { Z: '1', B: '2', TAG: '1', HTTP_PROXY: 'x' } });
    expect(text()).toContain('[Warning] One or more build-args [B Z] were not consumed\n');
    expect(text()).toContain('Step 1/2 : ARG TAG=1\nStep 2/2 : FROM base:$TAG\n');
  });

  it('finds its base in the registry when it is not here', () => {
    const { build, text } = world();
    expect(build('FROM remote:1\nCOPY --from=remote:2 /etc/passwd /p\n')).toMatchObject({ ok: true });
    expect(text().match(/Step 1/g)).toHaveLength(1);
    expect(build('FROM nowhere\n')).toEqual({
      ok: false,
      status: 404,
      message: 'pull access denied for nowhere:latest',
    });
  });

  it('builds stages and copies from them, owners included', () => {
    const { build, built, paths, runs } = world();
    build(
      'FROM base:1 AS build\nRUN echo x > /out/app\nFROM base:1\nWORKDIR /srv\nCOPY --from=build /out ./\nCOPY --from=0 /out/app /copy\nCOPY --chown=web a /a\n',
      { a: '' },
    );
    expect(runs).toHaveLength(1);
    expect(paths()).toEqual(['/srv', '/srv', '/srv/app', '/copy', '/a']);
    expect(built().layers.at(-1)?.entries.at(-1)).toMatchObject({ uid: 33, gid: 34 });
    expect(built().config.config.WorkingDir).toBe('/srv');
  });

  it('stops at the target', () => {
    const { build, text } = world();
    build('FROM base:1 AS one\nFROM base:1 AS two\nRUN make\n', {}, { target: 'ONE' });
    expect(text()).toContain('Step 1/1 :');
  });

  it('carries out what a base image has left for later', () => {
    const { build, add, text, built, paths } = world();
    add(baseImage(['COPY . /app', 'ENV B=c']), 'trigger:1');
    build('FROM trigger:1\nCMD x\n', { a: '1' });
    expect(text()).toContain('Step 1/2 : FROM trigger:1\n# Executing 2 build triggers\n');
    expect(paths()).toContain('/app/a');
    expect(built().config.config.Env).toContain('B=c');
    expect(built().config.config.OnBuild).toBeUndefined();
  });

  it('follows links of the image and honours .dockerignore', () => {
    const { build, paths } = world();
    build('FROM base:1\nCOPY . /lib/app\n', {
      '.dockerignore': 'node_modules\n**/*.log\n!keep.log\n',
      'node_modules/m': '',
      'a.log': '',
      'keep.log': '',
      'd/b.log': '',
      'd/c': '',
    });
    expect(paths().filter((path) => !/\/(Dockerfile|\.dockerignore)$/.test(path))).toEqual([
      '/usr',
      '/usr/lib',
      '/usr/lib/app',
      '/usr/lib/app/d',
      '/usr/lib/app/d/c',
      '/usr/lib/app/keep.log',
    ]);
  });

  it('ADD unpacks an archive, COPY does not', () => {
    const { build, paths } = world();
    const inner = writeArchive(plainEntries({ '/in/file': 'x' }));
    build('FROM base:1\nADD a.tar /add\nCOPY a.tar /copy/\n', { 'a.tar': inner });
    expect(paths()).toEqual(['/add', '/add/in', '/add/in/file', '/copy', '/copy/a.tar']);
  });

  it('a command that fails ends the build with its code, and its container stays', () => {
    const { build, text, store } = world();
    const outcome = build('FROM base:1\nRUN echo a > /a\nRUN fail\n', {}, { tags: ['app:1'] });
    expect(outcome).toEqual({
      ok: false,
      status: 500,
      message: "The command '/bin/sh -c fail' returned a non-zero code: 7",
      code: 7,
      line: 3,
    });
    expect(text()).toMatch(/Running in CONTAINER\n\u001b\[91mbroken\n\u001b\[0m$/);
    expect(store.find('app:1')).toBeUndefined();
  });

  it.each([
    [
      'COPY nope /x',
      'COPY failed: file not found in build context or excluded by .dockerignore: stat nope: file does not exist',
    ],
    ['COPY *.nope /x', 'COPY failed: no source files were specified'],
    ['COPY ../x /x', 'COPY failed: forbidden path outside the build context: ../x ()'],
    [
      'COPY a b /x',
      'When using COPY with more than one source file, the destination must be a directory and end with a /',
    ],
    ['COPY --from=base:1 /nope /x', 'COPY failed: stat nope: file does not exist'],
    ['COPY --from=0 /a /x', 'invalid from flag value 0: refers to current build stage'],
    [
      'COPY --chmod=755 a /x',
      'the --chmod option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled',
    ],
    [
      'COPY --chown=nobody a /x',
      "unable to convert uid/gid chown string to host mapping: can't find uid for user nobody: no such user: nobody",
    ],
    [
      'RUN --mount=type=cache,target=/x make',
      'the --mount option requires BuildKit. Refer to https://docs.docker.com/go/buildkit/ to learn how to build images with BuildKit enabled',
    ],
    ['ADD https://example.com/x /x', 'ADD of an address is not simulated'],
    ['EXPOSE abc', 'invalid containerPort: abc'],
    ['STOPSIGNAL SIGNOPE', 'invalid signal: SIGNOPE'],
    ['ENV A=${B:?missing}', 'failed to process "${B:?missing}": B: missing'],
  ])('%s fails', (step, message) => {
    expect(world().build(`FROM base:1\n${step}\n`, { a: '', b: '' })).toMatchObject({ ok: false, message });
  });

  it.each([
    ['RUNN x', {}, 'dockerfile parse error on line 2: unknown instruction: RUNN (did you mean RUN?)'],
    ['ENV A', {}, 'failed to parse Dockerfile: ENV must have two arguments'],
    ['CMD x', { target: 'nope' }, 'target stage "nope" could not be found'],
    ['CMD x', { dockerfile: 'other' }, 'Cannot locate specified Dockerfile: other'],
  ])('%s %j does not even start', (step, more, message) => {
    expect(() => world().build(`FROM base:1\n${step}\n`, {}, more)).toThrow(message);
  });

  it('a full disk ends it', () => {
    const { build, full } = world();
    full(10);
    expect(build('FROM base:1\nCOPY big /big\n', { big: 'x'.repeat(11) })).toMatchObject({
      ok: false,
      message: 'write /big: no space left on device',
    });
  });

  it('comes to the same end from a checkpoint in the middle', () => {
    const { sim, builds, outputs, ends } = world();
    const archive = writeArchive(plainEntries({ Dockerfile: 'FROM base:1\nRUN echo a > /a\nRUN echo b > /b\n' }));
    builds.start({ style: 'classic', context: contextFromArchive(archive) });
    sim.run(1500);
    const checkpoint = structuredClone(sim.checkpoint());
    const told = outputs.length;
    const end = (): string => {
      sim.run(10_000);
      return JSON.stringify([outputs.splice(told), ends.splice(0)]).replace(/c{9,}[0-9a-f]+/g, '');
    };
    const first = end();
    sim.restore(checkpoint);
    expect(end()).toBe(first);
    expect(first).toContain('"ok":true');
  });
});

describe('BuildKit', () => {
  const kit = { style: 'buildkit', tags: ['app:v1'] } as const;

  it('names its steps and runs only the stages that are needed', () => {
    const { build, vertices, runs, built } = world();
    build(
      'FROM base:1 AS build\nRUN echo x > /out\nFROM base:1 AS unused\nRUN never\nFROM base:1\nENV A=b\nCOPY --from=build /out /out\nCMD ["x"]\n',
      {},
      kit,
    );
    expect(runs.map(({ argv }) => argv.at(-1))).toEqual(['echo x > /out']);
    expect(vertices().map(({ name }) => name)).toEqual([
      '[internal] load build definition from Dockerfile',
      '[internal] load metadata for docker.io/library/base:1',
      '[internal] load .dockerignore',
      '[stage-2 1/2] FROM docker.io/library/base:1',
      '[build 2/2] RUN echo x > /out',
      '[stage-2 2/2] COPY --from=build /out /out',
      'exporting to image',
    ]);
    expect(built().config.history.slice(1)).toMatchObject([
      { created_by: 'ENV A=b', comment: 'buildkit.dockerfile.v0', empty_layer: true },
      { created_by: 'COPY --from=build /out /out # buildkit' },
      { created_by: 'CMD ["x"]', empty_layer: true },
    ]);
  });

  it('finds steps again whatever happened to the images, until the cache is pruned', () => {
    const { build, vertices, runs, cache, built } = world();
    const file = 'FROM base:1\nCOPY a /a\nRUN echo b > /b\nLABEL x=y\n';
    build(file, { a: '1' }, kit);
    const first = built().layers.map(({ diffId }) => diffId);
    build(file.replace('x=y', 'x=z'), { a: '1' }, kit);
    expect(
      vertices()
        .filter(({ cached, name }) => cached === true && !name.includes('FROM'))
        .map(({ name }) => name),
    ).toEqual(['[2/3] COPY a /a', '[3/3] RUN echo b > /b']);
    expect(runs).toEqual([]);
    expect(built().layers.map(({ diffId }) => diffId)).toEqual(first);
    expect(cache.records()).toHaveLength(2);
    cache.prune();
    build(file, { a: '1' }, kit);
    expect(runs).toHaveLength(1);
  });

  it('says what failed and where', () => {
    const { build, vertices } = world();
    const message = 'process "/bin/sh -c fail" did not complete successfully: exit code: 7';
    expect(build('FROM base:1\nRUN fail\n', {}, kit)).toMatchObject({ ok: false, message, line: 2 });
    expect(vertices().at(-1)).toMatchObject({ name: '[2/2] RUN fail', error: message });
    expect(build('FROM base:1\nCOPY nope /\n', {}, kit)).toMatchObject({
      message: expect.stringMatching(
        /^failed to compute cache key: failed to calculate checksum of ref \w+::\w+: "\/nope": not found$/,
      ) as string,
    });
  });

  it('knows the platforms without being told, where a stage asks', () => {
    const { build, runs } = world();
    build('FROM --platform=$BUILDPLATFORM base:1\nARG TARGETARCH\nRUN make\n', {}, kit);
    expect(runs[0]?.env).toEqual(['PATH=/bin', 'TARGETARCH=amd64']);
  });

  it('can change modes while it copies', () => {
    const { build, built } = world();
    build('FROM base:1\nCOPY --chmod=700 a /a\n', { a: '1' }, kit);
    expect(built().layers.at(-1)?.entries.at(-1)).toMatchObject({ path: '/a', mode: 0o700 });
  });
});

it('ids in the stream are those of images', () => {
  const { build, outputs, built } = world();
  build('FROM base:1\nENV A=b\n');
  expect(outputs.at(-1)).toEqual({ kind: 'stream', text: `Successfully built ${shortId(built().id)}\n` });
});
