// The base system: the packages of a small Debian 12 with programs, libraries and /etc files. Each file exists as far as
// something reads it; what nobody reads is opaque.
// Departures: of most packages only programs, libraries, configuration and two files of documentation; `/usr` is merged.
import type { ElfMachine } from '../elf.ts';
import type { Plain, PlainTree } from '../files/populate.ts';
import { architectureOf } from '../loader/architecture.ts';
import type { PackageVersion } from '../packages/archive.ts';
import { parseClauses, type Clause, type Control } from '../packages/control.ts';
import { debianTable } from './debian-table.ts';
import { glibcVersions, libraryElf, programElf, type LibraryOptions, type Want } from './elf-files.ts';
import { etcFiles, packageScripts } from './etc.ts';

/** `/usr/bin/` names; `name:program` where the behaviour has another name; a leading `/` gives the place. */
const programs: Readonly<Record<string, { readonly names: string; readonly libraries?: string }>> = {
  coreutils: {
    names:
      '[ arch b2sum base32 base64 basename basenc cat chcon chgrp chmod chown cksum comm cp csplit cut date dd df dir dircolors dirname du ' +
      'echo env expand expr factor false fmt fold groups head hostid id install join link ln logname ls md5sum mkdir mkfifo mknod mktemp ' +
      'mv nice nl nohup nproc numfmt od paste pathchk pinky pr printenv printf ptx pwd readlink realpath rm rmdir runcon seq sha1sum ' +
      'sha224sum sha256sum sha384sum sha512sum shred shuf sleep sort split stat stdbuf stty sum sync tac tail tee test timeout touch tr ' +
      'true truncate tsort tty uname unexpand uniq unlink users vdir wc who whoami yes /usr/sbin/chroot',
    libraries: 'libselinux.so.1',
  },
  bash: { names: 'bash', libraries: 'libtinfo.so.6' },
  dash: { names: 'dash' },
  grep: { names: 'grep egrep fgrep', libraries: 'libpcre2-8.so.0' },
  sed: { names: 'sed', libraries: 'libacl.so.1 libselinux.so.1' },
  mawk: { names: 'mawk:awk', libraries: 'libm.so.6' },
  'util-linux': {
    names:
      'dmesg findmnt flock getopt ipcs ipcrm lsblk lscpu lsipc lslocks lsmem lsns mcookie more mountpoint namei nsenter prlimit rename.ul ' +
      'rev script setpriv setsid su taskset unshare wdctl whereis /usr/sbin/blkid /usr/sbin/losetup /usr/sbin/sulogin /usr/sbin/switch_root',
    libraries: 'libmount.so.1 libsmartcols.so.1',
  },
  bsdutils: { names: 'logger renice script wall' },
  mount: { names: 'mount umount /usr/sbin/swapon /usr/sbin/swapoff', libraries: 'libmount.so.1 libselinux.so.1' },
  procps: {
    names:
      'free kill pgrep pidwait pkill pmap ps pwdx skill slabtop snice tload top uptime vmstat w watch /usr/sbin/sysctl',
    libraries: 'libproc2.so.0',
  },
  iproute2: { names: 'ip ss /usr/sbin/bridge /usr/sbin/tc', libraries: 'libmnl.so.0 libselinux.so.1' },
  'binutils-x86-64-linux-gnu': {
    names: 'addr2line ar as c++filt elfedit gprof ld ld.bfd nm objcopy objdump ranlib readelf size strings strip',
    libraries: 'libz.so.1',
  },
  file: { names: 'file', libraries: 'libmagic.so.1' },
  dpkg: {
    names: 'dpkg dpkg-deb dpkg-divert dpkg-query dpkg-split dpkg-statoverride dpkg-trigger',
    libraries: 'libz.so.1 liblzma.so.5',
  },
  apt: { names: 'apt apt-get apt-cache apt-mark apt-config apt-cdrom', libraries: 'libapt-pkg.so.6.0 libstdc++.so.6' },
  'libc-bin': { names: 'ldd getconf getent iconv locale localedef pldd tzselect zdump /usr/sbin/ldconfig' },
  'python3.11-minimal': { names: 'python3.11:python3', libraries: 'libm.so.6 libexpat.so.1 libz.so.1' },
  'openssh-client': {
    names: 'ssh scp sftp ssh-add ssh-agent ssh-keygen ssh-keyscan',
    libraries: 'libcrypto.so.3 libselinux.so.1 libz.so.1',
  },
  curl: { names: 'curl', libraries: 'libcurl.so.4 libz.so.1' },
  openssl: { names: 'openssl', libraries: 'libssl.so.3 libcrypto.so.3' },
  tar: { names: 'tar', libraries: 'libacl.so.1 libselinux.so.1' },
  gzip: { names: 'gzip' },
  findutils: { names: 'find xargs', libraries: 'libselinux.so.1' },
  diffutils: { names: 'cmp diff diff3 sdiff' },
  hostname: { names: 'hostname' },
  login: { names: 'faillog lastlog login newgrp', libraries: 'libpam.so.0' },
  passwd: {
    names:
      'chage chfn chsh expiry gpasswd passwd /usr/sbin/groupadd /usr/sbin/useradd /usr/sbin/userdel /usr/sbin/usermod',
  },
  'ncurses-bin': { names: 'clear infocmp tic toe tput tset', libraries: 'libtinfo.so.6' },
  debianutils: { names: 'run-parts tempfile which' },
  'perl-base': { names: 'perl', libraries: 'libm.so.6 libcrypt.so.1' },
  'sysvinit-utils': { names: 'fstab-decode /usr/sbin/killall5' },
  'util-linux-extra': { names: '/usr/sbin/hwclock' },
  gpgv: { names: 'gpgv', libraries: 'libgcrypt.so.20' },
  less: { names: 'less lesskey lesspipe', libraries: 'libtinfo.so.6' },
  jq: { names: 'jq', libraries: 'libjq.so.1' },
};

/** soname, file, size; then what it needs beside libc and the versions it gives. */
const libraries: Readonly<Record<string, readonly (readonly [string, string, number, string?, string?])[]>> = {
  'libstdc++6': [
    [
      'libstdc++.so.6',
      'libstdc++.so.6.0.30',
      2_190_440,
      'libm.so.6 libgcc_s.so.1',
      'GLIBCXX_3.4 GLIBCXX_3.4.11 GLIBCXX_3.4.21 GLIBCXX_3.4.26 GLIBCXX_3.4.30 CXXABI_1.3 CXXABI_1.3.13',
    ],
  ],
  'libgcc-s1': [['libgcc_s.so.1', 'libgcc_s.so.1', 125_312, '', 'GCC_3.0 GCC_3.3 GCC_4.2.0 GCC_12.0.0']],
  zlib1g: [
    [
      'libz.so.1',
      'libz.so.1.2.13',
      121_280,
      '',
      'ZLIB_1.2.0 ZLIB_1.2.2 ZLIB_1.2.3.4 ZLIB_1.2.5.1 ZLIB_1.2.9 ZLIB_1.2.12',
    ],
  ],
  libicu72: [
    ['libicudata.so.72', '/usr/lib/libicudata.so.72.1', 30_935_224],
    ['libicuuc.so.72', '/usr/lib/libicuuc.so.72.1', 2_079_704, 'libicudata.so.72 libstdc++.so.6'],
    ['libicui18n.so.72', '/usr/lib/libicui18n.so.72.1', 3_343_128, 'libicuuc.so.72 libstdc++.so.6'],
  ],
  libcurl4: [
    [
      'libcurl.so.4',
      '/usr/lib/libcurl.so.4.8.0',
      743_968,
      'libnghttp2.so.14 libidn2.so.0 libssl.so.3 libcrypto.so.3 libzstd.so.1 libz.so.1',
      'CURL_OPENSSL_4',
    ],
  ],
  libssl3: [
    ['libcrypto.so.3', '/usr/lib/libcrypto.so.3', 4_734_296, '', 'OPENSSL_3.0.0 OPENSSL_3.0.3 OPENSSL_3.0.9'],
    ['libssl.so.3', '/usr/lib/libssl.so.3', 696_664, 'libcrypto.so.3', 'OPENSSL_3.0.0'],
  ],
  libtinfo6: [
    ['libtinfo.so.6', 'libtinfo.so.6.4', 212_544, '', 'NCURSES6_TINFO_5.0.19991023 NCURSES6_TINFO_6.2.20211010'],
  ],
  libncursesw6: [['libncursesw.so.6', 'libncursesw.so.6.4', 238_960, 'libtinfo.so.6', 'NCURSESW6_5.1.20000708']],
  libselinux1: [['libselinux.so.1', 'libselinux.so.1', 174_312, 'libpcre2-8.so.0', 'LIBSELINUX_1.0 LIBSELINUX_3.4']],
  'libpcre2-8-0': [['libpcre2-8.so.0', '/usr/lib/libpcre2-8.so.0.11.2', 629_376]],
  libacl1: [['libacl.so.1', '/usr/lib/libacl.so.1.1.2301', 38_800, 'libattr.so.1', 'ACL_1.0 ACL_1.2']],
  libattr1: [['libattr.so.1', '/usr/lib/libattr.so.1.1.2501', 26_496, '', 'ATTR_1.0 ATTR_1.3']],
  libgmp10: [['libgmp.so.10', '/usr/lib/libgmp.so.10.4.1', 529_216]],
  libcrypt1: [['libcrypt.so.1', 'libcrypt.so.1.1.0', 206_840, '', 'GLIBC_2.2.5 XCRYPT_2.0']],
  libblkid1: [['libblkid.so.1', 'libblkid.so.1.1.0', 347_088, '', 'BLKID_2.15 BLKID_2.37']],
  libuuid1: [['libuuid.so.1', 'libuuid.so.1.3.0', 34_872, '', 'UUID_1.0 UUID_2.36']],
  libsmartcols1: [['libsmartcols.so.1', 'libsmartcols.so.1.1.0', 236_720, '', 'SMARTCOLS_2.25 SMARTCOLS_2.38']],
  libmount1: [
    ['libmount.so.1', 'libmount.so.1.1.0', 408_656, 'libblkid.so.1 libselinux.so.1', 'MOUNT_2.19 MOUNT_2_38'],
  ],
  'libproc2-0': [['libproc2.so.0', 'libproc2.so.0.0.1', 101_136, '', 'LIBPROC_2']],
  libmagic1: [['libmagic.so.1', '/usr/lib/libmagic.so.1.0.0', 174_432, 'libz.so.1 liblzma.so.5']],
  'libapt-pkg6.0': [
    [
      'libapt-pkg.so.6.0',
      '/usr/lib/libapt-pkg.so.6.0.0',
      2_071_184,
      'libz.so.1 liblzma.so.5 libzstd.so.1 libgcrypt.so.20 libstdc++.so.6',
      'APTPKG_6.0',
    ],
  ],
  libzstd1: [['libzstd.so.1', '/usr/lib/libzstd.so.1.5.4', 763_752]],
  liblzma5: [['liblzma.so.5', 'liblzma.so.5.4.1', 202_776, '', 'XZ_5.0 XZ_5.2 XZ_5.4']],
  'liblz4-1': [['liblz4.so.1', '/usr/lib/liblz4.so.1.9.4', 145_568]],
  'libbz2-1.0': [['libbz2.so.1.0', 'libbz2.so.1.0.4', 74_688]],
  libgcrypt20: [['libgcrypt.so.20', '/usr/lib/libgcrypt.so.20.4.1', 1_315_696, 'libgpg-error.so.0', 'GCRYPT_1.6']],
  'libgpg-error0': [['libgpg-error.so.0', 'libgpg-error.so.0.33.1', 153_176, '', 'GPG_ERROR_1.0']],
  libjq1: [['libjq.so.1', '/usr/lib/libjq.so.1.0.4', 264_272, 'libonig.so.5 libm.so.6']],
  libonig5: [['libonig.so.5', '/usr/lib/libonig.so.5.3.0', 584_128]],
  'libnghttp2-14': [['libnghttp2.so.14', '/usr/lib/libnghttp2.so.14.24.1', 190_288]],
  'libidn2-0': [['libidn2.so.0', '/usr/lib/libidn2.so.0.3.8', 194_440, 'libunistring.so.2', 'IDN2_0.0.0']],
  libunistring2: [['libunistring.so.2', '/usr/lib/libunistring.so.2.2.0', 1_820_872]],
  libexpat1: [['libexpat.so.1', 'libexpat.so.1.8.10', 174_624]],
  libreadline8: [['libreadline.so.8', 'libreadline.so.8.2', 343_848, 'libtinfo.so.6']],
  libpam0g: [['libpam.so.0', 'libpam.so.0.85.1', 68_160, '', 'LIBPAM_1.0 LIBPAM_EXTENSION_1.1']],
  libcap2: [['libcap.so.2', 'libcap.so.2.66', 46_696]],
  libmnl0: [['libmnl.so.0', 'libmnl.so.0.2.0', 26_640, '', 'LIBMNL_1.0 LIBMNL_1.2']],
};

function ofTable(name: string, soname: string): string {
  return `${name.replace(/[^a-z]/g, '')}_${soname.replace(/[^a-z]/g, '')}`;
}

/** Names of the functions that stand for a library's interface. */
const functionsOf = (soname: string): readonly string[] => [
  ofTable(soname.split('.')[0] ?? soname, 'init'),
  ofTable(soname.split('.')[0] ?? soname, 'run'),
];

function glibc(machine: ElfMachine, lib: string, version: string): PlainTree {
  const { interpreter } = architectureOf({ machine });
  const loader = interpreter.slice(interpreter.lastIndexOf('/') + 1);
  const gives: Record<string, readonly string[]> = Object.fromEntries(glibcVersions.map((name) => [name, []]));
  gives['GLIBC_2.2.5'] = ['__errno_location', 'malloc', 'free', 'printf', 'memcmp', 'strlen'];
  gives['GLIBC_2.4'] = ['__stack_chk_fail'];
  gives['GLIBC_2.14'] = ['memcpy'];
  gives['GLIBC_2.34'] = ['__libc_start_main', 'pthread_create', 'dlopen'];
  gives['GLIBC_PRIVATE'] = ['__libc_early_init'];
  const part = (name: string, sizeBytes: number, functions: readonly string[]): PlainTree => ({
    [`${lib}/${name}`]: {
      elf: libraryElf(machine, name, { version, sizeBytes, gives: { 'GLIBC_2.2.5': functions, 'GLIBC_2.29': [] } }),
    },
  });
  const own: Want = {
    library: loader,
    symbols: [
      ['__tunable_get_val', 'GLIBC_PRIVATE'],
      ['__tls_get_addr', 'GLIBC_2.3'],
    ],
  };
  return {
    [`${lib}/${loader}`]: {
      elf: libraryElf(machine, loader, {
        version,
        sizeBytes: 210_968,
        withoutLibc: true,
        gives: {
          'GLIBC_2.2.5': [],
          'GLIBC_2.3': ['__tls_get_addr'],
          'GLIBC_2.4': [],
          'GLIBC_2.35': [],
          GLIBC_PRIVATE: ['__tunable_get_val'],
        },
      }),
      mode: 0o755,
    },
    ...(interpreter === `${lib}/${loader}` ? {} : { [interpreter]: { symlink: `${lib}/${loader}` } }),
    [`${lib}/libc.so.6`]: {
      elf: libraryElf(machine, 'libc.so.6', {
        version,
        sizeBytes: 1_922_136,
        withoutLibc: true,
        interpreter,
        wants: [own],
        gives,
      }),
      mode: 0o755,
    },
    ...part('libm.so.6', 907_784, ['pow', 'floor']),
    ...part('libpthread.so.0', 14_480, ['__pthread_initialize_minimal']),
    ...part('libdl.so.2', 14_480, ['__libdl_freeres']),
    ...part('librt.so.1', 14_568, ['__librt_version']),
    ...part('libresolv.so.2', 60_328, ['res_query']),
    ...part('libnss_files.so.2', 14_480, ['_nss_files_init']),
    ...part('libnss_dns.so.2', 14_480, ['_nss_dns_init']),
    ...part('libutil.so.1', 14_480, ['openpty']),
    '/etc/ld.so.conf.d/x86_64-linux-gnu.conf': `# Multiarch support\n/usr/local${lib}\n${lib}\n/usr${lib}\n`,
  };
}

function filesOf(machine: ElfMachine, control: Control): PlainTree {
  const { name, version } = control;
  const lib = `/lib/${architectureOf({ machine }).triplet}`;
  const files: Record<string, Plain> = {};
  const upstream = version
    .replace(/^\d+:/, '')
    .replace(/-[^-]*$/, '')
    .replace(/[+~].*$/, '');
  if (name === 'libc6') Object.assign(files, glibc(machine, lib, upstream));
  const own = programs[name];
  const names = own?.names.split(' ') ?? [];
  const wants: Want[] = (own?.libraries ?? '')
    .split(' ')
    .filter((text) => text !== '')
    .map((library) => ({ library }));
  for (const text of names) {
    const [place = '', behaviour] = text.split(':');
    const path = place.startsWith('/') ? place : `/usr/bin/${place}`;
    const base = path.slice(path.lastIndexOf('/') + 1);
    const sizeBytes = Math.max(14_480, Math.round((control.installedKb * 700) / names.length));
    files[path] = {
      elf: programElf(machine, behaviour ?? base, upstream, wants, sizeBytes),
      mode: ['su', 'mount', 'umount', 'passwd', 'chsh', 'chfn', 'newgrp', 'gpasswd'].includes(base) ? 0o4755 : 0o755,
    };
  }
  for (const [soname, place, sizeBytes, needs = '', versions = ''] of libraries[name] ?? []) {
    const file = place.slice(place.lastIndexOf('/') + 1);
    const directory = place.startsWith('/usr/lib/') ? `/usr${lib}` : lib;
    const list = versions.split(' ').filter((text) => text !== '');
    const gives: Record<string, readonly string[]> =
      list.length === 0
        ? { '': functionsOf(soname) }
        : Object.fromEntries(list.map((text, index) => [text, index === 0 ? functionsOf(soname) : []]));
    const options: LibraryOptions = {
      version: upstream,
      sizeBytes,
      gives,
      wants: needs
        .split(' ')
        .filter((text) => text !== '')
        .map((library) => ({ library })),
    };
    files[`${directory}/${file}`] = { elf: libraryElf(machine, soname, options) };
    if (file !== soname) files[`${directory}/${soname}`] = { symlink: file };
  }
  Object.assign(files, etcFiles(name), packageScripts(name));
  const doc = `/usr/share/doc/${name}`;
  files[`${doc}/copyright`] =
    `Package: ${name}\nSource: ${control.source ?? name}\n\nThe licence of this package is in its source.\n`;
  files[`${doc}/changelog.Debian.gz`] = {
    opaque: {
      sizeBytes: 1800,
      id: `changelog ${name} ${version}`,
      magic: 'gzip compressed data, max compression, from Unix',
    },
  };
  return files;
}

const conffilesOf = (files: PlainTree): readonly string[] =>
  Object.entries(files)
    .filter(([path, plain]) => path.startsWith('/etc/') && (typeof plain === 'string' || 'text' in plain))
    .map(([path]) => path);

const known = new Map<ElfMachine, readonly PackageVersion[]>();

/** The packages of the base system. */
export function debianPackages(machine: ElfMachine): readonly PackageVersion[] {
  const made = known.get(machine);
  if (made !== undefined) return made;
  const result = debianTable
    .trim()
    .split('\n')
    .map((line): PackageVersion => {
      const control = controlOfLine(line);
      const files = filesOf(machine, control);
      const generated = [
        '/etc/passwd',
        '/etc/group',
        '/etc/shadow',
        '/etc/hostname',
        '/etc/hosts',
        '/etc/os-release',
        '/etc/resolv.conf',
      ];
      return { control, files, conffiles: conffilesOf(files).filter((path) => !generated.includes(path)) };
    });
  known.set(machine, result);
  return result;
}

function controlOfLine(line: string): Control {
  const [
    name = '',
    version = '',
    flags = '',
    priority = '',
    section = '',
    kb = '0',
    source = '',
    pre = '',
    depends = '',
    description = '',
  ] = line.split('|');
  const clauses = (text: string): readonly Clause[] => parseClauses(text.replaceAll(' / ', ' | '));
  return {
    name,
    version,
    architecture: flags.includes('A') ? 'all' : 'amd64',
    section,
    priority,
    maintainer: 'Debian Maintainers <maintainers@debian.example>',
    installedKb: Number(kb),
    description,
    ...(source === '' || source === name ? {} : { source }),
    ...(flags.includes('E') ? { essential: true } : {}),
    ...(flags.includes('S') ? { multiArchSame: true } : {}),
    ...(pre === '' ? {} : { preDepends: clauses(pre) }),
    ...(depends === '' ? {} : { depends: clauses(depends) }),
  };
}
