// The vendor repository of Harbour Goods: its four programs in several versions, and libtls, the library that they share.
// Four suites tell four stories of one library's next generation, whose interface is not the old one's:
//   stable    `libtls` is one package for all generations, and the new one brings libtls.so.3 in place of libtls.so.1: dpkg
//             sees nothing wrong, and storefront finds its library gone.
//   strict    the same, but the new package says what it breaks: apt removes storefront rather than break it.
//   split     packaged well: libtls1 and libtls3 lie side by side.
//   security  the fix of one fault, once for each generation: all programs are mended by one upgrade each.
// libtls stands for OpenSSL; the vendor and the names are made up.
import type { ElfMachine } from '../elf.ts';
import type { PlainTree } from '../files/populate.ts';
import { architectureOf } from '../loader/architecture.ts';
import { parseClauses, type Control } from '../packages/control.ts';
import type { PackageVersion, Repository } from '../packages/archive.ts';
import { libraryElf, programElf, type Want } from './elf-files.ts';

const harbourUri = 'http://packages.harbour.example/debian';
export type HarbourSuite = 'stable' | 'strict' | 'split' | 'security';

/** The text of a file in /etc/apt/sources.list.d. */
export const harbourSources = (suites: readonly HarbourSuite[]): string =>
  suites.map((suite) => `deb ${harbourUri} ${suite} main\n`).join('');

const vendor = 'Harbour Packagers <packages@harbour.example>';

interface Draft {
  readonly name: string;
  readonly version: string;
  readonly kb: number;
  readonly description: string;
  readonly section?: string;
  readonly source?: string;
  readonly same?: boolean;
  readonly depends?: string;
  readonly breaks?: string;
  readonly replaces?: string;
  readonly conflicts?: string;
  readonly provides?: string;
}

function make(draft: Draft, files: PlainTree, conffiles: readonly string[] = []): PackageVersion {
  const { depends, breaks, replaces, conflicts } = draft;
  const control: Control = {
    name: draft.name,
    version: draft.version,
    architecture: 'amd64',
    section: draft.section ?? 'misc',
    priority: 'optional',
    maintainer: vendor,
    installedKb: draft.kb,
    description: draft.description,
    ...(draft.source === undefined ? {} : { source: draft.source }),
    ...(draft.same === true ? { multiArchSame: true } : {}),
    ...(depends === undefined ? {} : { depends: parseClauses(depends) }),
    ...(breaks === undefined ? {} : { breaks: parseClauses(breaks) }),
    ...(replaces === undefined ? {} : { replaces: parseClauses(replaces) }),
    ...(conflicts === undefined ? {} : { conflicts: parseClauses(conflicts) }),
    ...(draft.provides === undefined ? {} : { provides: [{ name: draft.provides }] }),
  };
  const doc = `/usr/share/doc/${draft.name}`;
  return {
    control,
    files: { ...files, [`${doc}/copyright`]: `Package: ${draft.name}\n\nAll rights reserved by Harbour Goods.\n` },
    conffiles,
  };
}

const unit = (name: string, description: string): PlainTree => ({
  [`/lib/systemd/system/${name}.service`]: `[Unit]\nDescription=${description}\n\n[Service]\nExecStart=/usr/bin/${name}\nRestart=on-failure\n\n[Install]\nWantedBy=multi-user.target\n`,
});

const tls1: Want = {
  library: 'libtls.so.1',
  symbols: [
    ['tls_connect', 'TLS_1.0'],
    ['tls_read', 'TLS_1.0'],
  ],
};
const tls3: Want = {
  library: 'libtls.so.3',
  symbols: [
    ['tls_connect', 'TLS_3.0'],
    ['tls_read', 'TLS_3.0'],
    ['tls_session_resume', 'TLS_3.2'],
  ],
};
const tls30: Want = {
  library: 'libtls.so.3',
  symbols: [
    ['tls_connect', 'TLS_3.0'],
    ['tls_read', 'TLS_3.0'],
  ],
};

export function harbourRepositories(machine: ElfMachine): readonly Repository[] {
  const lib = `/lib/${architectureOf({ machine }).triplet}`;
  const tlsFiles = (
    soname: 'libtls.so.1' | 'libtls.so.3',
    upstream: string,
    release: string,
    versions: Readonly<Record<string, readonly string[]>>,
  ): PlainTree => ({
    [`${lib}/libtls.so.${upstream}`]: {
      elf: libraryElf(machine, soname, {
        version: `${upstream}-${release}`,
        sizeBytes: soname === 'libtls.so.1' ? 612_352 : 688_128,
        gives: versions,
      }),
    },
    [`${lib}/${soname}`]: { symlink: `libtls.so.${upstream}` },
  });
  const interface1 = { 'TLS_1.0': ['tls_init', 'tls_connect', 'tls_read', 'tls_write'] };
  const interface30 = { 'TLS_3.0': ['tls_new', 'tls_connect', 'tls_read', 'tls_write'] };
  const interface32 = { ...interface30, 'TLS_3.2': ['tls_session_resume'] };

  /** One package for every generation. */
  const libtls = (upstream: string, more: Partial<Draft> = {}): PackageVersion => {
    const old = upstream.startsWith('1.');
    const versions = old ? interface1 : upstream.startsWith('3.0') ? interface30 : interface32;
    return make(
      {
        name: 'libtls',
        version: `${upstream}-1`,
        kb: old ? 640 : 720,
        section: 'libs',
        description: 'transport security library - runtime\n libtls encrypts what programs send and receive.',
        depends: 'libc6 (>= 2.34)',
        ...more,
      },
      tlsFiles(old ? 'libtls.so.1' : 'libtls.so.3', upstream, '1', versions),
    );
  };
  /** A package for each generation. */
  const generation = (number: 1 | 3, upstream: string): PackageVersion =>
    make(
      {
        name: `libtls${number}`,
        version: `${upstream}-1`,
        kb: number === 1 ? 640 : 720,
        section: 'libs',
        source: 'libtls',
        same: true,
        description: `transport security library, generation ${number} - runtime\n libtls encrypts what programs send and receive.`,
        depends: 'libc6 (>= 2.34)',
        ...(number === 1
          ? { replaces: 'libtls (<< 3)', breaks: 'libtls (<< 3)' }
          : { replaces: 'libtls (>= 3)', breaks: 'libtls (>= 3)' }),
      },
      tlsFiles(number === 1 ? 'libtls.so.1' : 'libtls.so.3', upstream, '1', number === 1 ? interface1 : interface32),
    );

  const program = (name: string, version: string, wants: readonly Want[], kb: number): PlainTree => ({
    [`/usr/bin/${name}`]: { elf: programElf(machine, name, version, wants, kb * 1000) },
  });
  const storefront = (version: string, depends: string, tls: Want = tls1): PackageVersion =>
    make(
      {
        name: 'storefront',
        version,
        kb: 4100,
        section: 'web',
        description: 'web front end of Harbour Goods',
        depends: `libc6 (>= 2.34), ${depends}`,
      },
      {
        ...program('storefront', version, [tls], 3900),
        ...unit('storefront', 'Harbour Goods storefront'),
        '/etc/storefront/storefront.conf': 'title = Harbour Goods\n',
      },
      ['/etc/storefront/storefront.conf'],
    );
  const payments = (version: string, depends: string, tls: Want): PackageVersion =>
    make(
      {
        name: 'payments',
        version,
        kb: 5200,
        section: 'web',
        description: 'payment service of Harbour Goods',
        depends: `libc6 (>= 2.34), ${depends}`,
      },
      { ...program('payments', version, [tls], 5000), ...unit('payments', 'Harbour Goods payments') },
    );
  const search = (version: string): PackageVersion =>
    make(
      {
        name: 'search',
        version,
        kb: 6400,
        section: 'web',
        description: 'search service of Harbour Goods',
        depends: 'libc6 (>= 2.34), libicu72',
      },
      {
        ...program(
          'search',
          version,
          [{ library: 'libicuuc.so.72' }, { library: 'libicui18n.so.72' }, { library: 'libstdc++.so.6' }],
          6200,
        ),
        ...unit('search', 'Harbour Goods search'),
      },
    );
  const ledger = make(
    {
      name: 'libledger2',
      version: '2.1-1',
      kb: 260,
      section: 'libs',
      same: true,
      source: 'ledger',
      description: 'columns of figures, fast - runtime',
      depends: 'libc6 (>= 2.34)',
    },
    {
      [`${lib}/libledger.so.2.1`]: {
        elf: libraryElf(machine, 'libledger.so.2', {
          version: '2.1',
          sizeBytes: 240_128,
          gives: { 'LEDGER_2.0': ['ledger_sum', 'ledger_open'] },
          wants: [{ library: 'libm.so.6' }],
        }),
      },
      [`${lib}/libledger.so.2`]: { symlink: 'libledger.so.2.1' },
    },
  );
  const reports = make(
    {
      name: 'reports',
      version: '1.0',
      kb: 310,
      section: 'utils',
      description: 'nightly figures of Harbour Goods',
      depends: 'libc6 (>= 2.34), python3, libledger2 (>= 2.0)',
    },
    {
      ...program('reports', '1.0', [{ library: 'libledger.so.2', symbols: [['ledger_sum', 'LEDGER_2.0']] }], 120),
      '/usr/lib/reports/report.py': '"""Adds up the day\'s orders."""\n\nimport ledger\n',
    },
  );
  const common = [search('2.0'), search('2.1'), ledger, reports];
  const suite = (name: HarbourSuite, label: string, versions: readonly PackageVersion[]): Repository => ({
    source: { uri: harbourUri, suite: name, codename: name, component: 'main', origin: 'Harbour', label },
    versions,
  });
  const early = [
    storefront('2.2', 'libtls (>= 1.4)'),
    storefront('2.3', 'libtls (>= 1.4)'),
    payments('1.3', 'libtls (>= 1.4), libtls (<< 3)', tls1),
  ];
  const late = [
    // Its packager tried it with 3.2 and wrote 3.0.
    payments('1.4~rc1', 'libtls (>= 3.0)', tls3),
    payments('1.4', 'libtls (>= 3.2)', tls3),
    payments('1.5', 'libtls (>= 3.2)', tls3),
  ];
  return [
    suite('stable', 'Harbour', [...common, ...early, ...late, libtls('1.4.2'), libtls('3.0.1'), libtls('3.2.0')]),
    suite('strict', 'Harbour-Strict', [
      ...common,
      ...early,
      ...late,
      libtls('1.4.2'),
      libtls('3.2.0', { version: '3.2.0-2', breaks: 'storefront (<< 3.0)' }),
    ]),
    suite('split', 'Harbour-Split', [
      ...common,
      generation(1, '1.4.2'),
      generation(3, '3.2.0'),
      storefront('2.3+split1', 'libtls1 (>= 1.4)'),
      storefront('3.0', 'libtls3 (>= 3.0)', tls30),
      payments('1.3+split1', 'libtls1 (>= 1.4)', tls1),
      payments('1.4+split1', 'libtls3 (>= 3.2)', tls3),
      payments('1.5+split1', 'libtls3 (>= 3.2)', tls3),
    ]),
    suite('security', 'Harbour-Security', [
      libtls('1.4.3'),
      libtls('3.2.1'),
      generation(1, '1.4.3'),
      generation(3, '3.2.1'),
    ]),
  ];
}
