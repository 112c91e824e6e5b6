// What ld.so does between execve(2) and the first instruction of a program: finds the shared objects it names, checks their
// versions and symbols, and says in exact words what is wrong.
// Source: ld.so(8) and the behaviour of glibc 2.36 on Debian 12, compared case by case in `load.test.ts`.
// Departures: addresses are the same in every run; the cache has no entries for subdirectories of processor levels; of the
// LD_DEBUG categories libs, files, versions, unused and help are simulated; audit modules and prelinking are not.
import type { Files } from '../contract.ts';
import type { Elf } from '../elf.ts';
import { architectureOf, defaultDirectories } from './architecture.ts';
import { cachePath, readCache, type CacheEntry } from './cache.ts';
import { debugHelp, readDebugOption } from './debug-option.ts';
import { hexadecimal, initialisationOrder, type LinkMap } from './link-map.ts';
import { LoadError, Searcher, expandTokens, type Opened, type SearchList } from './search.ts';
import { checkVersions, definition, inconsistent, missingSymbol } from './symbols.ts';

interface LoadedObject {
  /** By which it was asked for. */
  readonly name: string;
  /** Absent for the vDSO, which is no file. */
  readonly path?: string;
  readonly address: number;
}

export type Loaded =
  | {
      readonly kind: 'loaded';
      /** Without the program itself, in the order of the link map. */
      readonly objects: readonly LoadedObject[];
      /** Warnings and what LD_DEBUG asked for. */
      readonly stderr: string;
      /** What LD_DEBUG adds when the program ends. */
      readonly stderrAtExit: string;
    }
  /** The loader was only asked to tell something (LD_TRACE_LOADED_OBJECTS, LD_DEBUG=help). */
  | {
      readonly kind: 'told';
      readonly stdout: string;
      readonly stderr: string;
      /** Both streams in the order of writing. */ readonly together: string;
      readonly exitCode: number;
    }
  | { readonly kind: 'failed'; readonly stderr: string; readonly exitCode: number };

export interface LoadOptions {
  /** AT_SECURE: the program changes user, group or capabilities. */
  readonly secure?: boolean;
  /** argv[0], which messages begin with; the path when left out. */
  readonly name?: string;
  /** For LD_DEBUG. */
  readonly pid?: number;
}

/** Loads the program or library at `exe`. A static program loads nothing. */
export function load(
  files: Files,
  exe: string,
  env: Readonly<Record<string, string>>,
  options: LoadOptions = {},
): Loaded {
  const content = files.read(exe);
  if (content.kind !== 'elf') return { kind: 'loaded', objects: [], stderr: '', stderrAtExit: '' };
  const { elf } = content;
  if (elf.interpreter === undefined && elf.needed.length === 0 && elf.soname === undefined) {
    return { kind: 'loaded', objects: [], stderr: '', stderrAtExit: '' };
  }
  return new Loader(files, exe, elf, env, options).run();
}

class Loader {
  readonly #files: Files;
  readonly #env: Readonly<Record<string, string>>;
  readonly #secure: boolean;
  readonly #name: string;
  readonly #pid: number;
  readonly #searcher: Searcher;
  readonly #program: LinkMap;
  readonly #interpreter: LinkMap;
  readonly #vdso: LinkMap;
  readonly #libraryPath: SearchList;
  readonly #categories: ReadonlySet<string>;
  readonly #helpOnly: boolean;
  readonly #tracing: boolean;
  /** Objects in the order they were mapped. */
  readonly #maps: LinkMap[] = [];
  #cache: readonly CacheEntry[] | undefined | null = null;
  #stderr = '';
  #address: number;

  constructor(files: Files, exe: string, elf: Elf, env: Readonly<Record<string, string>>, options: LoadOptions) {
    this.#files = files;
    this.#env = env;
    this.#secure = options.secure ?? false;
    this.#name = options.name ?? exe;
    this.#pid = options.pid ?? 1;
    const debug = readDebugOption(this.#secure ? '' : (env['LD_DEBUG'] ?? ''));
    this.#categories = debug.categories;
    this.#helpOnly = debug.help;
    this.#stderr = debug.warnings;
    this.#tracing = (env['LD_TRACE_LOADED_OBJECTS'] ?? '') !== '' && !this.#secure;
    this.#searcher = new Searcher(files, elf, (text) => this.#debug('libs', text));
    const interpreter = elf.interpreter ?? architectureOf(elf).interpreter;
    const narrow = elf.class === 32;
    const top = narrow ? 0xf7f2_0000 : 0x7f3b_9c5e_0000;
    const interpreterElf = this.#elfOf(interpreter) ?? {
      ...elf,
      needed: [],
      defined: [],
      undefined: [],
      versionsNeeded: [],
    };
    this.#address = top;
    const origin = directoryOf(files.realpath(exe));
    const none = { missing: false, loader: undefined, needed: [] };
    this.#program = {
      ...none,
      kind: 'program',
      path: '',
      names: [''],
      elf,
      identity: identityOf(files, exe),
      origin,
      address: 0,
      needed: [],
    };
    this.#vdso = {
      ...none,
      kind: 'vdso',
      path: 'linux-vdso.so.1',
      names: ['linux-vdso.so.1'],
      elf: { ...elf, needed: [], defined: [], undefined: [], versionsNeeded: [], versionsDefined: ['LINUX_2.6'] },
      identity: 'vdso',
      origin: '',
      address: narrow ? 0xf7f1_e000 : 0x7ffd_4a9f_2000,
      needed: [],
    };
    this.#interpreter = {
      ...none,
      kind: 'interpreter',
      path: interpreter,
      names: [interpreter, ...(interpreterElf.soname === undefined ? [] : [interpreterElf.soname])],
      elf: interpreterElf,
      identity: files.exists(interpreter) ? identityOf(files, interpreter) : 'interpreter',
      origin: directoryOf(interpreter),
      address: top,
      needed: [],
    };
    this.#maps.push(this.#program, this.#vdso, this.#interpreter);
    const path = this.#secure ? '' : (env['LD_LIBRARY_PATH'] ?? '');
    this.#libraryPath = this.#list(path === '' ? [] : path.split(/[:;]/), this.#program.origin, 'LD_LIBRARY_PATH');
  }

  run(): Loaded {
    if (this.#helpOnly)
      return { kind: 'told', stdout: debugHelp, stderr: this.#stderr, together: this.#stderr + debugHelp, exitCode: 0 };
    try {
      return this.#run();
    } catch (error) {
      if (!(error instanceof LoadError)) throw error;
      const stderr = `${this.#stderr}${this.#name}: error while loading shared libraries: ${error.message}\n`;
      return this.#tracing
        ? { kind: 'told', stdout: '', stderr, together: stderr, exitCode: 127 }
        : { kind: 'failed', stderr, exitCode: 127 };
    }
  }

  #run(): Loaded {
    const scope = this.#scope();
    const chain = this.#chain(scope);
    const out = this.#tracing ? this.#trace(chain) : '';
    if (this.#tracing && this.#categories.has('unused')) return this.#unused(scope);
    const fatal = this.#checkVersions(chain);
    if (this.#tracing) return this.#told(out, chain, scope);
    if (fatal) return { kind: 'failed', stderr: this.#stderr, exitCode: 1 };
    const bindNow = this.#bindsNow();
    const early = this.#firstMissing(
      scope,
      chain.toReversed(),
      (map, code) => !code || bindNow || map.elf.bindNow === true,
    );
    if (early !== undefined) return early;
    const order = initialisationOrder(scope);
    for (const map of order) {
      if (map !== this.#program) this.#debug('libs', `\ncalling init: ${this.#shown(map)}\n\n`);
    }
    this.#debug('libs', `\ninitialize program: ${this.#name}\n\n`);
    this.#debug('libs', `\ntransferring control: ${this.#name}\n\n`);
    const late = this.#firstMissing(scope, scope, (_, code) => code);
    if (late !== undefined) return late;
    const stderr = this.#stderr;
    this.#stderr = '';
    for (const map of order.toReversed()) this.#debug('libs', `\ncalling fini: ${map.path} [0]\n\n`);
    const objects = chain.slice(1).map((map) => ({
      name: map.names[0] ?? '',
      ...(map.kind === 'vdso' ? {} : { path: map.path }),
      address: map.address,
    }));
    return { kind: 'loaded', objects, stderr, stderrAtExit: this.#stderr };
  }

  // -------------------------------------------------------------------------------------------------- finding

  /** The program, what is preloaded, and everything needed, breadth first: the order in which symbols are looked for. */
  #scope(): LinkMap[] {
    const scope: LinkMap[] = [this.#program];
    const add = (map: LinkMap): void => {
      if (!scope.includes(map)) scope.push(map);
    };
    for (const name of (this.#env['LD_PRELOAD'] ?? '').split(/[ :]+/)) this.#preload(name, 'LD_PRELOAD', add);
    if (this.#files.access('/etc/ld.so.preload', 'read')) {
      const lines = this.#files.readText('/etc/ld.so.preload').replace(/#.*$/gm, '');
      for (const name of lines.split(/[\s:]+/)) this.#preload(name, '/etc/ld.so.preload', add);
    }
    // The list grows while it is gone through.
    for (const map of scope) {
      if (map.missing) continue;
      for (const name of map.elf.needed) {
        const needed = this.#object(name, map);
        map.needed.push(needed);
        add(needed);
      }
    }
    return scope;
  }

  #preload(name: string, from: string, add: (map: LinkMap) => void): void {
    if (name === '' || (this.#secure && from === 'LD_PRELOAD' && name.includes('/'))) return;
    try {
      const map = this.#object(name, this.#program, true);
      if (this.#secure && from === 'LD_PRELOAD' && (this.#files.stat(map.path).mode & 0o4000) === 0) return;
      add(map);
    } catch (error) {
      if (!(error instanceof LoadError)) throw error;
      this.#stderr += `ERROR: ld.so: object '${name}' from ${from} cannot be preloaded (${error.reason}): ignored.\n`;
    }
  }

  /** The link map: the vDSO after the program, the loader after what comes before it in the scope. */
  #chain(scope: readonly LinkMap[]): readonly LinkMap[] {
    const chain = [this.#program, this.#vdso, ...scope.slice(1).filter((map) => map !== this.#interpreter)];
    const found = scope.filter((map) => !map.missing);
    const before = found[found.indexOf(this.#interpreter) - 1];
    if (before === this.#program) chain.splice(2, 0, this.#interpreter);
    else if (before !== undefined) chain.splice(chain.indexOf(before) + 1, 0, this.#interpreter);
    return chain;
  }

  #object(name: string, by: LinkMap, preload = false): LinkMap {
    if (!preload) this.#debug('files', `\nfile=${name} [0];  needed by ${this.#shown(by)} [0]\n`);
    for (const map of this.#maps) {
      if (map.missing || map === this.#program) continue;
      if (map.names.includes(name) || map.path === name) return map;
      if (map.elf.soname === name && map.kind === 'library') {
        map.names.push(name);
        return map;
      }
    }
    const [opened, otherClass] = this.#open(name, by);
    if (opened === undefined) {
      if (!this.#tracing || preload) {
        if (otherClass) {
          throw new LoadError(name, `wrong ELF class: ELFCLASS${this.#program.elf.class === 64 ? 32 : 64}`);
        }
        throw new LoadError(name, 'cannot open shared object file', this.#searcher.errno);
      }
      const missing: LinkMap = {
        ...this.#vdso,
        kind: 'library',
        missing: true,
        path: '',
        names: [name],
        loader: by,
        identity: '',
        address: 0,
        needed: [],
      };
      return missing;
    }
    const same = this.#maps.find((map) => map.identity === opened.identity);
    if (same !== undefined) {
      same.names.push(name);
      return same;
    }
    if (opened.elf.type === 'EXEC') throw new LoadError(opened.path, 'cannot dynamically load executable');
    if (opened.elf.interpreter !== undefined && opened.elf.program !== undefined) {
      throw new LoadError(opened.path, 'cannot dynamically load position-independent executable');
    }
    return this.#map(name, opened, by);
  }

  #map(name: string, opened: Opened, by: LinkMap): LinkMap {
    this.#address -= Math.ceil((opened.elf.sizeBytes + 0x1000) / 0x1000) * 0x1000;
    const directory = directoryOf(opened.path);
    const origin = directory.startsWith('/') ? directory : directoryOf(`${this.#files.realpath('.')}/${opened.path}`);
    const map: LinkMap = {
      kind: 'library',
      missing: false,
      path: opened.path,
      names: [name],
      elf: opened.elf,
      loader: by,
      identity: opened.identity,
      origin,
      address: this.#address,
      needed: [],
    };
    this.#maps.push(map);
    const base = this.#address;
    this.#debug('files', `\nfile=${name} [0];  generating link map\n`);
    this.#debug(
      'files',
      `  dynamic: ${hexadecimal(base + opened.elf.sizeBytes)}  base: ${hexadecimal(base)}   size: ${hexadecimal(opened.elf.sizeBytes)}\n` +
        `    entry: ${hexadecimal(base + 0x1000)}  phdr: ${hexadecimal(base + 64)}  phnum:                  9\n\n`,
    );
    return map;
  }

  /** The file, and whether one of the other word size was passed over. */
  #open(name: string, by: LinkMap): readonly [Opened | undefined, boolean] {
    this.#searcher.otherClass = false;
    const opened = name.includes('/') ? this.#openPath(name, by) : this.#search(name, by);
    return [opened, this.#searcher.otherClass];
  }

  #openPath(name: string, by: LinkMap): Opened | undefined {
    const path = expandTokens(name, by.origin, this.#program.elf.machine, this.#secure);
    if (path === undefined)
      throw new LoadError(name, 'cannot load executable: empty dynamic string token substitution');
    return this.#searcher.open(path);
  }

  #search(name: string, by: LinkMap): Opened | undefined {
    this.#debug('libs', `find library=${name} [0]; searching\n`);
    const opened =
      this.#searchRpath(name, by) ??
      this.#searcher.find(this.#libraryPath, name) ??
      this.#searcher.find(this.#runpathOf(by), name) ??
      this.#searchCache(name, by) ??
      (by.elf.noDefaultLibraries === true ? undefined : this.#searcher.find(this.#searcher.system, name));
    this.#debug('libs', '\n');
    return opened;
  }

  /** RPATH of what asks, of what asked for that, and so on up to the program; only when what asks has no RUNPATH. */
  #searchRpath(name: string, by: LinkMap): Opened | undefined {
    if (by.elf.runpath !== undefined) return undefined;
    let programSeen = false;
    for (let map: LinkMap | undefined = by; map !== undefined; map = map.loader) {
      if (map === this.#program) programSeen = true;
      const opened = this.#searcher.find(this.#rpathOf(map), name);
      if (opened !== undefined) return opened;
    }
    return programSeen ? undefined : this.#searcher.find(this.#rpathOf(this.#program), name);
  }

  #searchCache(name: string, by: LinkMap): Opened | undefined {
    this.#debug('libs', ` search cache=${cachePath}\n`);
    if (this.#cache === null) this.#cache = readCache(this.#files);
    const { cacheFlag } = architectureOf(this.#program.elf);
    const entry = this.#cache?.find((candidate) => candidate.name === name && candidate.flags === cacheFlag);
    if (entry === undefined) return undefined;
    const inDefaults = defaultDirectories(this.#program.elf.machine).includes(`${directoryOf(entry.path)}/`);
    if (by.elf.noDefaultLibraries === true && inDefaults) return undefined;
    this.#debug('libs', `  trying file=${entry.path}\n`);
    return this.#searcher.open(entry.path);
  }

  #rpathOf(map: LinkMap): SearchList {
    const paths = map.elf.runpath === undefined ? (map.elf.rpath ?? []) : [];
    return (map.rpath ??= this.#list(paths, map.origin, 'RPATH', this.#shown(map)));
  }

  #runpathOf(map: LinkMap): SearchList {
    return (map.runpath ??= this.#list(map.elf.runpath ?? [], map.origin, 'RUNPATH', this.#shown(map)));
  }

  #list(paths: readonly string[], origin: string, what: string, where?: string): SearchList {
    const expanded = paths
      .map((path) => expandTokens(path, origin, this.#program.elf.machine, this.#secure))
      .filter((path) => path !== undefined);
    return this.#searcher.list(expanded, what, where);
  }

  // -------------------------------------------------------------------------------------------------- telling

  /** Whether a version is missing. */
  #checkVersions(chain: readonly LinkMap[]): boolean {
    let fatal = false;
    checkVersions(
      chain,
      (map) => this.#shown(map),
      (text) => this.#debug('versions', text),
      (problem) => {
        const told = `${problem.object}: error: version lookup error: ${problem.text} (continued)\n`;
        if (this.#categories.size > 0) this.#stderr += this.#withId(told);
        this.#stderr += `${this.#name}: ${problem.object}: ${problem.text}\n`;
        fatal ||= problem.fatal;
      },
    );
    return fatal;
  }

  #bindsNow(): boolean {
    return (this.#env['LD_BIND_NOW'] ?? '') !== '';
  }

  #firstMissing(
    scope: readonly LinkMap[],
    order: readonly LinkMap[],
    counts: (map: LinkMap, code: boolean) => boolean,
  ): Loaded | undefined {
    for (const map of order) {
      for (const wanted of map.elf.undefined) {
        if (!counts(map, wanted.type !== 'D')) continue;
        const reason = missingSymbol(scope, map, wanted);
        if (reason === undefined) continue;
        if (reason === inconsistent) return { kind: 'failed', stderr: this.#stderr + inconsistent, exitCode: 127 };
        const stderr = `${this.#stderr}${this.#name}: symbol lookup error: ${this.#shown(map)}: ${reason}\n`;
        return { kind: 'failed', stderr, exitCode: 127 };
      }
    }
    return undefined;
  }

  /** What ldd shows. */
  #trace(chain: readonly LinkMap[]): string {
    if (this.#program.elf.needed.length === 0) return '\tstatically linked\n';
    let text = '';
    for (const map of chain.slice(1)) {
      const [first = ''] = map.names;
      if (map.missing) text += `\t${first} => not found\n`;
      else if (first === map.path) text += `\t${first} (${hexadecimal(map.address)})\n`;
      else text += `\t${first} => ${map.path} (${hexadecimal(map.address)})\n`;
    }
    return text;
  }

  #told(out: string, chain: readonly LinkMap[], scope: readonly LinkMap[]): Loaded {
    let stdout = out;
    let warnings = '';
    if ((this.#env['LD_WARN'] ?? '') !== '') {
      const bindNow = this.#bindsNow();
      for (const map of chain.toReversed()) {
        for (const wanted of map.elf.undefined) {
          if (wanted.type !== 'D' && !bindNow && map.elf.bindNow !== true) continue;
          const reason = missingSymbol(scope, map, wanted);
          if (reason !== undefined && reason !== inconsistent) warnings += `${reason}\t(${this.#shown(map)})\n`;
        }
      }
    }
    if ((this.#env['LD_VERBOSE'] ?? '') !== '') stdout += this.#versions(chain);
    return {
      kind: 'told',
      stdout,
      stderr: this.#stderr + warnings,
      together: this.#stderr + stdout + warnings,
      exitCode: 0,
    };
  }

  #versions(chain: readonly LinkMap[]): string {
    let text = '\n\tVersion information:\n';
    for (const map of chain) {
      if (map.elf.versionsNeeded.length === 0) continue;
      text += `\t${this.#shown(map)}:\n`;
      for (const { library, versions } of map.elf.versionsNeeded) {
        const from = chain.find((other) => other.names.includes(library));
        for (const version of versions) {
          text += `\t\t${library} (${version}) =>${from === undefined || from.missing ? ' not found' : ` ${from.path}`}\n`;
        }
      }
    }
    return text;
  }

  #unused(scope: readonly LinkMap[]): Loaded {
    const used = (library: LinkMap): boolean =>
      scope.some((map) =>
        map.elf.undefined.some(
          (wanted) => scope.find((other) => definition(other.elf, wanted) !== undefined) === library,
        ),
      );
    const unused = this.#program.needed.filter((map) => !used(map));
    if (unused.length === 0) return { kind: 'told', stdout: '', stderr: '', together: '', exitCode: 0 };
    const stdout = `Unused direct dependencies:\n${unused.map((map) => `\t${map.missing ? (map.names[0] ?? '') : map.path}\n`).join('')}`;
    return { kind: 'told', stdout, stderr: '', together: stdout, exitCode: 1 };
  }

  #shown(map: LinkMap): string {
    return map.path === '' ? this.#name : map.path;
  }

  /** Every line begins with the process ID; a blank line stands alone when the text begins with one. */
  #debug(category: string, text: string): void {
    if (!this.#categories.has(category)) return;
    this.#stderr += this.#withId(text);
  }

  #withId(text: string): string {
    return text.replace(/^(?=[\s\S])/gm, `${String(this.#pid).padStart(10)}:\t`);
  }

  #elfOf(path: string): Elf | undefined {
    if (!this.#files.exists(path)) return undefined;
    const content = this.#files.read(path);
    return content.kind === 'elf' ? content.elf : undefined;
  }
}

function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash > 0 ? path.slice(0, slash) : slash === 0 ? '/' : '.';
}

function identityOf(files: Files, path: string): string {
  const stat = files.stat(path);
  return `${stat.dev}:${stat.ino}`;
}
