// What the loader of glibc knows about each machine type: the directories it searches by default, its own name, and the
// words of file(1) and readelf(1).
// Source: glibc 2.36 as Debian 12 configures it (multiarch), elf.h. The subdirectories are those that a processor of
// level x86-64-v4 with AT_PLATFORM `x86_64` gets; other machines get none here.
import type { Elf, ElfMachine } from '../elf.ts';

interface Architecture {
  /** Debian's multiarch directory, which is also `$LIB` after `lib/`. */
  readonly triplet: string;
  readonly interpreter: string;
  /** `$PLATFORM`. */
  readonly platform: string;
  /** e_machine, and what readelf calls it. */
  readonly number: number;
  readonly readelf: string;
  readonly file: string;
  /** What `ldconfig -p` adds to `libc6`. */
  readonly cacheFlag: string;
  readonly bfd: string;
}

const architectures: Readonly<Record<ElfMachine, Architecture>> = {
  x86_64: {
    triplet: 'x86_64-linux-gnu',
    interpreter: '/lib64/ld-linux-x86-64.so.2',
    platform: 'x86_64',
    number: 62,
    readelf: 'Advanced Micro Devices X86-64',
    file: 'x86-64',
    cacheFlag: 'libc6,x86-64',
    bfd: 'elf64-x86-64',
  },
  i686: {
    triplet: 'i386-linux-gnu',
    interpreter: '/lib/ld-linux.so.2',
    platform: 'i686',
    number: 3,
    readelf: 'Intel 80386',
    file: 'Intel 80386',
    cacheFlag: 'libc6',
    bfd: 'elf32-i386',
  },
  aarch64: {
    triplet: 'aarch64-linux-gnu',
    interpreter: '/lib/ld-linux-aarch64.so.1',
    platform: 'aarch64',
    number: 183,
    readelf: 'AArch64',
    file: 'ARM aarch64',
    cacheFlag: 'libc6,AArch64',
    bfd: 'elf64-little',
  },
  armv7l: {
    triplet: 'arm-linux-gnueabihf',
    interpreter: '/lib/ld-linux-armhf.so.3',
    platform: 'v7l',
    number: 40,
    readelf: 'ARM',
    file: 'ARM, EABI5',
    cacheFlag: 'libc6,hard-float',
    bfd: 'elf32-little',
  },
  riscv64: {
    triplet: 'riscv64-linux-gnu',
    interpreter: '/lib/ld-linux-riscv64-lp64d.so.1',
    platform: 'riscv64',
    number: 243,
    readelf: 'RISC-V',
    file: 'UCB RISC-V, RVC, double-float ABI',
    cacheFlag: 'libc6,double-float',
    bfd: 'elf64-little',
  },
  mips64: {
    triplet: 'mips64el-linux-gnuabi64',
    interpreter: '/lib64/ld.so.1',
    platform: 'mips64',
    number: 8,
    readelf: 'MIPS R3000',
    file: 'MIPS, MIPS64 rel2',
    cacheFlag: 'libc6,64bit',
    bfd: 'elf64-little',
  },
  ppc64le: {
    triplet: 'powerpc64le-linux-gnu',
    interpreter: '/lib64/ld64.so.2',
    platform: 'power8',
    number: 21,
    readelf: 'PowerPC64',
    file: '64-bit PowerPC or cisco 7500, OpenPOWER ELF V2 ABI',
    cacheFlag: 'libc6,64bit',
    bfd: 'elf64-little',
  },
  s390x: {
    triplet: 's390x-linux-gnu',
    interpreter: '/lib/ld64.so.1',
    platform: 'z900',
    number: 22,
    readelf: 'IBM S/390',
    file: 'IBM S/390',
    cacheFlag: 'libc6,64bit',
    bfd: 'elf64-big',
  },
};

export const architectureOf = (elf: Pick<Elf, 'machine'>): Architecture => architectures[elf.machine];

/** Where a library is looked for when nothing else has been said, in order, each with its slash. */
export function defaultDirectories(machine: ElfMachine): readonly string[] {
  const { triplet } = architectures[machine];
  return [`/lib/${triplet}/`, `/usr/lib/${triplet}/`, '/lib/', '/usr/lib/'];
}

const x86Subdirectories = [
  'glibc-hwcaps/x86-64-v4/',
  'glibc-hwcaps/x86-64-v3/',
  'glibc-hwcaps/x86-64-v2/',
  'tls/x86_64/x86_64/',
  'tls/x86_64/',
  'tls/x86_64/',
  'tls/',
  'x86_64/x86_64/',
  'x86_64/',
  'x86_64/',
  '',
];

/** Subdirectories of every directory that are tried before the directory itself, which is the last (empty) one. */
export const capabilitySubdirectories = (machine: ElfMachine): readonly string[] =>
  machine === 'x86_64' ? x86Subdirectories : [''];
