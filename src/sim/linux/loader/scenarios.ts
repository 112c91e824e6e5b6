// Small machines on which the loader is tried: which files stand where, what is run and with which environment. The same
// description makes files of the model and, where there is a compiler, real ones.
import type { Content, Files } from '../contract.ts';
import type { DynamicSymbol, Elf } from '../elf.ts';

/** What an object is linked against: the interface of a library as it was when the object was built. */
interface Wanted {
  readonly library: string;
  readonly functions: readonly string[];
  /** Version of all these functions. */
  readonly version?: string;
}

export interface ObjectFile {
  readonly soname?: string;
  /** Functions by version; the empty version has none. Versions in order, oldest first. */
  readonly gives?: Readonly<Record<string, readonly string[]>>;
  readonly wants?: readonly Wanted[];
  readonly rpath?: string;
  readonly runpath?: string;
  readonly program?: boolean;
  /** A library that uses the C library. */
  readonly libc?: boolean;
  readonly now?: boolean;
  readonly noDefaultLibraries?: boolean;
  /** What has happened to the file afterwards. */
  readonly damage?: 'cut' | 'text' | 'short text' | 'other class' | 'other machine';
  readonly mode?: number;
}

export interface Scenario {
  readonly name: string;
  readonly files: Readonly<Record<string, ObjectFile | { readonly link: string }>>;
  readonly run?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Directories for /etc/ld.so.conf; ldconfig runs when given. */
  readonly configured?: readonly string[];
  /** Set-user-ID root, run by somebody else. */
  readonly setuid?: boolean;
  /** Only these parts of the outcome differ between processors. */
  readonly processor?: boolean;
}

const app = (wants: readonly Wanted[], more: Partial<ObjectFile> = {}): ObjectFile => ({
  program: true,
  wants,
  ...more,
});
const foo: Wanted = { library: 'libfoo.so.1', functions: ['foo'] };
const bar: Wanted = { library: 'libbar.so.1', functions: ['bar'] };
const libfoo: ObjectFile = { soname: 'libfoo.so.1', gives: { '': ['foo'] } };
const libbar: ObjectFile = { soname: 'libbar.so.1', gives: { '': ['bar'] } };
const foo1: ObjectFile = { soname: 'libfoo.so.1', gives: { FOO_1: ['foo'] } };
const foo2: ObjectFile = { soname: 'libfoo.so.1', gives: { FOO_1: ['foo'], FOO_2: ['foo2'] } };
const wantsFoo2: readonly Wanted[] = [
  { library: 'libfoo.so.1', functions: ['foo'], version: 'FOO_1' },
  { library: 'libfoo.so.1', functions: ['foo2'], version: 'FOO_2' },
];
const path = (value: string): Readonly<Record<string, string>> => ({ LD_LIBRARY_PATH: value });

export const scenarios: readonly Scenario[] = [
  { name: 'a library that is nowhere', files: { '/app/app': app([foo]) } },
  { name: 'two libraries that are nowhere', files: { '/app/app': app([foo, bar]) } },
  { name: 'LD_LIBRARY_PATH', files: { '/app/app': app([foo]), '/l/libfoo.so.1': libfoo }, env: path('/l') },
  {
    name: 'LD_LIBRARY_PATH with a semicolon and a slash too many',
    files: { '/app/app': app([foo, bar]), '/l/libfoo.so.1': libfoo, '/m/libbar.so.1': libbar },
    env: path('/none;/l//:/m/'),
  },
  {
    name: 'a relative LD_LIBRARY_PATH',
    files: { '/app/app': app([foo]), '/l/libfoo.so.1': libfoo },
    env: path('l'),
  },
  {
    name: 'an empty element is the working directory',
    files: { '/app/app': app([foo]), '/libfoo.so.1': libfoo },
    env: path(':/l'),
  },
  {
    name: 'LD_LIBRARY_PATH goes before RUNPATH',
    files: { '/app/app': app([foo], { runpath: '/r' }), '/r/libfoo.so.1': libfoo, '/l/libfoo.so.1': libfoo },
    env: path('/l'),
  },
  {
    name: 'RPATH goes before LD_LIBRARY_PATH',
    files: { '/app/app': app([foo], { rpath: '/r' }), '/r/libfoo.so.1': libfoo, '/l/libfoo.so.1': libfoo },
    env: path('/l'),
  },
  {
    name: 'RUNPATH does not serve what a library needs',
    files: {
      '/app/app': app([foo], { runpath: '/r' }),
      '/r/libfoo.so.1': { ...libfoo, wants: [bar] },
      '/r/libbar.so.1': libbar,
    },
  },
  {
    name: 'RPATH serves what a library needs',
    files: {
      '/app/app': app([foo], { rpath: '/r' }),
      '/r/libfoo.so.1': { ...libfoo, wants: [bar] },
      '/r/libbar.so.1': libbar,
    },
  },
  {
    name: 'a library with its own RUNPATH does not see the RPATH of the program',
    files: {
      '/app/app': app([foo], { rpath: '/r' }),
      '/r/libfoo.so.1': { ...libfoo, wants: [bar], runpath: '/own' },
      '/r/libbar.so.1': libbar,
    },
  },
  {
    name: 'a library finds its needs through its own RUNPATH',
    files: {
      '/app/app': app([foo], { runpath: '/r' }),
      '/r/libfoo.so.1': { ...libfoo, wants: [bar], runpath: '/own' },
      '/own/libbar.so.1': libbar,
    },
  },
  {
    name: '$ORIGIN',
    files: { '/app/bin/app': app([foo], { runpath: '$ORIGIN/../lib' }), '/app/lib/libfoo.so.1': libfoo },
    run: '/app/bin/app',
  },
  {
    name: '${ORIGIN} of a link to the program',
    files: {
      '/opt/x/bin/app': app([foo], { runpath: '${ORIGIN}/../lib' }),
      '/opt/x/lib/libfoo.so.1': libfoo,
      '/app/app': { link: '/opt/x/bin/app' },
    },
  },
  {
    name: '$LIB',
    files: { '/app/app': app([foo], { runpath: '/app/$LIB' }), '/app/lib/x86_64-linux-gnu/libfoo.so.1': libfoo },
  },
  { name: 'the cache', files: { '/app/app': app([foo]), '/opt/l/libfoo.so.1': libfoo }, configured: ['/opt/l'] },
  {
    name: 'ldconfig makes the link of the soname',
    files: { '/app/app': app([foo]), '/opt/l/libfoo.so.1.2.3': libfoo },
    configured: ['/opt/l'],
  },
  {
    name: 'ldconfig links the newest of two files of one soname',
    files: { '/app/app': app([foo]), '/opt/l/libfoo.so.1.9': libfoo, '/opt/l/libfoo.so.1.10': libfoo },
    configured: ['/opt/l'],
  },
  {
    name: 'the first of two configured directories',
    files: { '/app/app': app([foo]), '/opt/l/libfoo.so.1': libfoo, '/opt/m/libfoo.so.1': libfoo },
    configured: ['/opt/m', '/opt/l'],
  },
  {
    name: 'a configured directory goes before the default ones',
    files: { '/app/app': app([foo]), '/opt/l/libfoo.so.1': libfoo, '/usr/lib/libfoo.so.1': libfoo },
    configured: ['/opt/l'],
  },
  {
    name: 'a default directory without a cache',
    files: { '/app/app': app([foo]), '/usr/lib/libfoo.so.1': libfoo },
  },
  {
    name: 'the multiarch directory goes before /usr/lib',
    files: { '/app/app': app([foo]), '/usr/lib/libfoo.so.1': libfoo, '/usr/lib/x86_64-linux-gnu/libfoo.so.1': libfoo },
  },
  {
    name: 'a file without a soname',
    files: { '/app/app': app([foo]), '/l/libfoo.so.1': { gives: { '': ['foo'] } } },
    env: path('/l'),
  },
  {
    name: 'a name of the file that is not its soname',
    files: { '/app/app': app([foo]), '/l/libfoo.so': { ...libfoo } },
    env: path('/l'),
  },
  {
    name: 'a file cut off',
    files: { '/app/app': app([foo]), '/l/libfoo.so.1': { ...libfoo, damage: 'cut' } },
    env: path('/l'),
  },
  {
    name: 'a text in place of the library',
    files: { '/app/app': app([foo]), '/l/libfoo.so.1': { ...libfoo, damage: 'text' } },
    env: path('/l'),
  },
  {
    name: 'a short text in place of the library',
    files: { '/app/app': app([foo]), '/l/libfoo.so.1': { ...libfoo, damage: 'short text' } },
    env: path('/l'),
  },
  {
    name: 'a library of the other class only',
    files: { '/app/app': app([foo]), '/l/libfoo.so.1': { ...libfoo, damage: 'other class' } },
    env: path('/l'),
  },
  {
    name: 'a library of the other class is passed over when a good one follows',
    files: { '/app/app': app([foo]), '/l/libfoo.so.1': { ...libfoo, damage: 'other class' }, '/m/libfoo.so.1': libfoo },
    env: path('/l:/m'),
  },
  {
    name: 'a library for another machine only',
    files: { '/app/app': app([foo]), '/l/libfoo.so.1': { ...libfoo, damage: 'other machine' } },
    env: path('/l'),
  },
  {
    name: 'a library for another machine is passed over when a good one follows',
    files: {
      '/app/app': app([foo]),
      '/l/libfoo.so.1': { ...libfoo, damage: 'other machine' },
      '/m/libfoo.so.1': libfoo,
    },
    env: path('/l:/m'),
  },
  {
    name: 'a version that the library does not give',
    files: { '/app/app': app(wantsFoo2), '/l/libfoo.so.1': foo1 },
    env: path('/l'),
  },
  {
    name: 'a version that a library wants of another',
    files: {
      '/app/app': app([bar]),
      '/l/libfoo.so.1': foo1,
      '/l/libbar.so.1': { ...libbar, wants: wantsFoo2 },
    },
    env: path('/l'),
  },
  {
    name: 'two versions are missing, by two objects',
    files: {
      '/app/app': app([...wantsFoo2, bar]),
      '/l/libfoo.so.1': { soname: 'libfoo.so.1', gives: { FOO_0: ['foo'] } },
      '/l/libbar.so.1': { ...libbar, wants: wantsFoo2 },
    },
    env: path('/l'),
  },
  { name: 'all versions are there', files: { '/app/app': app(wantsFoo2), '/l/libfoo.so.1': foo2 }, env: path('/l') },
  {
    name: 'a newer library serves an older program',
    files: { '/app/app': app([{ ...foo, version: 'FOO_1' }]), '/l/libfoo.so.1': foo2 },
    env: path('/l'),
  },
  {
    name: 'a library without versions for a program that wants some',
    files: {
      '/app/app': app(wantsFoo2),
      '/l/libfoo.so.1': { soname: 'libfoo.so.1', gives: { '': ['foo', 'foo2'] } },
    },
    env: path('/l'),
  },
  {
    name: 'a library without versions of its own that uses the C library',
    files: {
      '/app/app': app(wantsFoo2),
      '/l/libfoo.so.1': { soname: 'libfoo.so.1', gives: { '': ['foo', 'foo2'] }, libc: true },
    },
    env: path('/l'),
  },
  {
    name: 'a function missing in a library without versions',
    files: {
      '/app/app': app([{ library: 'libfoo.so.1', functions: ['foo', 'foo_new'] }]),
      '/l/libfoo.so.1': libfoo,
    },
    env: path('/l'),
  },
  {
    name: 'a function missing, looked up at the start',
    files: {
      '/app/app': app([{ library: 'libfoo.so.1', functions: ['foo', 'foo_new'] }]),
      '/l/libfoo.so.1': libfoo,
    },
    env: { ...path('/l'), LD_BIND_NOW: '1' },
  },
  {
    name: 'a function missing, program linked to look up at the start',
    files: {
      '/app/app': app([{ library: 'libfoo.so.1', functions: ['foo_new'] }], { now: true }),
      '/l/libfoo.so.1': libfoo,
    },
    env: path('/l'),
  },
  {
    name: 'a function missing under a version that is there',
    files: {
      '/app/app': app([{ library: 'libfoo.so.1', functions: ['foo', 'foo_new'], version: 'FOO_1' }]),
      '/l/libfoo.so.1': foo1,
    },
    env: path('/l'),
  },
  {
    name: 'a function missing that a library wants',
    files: {
      '/app/app': app([foo]),
      '/l/libfoo.so.1': { ...libfoo, wants: [{ library: 'libbar.so.1', functions: ['bar_new'] }] },
      '/l/libbar.so.1': libbar,
    },
    env: path('/l'),
  },
  {
    name: 'a library without versions in place of one with',
    files: { '/app/app': app([foo]), '/l/libfoo.so.1': foo2 },
    env: path('/l'),
  },
  {
    name: 'two libraries need one that is nowhere',
    files: {
      '/app/app': app([foo, bar]),
      '/l/libfoo.so.1': { ...libfoo, wants: [{ library: 'libbaz.so.1', functions: ['baz'] }] },
      '/l/libbar.so.1': { ...libbar, wants: [{ library: 'libbaz.so.1', functions: ['baz'] }] },
    },
    env: path('/l'),
  },
  {
    name: 'a diamond is loaded breadth first and once',
    files: {
      '/app/app': app([foo, bar]),
      '/l/libfoo.so.1': { ...libfoo, wants: [{ library: 'libbaz.so.1', functions: ['baz'] }] },
      '/l/libbar.so.1': {
        ...libbar,
        wants: [
          { library: 'libqux.so.1', functions: ['qux'] },
          { library: 'libbaz.so.1', functions: ['baz'] },
        ],
      },
      '/l/libbaz.so.1': { soname: 'libbaz.so.1', gives: { '': ['baz'] } },
      '/l/libqux.so.1': {
        soname: 'libqux.so.1',
        gives: { '': ['qux'] },
        wants: [{ library: 'libbaz.so.1', functions: ['baz'] }],
      },
    },
    env: path('/l'),
  },
  {
    name: 'one file under two names is one object',
    files: {
      '/app/app': app([foo, { library: 'libother.so.1', functions: ['foo'] }]),
      '/l/libfoo.so.1': libfoo,
      '/l/libother.so.1': { link: 'libfoo.so.1' },
    },
    env: path('/l'),
  },
  {
    name: 'two generations of one library side by side',
    files: {
      '/app/app': app([
        { library: 'libtls.so.1', functions: ['tls_1'] },
        { library: 'libpay.so.1', functions: ['pay'] },
      ]),
      '/l/libtls.so.1': { soname: 'libtls.so.1', gives: { '': ['tls_1'] } },
      '/l/libtls.so.3': { soname: 'libtls.so.3', gives: { TLS_3: ['tls_3'] } },
      '/l/libpay.so.1': {
        soname: 'libpay.so.1',
        gives: { '': ['pay'] },
        wants: [{ library: 'libtls.so.3', functions: ['tls_3'], version: 'TLS_3' }],
      },
    },
    env: path('/l'),
  },
  {
    name: 'LD_PRELOAD',
    files: { '/app/app': app([foo]), '/l/libfoo.so.1': libfoo, '/p/mine.so': { gives: { '': ['foo'] } } },
    env: { ...path('/l'), LD_PRELOAD: '/p/mine.so' },
  },
  {
    name: 'LD_PRELOAD of what is not there',
    files: { '/app/app': app([foo]), '/l/libfoo.so.1': libfoo, '/p/bad.so': { damage: 'text' } },
    env: { ...path('/l'), LD_PRELOAD: 'mine.so /p/bad.so:/p/none.so' },
  },
  {
    name: 'a preloaded library serves under its soname',
    files: { '/app/app': app([foo]), '/p/mine.so': libfoo },
    env: { LD_PRELOAD: '/p/mine.so' },
  },
  {
    name: 'a set-user-ID program does not follow LD_LIBRARY_PATH',
    files: { '/app/app': app([foo]), '/l/libfoo.so.1': libfoo },
    env: path('/l'),
    setuid: true,
  },
  {
    name: 'a set-user-ID program follows its RUNPATH but not $ORIGIN',
    files: {
      '/app/app': app([foo, bar], { runpath: '/r:$ORIGIN/lib' }),
      '/r/libfoo.so.1': libfoo,
      '/app/lib/libbar.so.1': libbar,
    },
    setuid: true,
  },
  {
    name: 'a program that uses no default directories',
    files: { '/app/app': app([foo], { noDefaultLibraries: true }), '/usr/lib/libfoo.so.1': libfoo },
  },
  {
    name: 'a subdirectory for better processors',
    files: { '/app/app': app([foo]), '/l/libfoo.so.1': libfoo, '/l/glibc-hwcaps/x86-64-v2/libfoo.so.1': libfoo },
    env: path('/l'),
    processor: true,
  },
  {
    name: 'LD_DEBUG=libs of a good start',
    files: {
      '/app/app': app([foo], { runpath: '/r' }),
      '/r/libfoo.so.1': { ...libfoo, wants: [bar] },
      '/l/libbar.so.1': libbar,
    },
    env: { ...path('/none:/l'), LD_DEBUG: 'libs' },
    processor: true,
  },
  {
    name: 'LD_DEBUG=libs of a missing library',
    files: { '/app/app': app([foo], { rpath: '/r:/s' }), '/r/x': { link: 'y' } },
    env: { ...path('/l:rel'), LD_DEBUG: 'libs' },
    processor: true,
  },
  {
    name: 'LD_DEBUG=versions',
    files: { '/app/app': app(wantsFoo2), '/l/libfoo.so.1': foo1 },
    env: { ...path('/l'), LD_DEBUG: 'versions' },
  },
  {
    name: 'LD_DEBUG with a word it does not know',
    files: { '/app/app': app([foo]), '/l/libfoo.so.1': libfoo },
    env: { ...path('/l'), LD_DEBUG: 'libz' },
  },
  { name: 'LD_DEBUG=help', files: { '/app/app': app([foo]) }, env: { LD_DEBUG: 'help' } },
  {
    name: 'LD_BIND_NOW and a lookup in libraries first',
    files: {
      '/app/app': app([{ library: 'libfoo.so.1', functions: ['foo', 'gone_a'] }]),
      '/l/libfoo.so.1': { ...libfoo, wants: [{ library: 'libbar.so.1', functions: ['gone_b'] }] },
      '/l/libbar.so.1': libbar,
    },
    env: { ...path('/l'), LD_BIND_NOW: '1' },
  },
];

const base: Elf = {
  class: 64,
  machine: 'x86_64',
  type: 'DYN',
  needed: [],
  versionsNeeded: [],
  versionsDefined: [],
  defined: [],
  undefined: [],
  stripped: false,
  buildId: '0'.repeat(40),
  sizeBytes: 15_000,
};

const glibcVersions = [
  'GLIBC_2.2.5',
  'GLIBC_2.3',
  'GLIBC_2.4',
  'GLIBC_2.34',
  'GLIBC_2.35',
  'GLIBC_2.36',
  'GLIBC_PRIVATE',
];
const dynamicLoader: Elf = { ...base, soname: 'ld-linux-x86-64.so.2', versionsDefined: glibcVersions };
const libc: Elf = {
  ...base,
  soname: 'libc.so.6',
  interpreter: '/lib64/ld-linux-x86-64.so.2',
  needed: ['ld-linux-x86-64.so.2'],
  versionsNeeded: [
    { library: 'ld-linux-x86-64.so.2', versions: ['GLIBC_2.35', 'GLIBC_2.2.5', 'GLIBC_2.3', 'GLIBC_PRIVATE'] },
  ],
  versionsDefined: glibcVersions,
  defined: [
    { name: '__libc_start_main', version: 'GLIBC_2.34', default: true, type: 'T' },
    { name: '__cxa_finalize', version: 'GLIBC_2.2.5', default: true, type: 'T' },
  ],
};

export function elfOf(file: ObjectFile): Elf {
  const wants = file.wants ?? [];
  const versionsNeeded: { library: string; versions: string[] }[] = [];
  for (const { library, version } of wants) {
    if (version === undefined) continue;
    const entry = versionsNeeded.find((candidate) => candidate.library === library);
    if (entry === undefined) versionsNeeded.push({ library, versions: [version] });
    else if (!entry.versions.includes(version)) entry.versions.unshift(version);
  }
  const wanted = wants.flatMap(({ functions, version }) =>
    functions.map((name): DynamicSymbol => ({ name, type: 'U', ...(version === undefined ? {} : { version }) })),
  );
  const program = file.program === true;
  return {
    ...base,
    ...(program ? { interpreter: '/lib64/ld-linux-x86-64.so.2', program: 'true' } : {}),
    ...(file.soname === undefined ? {} : { soname: file.soname }),
    ...(file.rpath === undefined ? {} : { rpath: file.rpath.split(':') }),
    ...(file.runpath === undefined ? {} : { runpath: file.runpath.split(':') }),
    ...(file.now === true ? { bindNow: true } : {}),
    ...(file.noDefaultLibraries === true ? { noDefaultLibraries: true } : {}),
    class: file.damage === 'other class' ? 32 : 64,
    machine: file.damage === 'other machine' ? 'aarch64' : 'x86_64',
    needed: [...new Set(wants.map(({ library }) => library)), ...(program || file.libc === true ? ['libc.so.6'] : [])],
    versionsNeeded: [
      ...versionsNeeded,
      ...(program ? [{ library: 'libc.so.6', versions: ['GLIBC_2.2.5', 'GLIBC_2.34'] }] : []),
      ...(file.libc === true ? [{ library: 'libc.so.6', versions: ['GLIBC_2.2.5'] }] : []),
    ],
    versionsDefined: Object.keys(file.gives ?? {}).filter((version) => version !== ''),
    defined: Object.entries(file.gives ?? {}).flatMap(([version, names]) =>
      names.map((name): DynamicSymbol => ({ name, type: 'T', ...(version === '' ? {} : { version, default: true }) })),
    ),
    undefined: [
      ...(program ? [{ name: '__libc_start_main', version: 'GLIBC_2.34', type: 'U' as const }] : []),
      ...wanted,
    ],
  };
}

export const textInPlaceOfLibrary = 'This is not a library at all but a text that is longer than the header of one.\n';

function contentOf(file: ObjectFile): Content {
  const elf = elfOf(file);
  if (file.damage === 'text') return { kind: 'text', text: textInPlaceOfLibrary };
  if (file.damage === 'short text') return { kind: 'text', text: 'short\n' };
  if (file.damage === 'cut') return { kind: 'opaque', sizeBytes: 40, id: 'cut', magic: 'ELF' };
  return { kind: 'elf', elf };
}

/** Puts glibc and the files of the scenario in place. */
export function layOut(files: Files, scenario: Scenario): void {
  const put = (at: string, content: Content, mode: number): void => {
    files.mkdirs(at.slice(0, at.lastIndexOf('/')) || '/');
    files.write(at, content, { mode });
  };
  for (const directory of ['/etc', '/lib64', '/usr/lib']) files.mkdirs(directory);
  put('/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2', { kind: 'elf', elf: dynamicLoader }, 0o755);
  put('/lib/x86_64-linux-gnu/libc.so.6', { kind: 'elf', elf: libc }, 0o755);
  files.symlink('/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2', '/lib64/ld-linux-x86-64.so.2');
  for (const [at, file] of Object.entries(scenario.files)) {
    files.mkdirs(at.slice(0, at.lastIndexOf('/')) || '/');
    if ('link' in file) files.symlink(file.link, at);
    else put(at, contentOf(file), file.mode ?? 0o755);
  }
  if (scenario.configured !== undefined) {
    files.write('/etc/ld.so.conf', scenario.configured.map((directory) => `${directory}\n`).join(''));
  }
}
