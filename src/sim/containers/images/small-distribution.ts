// A Debian-like base in few files: what a shell and the programs of Harbour Goods need to start. Sizes are near those of
// the real packages; what nobody reads is opaque. Left out: nearly everything.
import type { ElfMachine } from '../../linux/elf.ts';
import { type Plain, type PlainTree, plainEntries } from '../../linux/files/populate.ts';
import { architectureOf } from '../../linux/loader/architecture.ts';
import { library, type PackageContents, type PackageSource, program } from './packages.ts';
import { platformOf } from './platform.ts';

/** When the packages were built: 1 November 2026. */
const BUILT = Date.UTC(2026, 10, 1);

const opaque = (name: string, sizeBytes: number, magic = 'data'): Plain => ({
  opaque: { sizeBytes, id: name, magic },
});

const COREUTILS =
  'cat chgrp chmod chown cp cut date df du echo env false head id ln ls md5sum mkdir mknod mv pwd readlink rm rmdir seq sha256sum sleep sort stat tail tee touch tr true uname uniq wc whoami';

interface Description {
  readonly version: string;
  readonly files: (machine: ElfMachine, lib: string) => PlainTree;
  readonly depends?: string;
}

const passwd =
  'root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\nwww-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\nnobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n';
const group = 'root:x:0:\ndaemon:x:1:\nwww-data:x:33:\nnogroup:x:65534:\n';
const osRelease =
  'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\n';

const programs =
  (names: string, needs: (name: string) => string = () => '') =>
  (machine: ElfMachine): PlainTree =>
    Object.fromEntries(
      names.split(' ').map((name) => {
        const wanted = needs(name);
        return [
          `/usr/bin/${name}`,
          { elf: program(machine, name, wanted === '' ? {} : { needs: [{ library: wanted, versions: [] }] }) },
        ];
      }),
    );

const libtls =
  (soname: string, versions: readonly string[], sizeBytes: number) => (machine: ElfMachine, lib: string) => {
    const gives = versions.map((version) => ({
      name: version === 'TLS_3.0' ? 'tls_connect_ex' : 'tls_connect',
      version,
    }));
    return { [`${lib}/${soname}`]: { elf: library(machine, soname, { sizeBytes, gives }) } };
  };

const descriptions: Readonly<Record<string, Description>> = {
  'base-files': {
    version: '12.4+deb12u12',
    files: () => ({
      '/bin': { symlink: 'usr/bin' },
      '/sbin': { symlink: 'usr/sbin' },
      '/lib': { symlink: 'usr/lib' },
      '/usr/sbin': { directory: true },
      '/usr/local/bin': { directory: true },
      '/etc/os-release': { symlink: '../usr/lib/os-release' },
      '/usr/lib/os-release': osRelease,
      '/etc/debian_version': '12.12\n',
      '/etc/passwd': passwd,
      '/etc/group': group,
      '/etc/ld.so.conf': '/usr/local/lib\n',
      '/root': { directory: true, mode: 0o700 },
      '/tmp': { directory: true, mode: 0o1777 },
      '/proc': { directory: true },
      '/sys': { directory: true },
      '/dev': { directory: true },
      '/run': { directory: true },
      '/home': { directory: true },
      '/var/log': { directory: true },
      '/usr/share/base-files/data': opaque('base-files', 290_000),
    }),
  },
  libc6: {
    version: '2.36-9+deb12u13',
    files: (machine, lib) => {
      const { interpreter } = architectureOf({ machine });
      const loader = interpreter.slice(interpreter.lastIndexOf('/') + 1);
      const gives = ['GLIBC_2.2.5', 'GLIBC_2.17', 'GLIBC_2.34', 'GLIBC_2.36'].map((version) => ({
        name: version === 'GLIBC_2.34' ? '__libc_start_main' : `__libc_${version.slice(6).replaceAll('.', '_')}`,
        version,
      }));
      return {
        ...(interpreter.startsWith('/lib64/') && { '/lib64': { symlink: 'usr/lib64' } }),
        [`${lib}/${loader}`]: { elf: library(machine, loader, { sizeBytes: 210_968, needsLibc: false }), mode: 0o755 },
        [`${interpreter.startsWith('/lib64/') ? '/usr/lib64' : '/usr/lib'}/${loader}`]: { symlink: `${lib}/${loader}` },
        [`${lib}/libc.so.6`]: {
          elf: library(machine, 'libc.so.6', { sizeBytes: 1_922_136, gives, needsLibc: false }),
          mode: 0o755,
        },
        [`${lib}/gconv/gconv-modules.cache`]: opaque('gconv', 10_400_000),
      };
    },
  },
  libtinfo6: {
    version: '6.4-4',
    files: (machine, lib) => ({
      [`${lib}/libtinfo.so.6`]: { elf: library(machine, 'libtinfo.so.6', { sizeBytes: 216_368 }) },
    }),
    depends: 'libc6 (>= 2.34)',
  },
  bash: {
    version: '5.2.15-2+b9',
    files: programs('bash', () => 'libtinfo.so.6'),
    depends: 'libc6 (>= 2.36), libtinfo6 (>= 6)',
  },
  dash: { version: '0.5.12-2', files: programs('sh'), depends: 'libc6 (>= 2.34)' },
  coreutils: { version: '9.1-1', files: programs(COREUTILS), depends: 'libc6 (>= 2.34)' },
  grep: { version: '3.8-5', files: programs('grep'), depends: 'libc6 (>= 2.34)' },
  sed: { version: '4.9-1', files: programs('sed'), depends: 'libc6 (>= 2.34)' },
  findutils: { version: '4.9.0-4', files: programs('find'), depends: 'libc6 (>= 2.34)' },
  'perl-base': {
    version: '5.36.0-7+deb12u3',
    files: () => ({ '/usr/lib/perl-base/data': opaque('perl-base', 7_600_000) }),
  },
  tzdata: { version: '2025b-0+deb12u2', files: () => ({ '/usr/share/zoneinfo/data': opaque('tzdata', 2_700_000) }) },
  'apt-and-rest': { version: '12.12', files: () => ({ '/usr/share/base/data': opaque('rest', 48_900_000) }) },
  'ca-certificates': {
    version: '20230311+deb12u1',
    files: () => ({ '/etc/ssl/certs/ca-certificates.crt': opaque('ca', 219_342, 'PEM certificate') }),
  },
  libtls1: { version: '1.4.2-1', files: libtls('libtls.so.1', ['TLS_1.0'], 612_000), depends: 'libc6 (>= 2.34)' },
  libtls3: {
    version: '3.1.0-1',
    files: libtls('libtls.so.3', ['TLS_1.0', 'TLS_3.0'], 688_000),
    depends: 'libc6 (>= 2.34)',
  },
  libicu72: {
    version: '72.1-3+deb12u1',
    files: (machine, lib) => ({
      [`${lib}/libicuuc.so.72`]: { elf: library(machine, 'libicuuc.so.72', { sizeBytes: 2_091_296 }) },
      [`${lib}/libicudata.so.72`]: { elf: library(machine, 'libicudata.so.72', { sizeBytes: 31_337_264 }) },
    }),
    depends: 'libc6 (>= 2.34)',
  },
  'python3.12': {
    version: '3.12.8-1',
    files: (machine) => ({
      '/usr/local/bin/python3.12': { elf: program(machine, 'python3', { version: '3.12.8', sizeBytes: 7_100_000 }) },
      '/usr/local/bin/python3': { symlink: 'python3.12' },
      '/usr/local/bin/python': { symlink: 'python3' },
      '/usr/local/lib/python3.12/lib.data': opaque('python3.12', 36_000_000),
    }),
    depends: 'libc6 (>= 2.34)',
  },
  redis: {
    version: '7.4.2-1',
    files: (machine) => ({
      '/usr/local/bin/redis-server': { elf: program(machine, 'redis', { version: '7.4.2', sizeBytes: 15_900_000 }) },
      '/usr/local/bin/redis-cli': { elf: program(machine, 'redis-cli', { version: '7.4.2', sizeBytes: 8_000_000 }) },
    }),
    depends: 'libc6 (>= 2.34)',
  },
};

const versioned = (machine: ElfMachine, lib: string, version: string): PlainTree => ({
  '/usr/sbin/nginx': {
    elf: program(machine, 'nginx', {
      version,
      sizeBytes: 1_500_000,
      needs: [{ library: 'libtls.so.3', versions: ['TLS_3.0'] }],
    }),
  },
  '/etc/nginx/nginx.conf': 'events {}\nhttp {\n  server {\n    listen 80;\n    root /usr/share/nginx/html;\n  }\n}\n',
  '/usr/share/nginx/html/index.html': '<h1>Welcome to nginx!</h1>\n',
  [`${lib}/nginx-modules.data`]: opaque(`nginx ${version}`, 110_000_000),
});

/** `nginx=1.27.5` names a version where there are several. */
export const smallDistribution: PackageSource = (asked, machine) => {
  const [name = '', version] = asked.split('=');
  const known = name === 'nginx' && version !== undefined ? nginx(version) : descriptions[name];
  if (!known) return undefined;
  const { architecture } = platformOf(machine);
  const lib = `/usr/lib/${architectureOf({ machine }).triplet}`;
  const contents: PackageContents = {
    name,
    version: known.version,
    architecture,
    entries: plainEntries(known.files(machine, lib), BUILT),
    ...(known.depends !== undefined && { fields: { Depends: known.depends } }),
  };
  return contents;
};

function nginx(version: string): Description {
  return {
    version: `${version}-1~bookworm`,
    files: (machine, lib) => versioned(machine, lib, version),
    depends: 'libc6 (>= 2.34), libtls3',
  };
}
