// What a program or library file says of itself, as the loader and readelf(1) read it. A description of an ELF file
// and not its bytes: the code in it is named by `program`, and the simulator knows what that does.
// Source: elf(5), ld.so(8), the System V ABI; GNU symbol versioning.

/** `uname -m` and readelf's e_machine. */
export type ElfMachine = 'x86_64' | 'i686' | 'aarch64' | 'armv7l' | 'riscv64' | 'mips64' | 'ppc64le' | 's390x';

export interface Elf {
  readonly class: 32 | 64;
  readonly machine: ElfMachine;
  /** EXEC: at a fixed address; DYN: position independent (today's programs) or a shared object. */
  readonly type: 'EXEC' | 'DYN';
  /** PT_INTERP; absent in libraries and in static programs. */
  readonly interpreter?: string;
  readonly soname?: string;
  /** DT_NEEDED, in order. */
  readonly needed: readonly string[];
  readonly rpath?: readonly string[];
  readonly runpath?: readonly string[];
  /** DF_BIND_NOW: all functions are looked up at the start (`-z now`). */
  readonly bindNow?: boolean;
  /** DF_1_NODEFLIB: neither the default directories nor what the cache says of them. */
  readonly noDefaultLibraries?: boolean;
  /** `.gnu.version_r`: versions wanted, by the library's name in DT_NEEDED. */
  readonly versionsNeeded: readonly { readonly library: string; readonly versions: readonly string[] }[];
  /** `.gnu.version_d`, oldest first, without the base version; none: the library has no version table. */
  readonly versionsDefined: readonly string[];
  /** Dynamic symbols that matter: what it gives and what it wants. */
  readonly defined: readonly DynamicSymbol[];
  readonly undefined: readonly DynamicSymbol[];
  /** The behaviour behind an executable: a name in the table of commands and programs. */
  readonly program?: string;
  /** The program's own version, for what it prints. */
  readonly version?: string;
  readonly stripped: boolean;
  /** 40 hexadecimal digits; also makes two builds of one thing different files. */
  readonly buildId: string;
  readonly sizeBytes: number;
}

export interface DynamicSymbol {
  readonly name: string;
  readonly version?: string;
  /** `@@`: the one that new programs are linked to. */
  readonly default?: boolean;
  /** nm's letter: T code, D data, U undefined, W weak. */
  readonly type: 'T' | 'D' | 'U' | 'W' | 'B' | 'i';
}
