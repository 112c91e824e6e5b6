// What dpkg does to the machine: unpacks, configures and removes packages, in its own words.
// Source: dpkg 1.21.22, Debian Policy chapters 6 and 7. Departures: maintainer scripts do not run (there are none); a removed
// package leaves nothing but its configuration files; triggers exist for libc-bin only.
import { LinuxError, type Files } from '../contract.ts';
import type { Plain } from '../files/populate.ts';
import { runLdconfig } from '../loader/ldconfig.ts';
import { fileName, type PackageVersion } from './archive.ts';
import {
  contentOf,
  isRegularFile,
  isScript,
  listOf,
  sumOf,
  sumOfContent,
  touchesLibraries,
  withDirectories,
} from './contents.ts';
import { isMeant, showAtom, shownName, type Clause, type Control } from './control.ts';
import { Database, type Entry } from './database.ts';
import { compareVersions } from './version.ts';

export interface Streams {
  out(text: string): void;
  err(text: string): void;
  takes(ms: number): void;
}

export interface Forces {
  readonly depends: boolean;
  readonly breaks: boolean;
  readonly conflicts: boolean;
  readonly overwrite: boolean;
  readonly essential: boolean;
  readonly confnew: boolean;
}

export const noForces: Forces = {
  depends: false,
  breaks: false,
  conflicts: false,
  overwrite: false,
  essential: false,
  confnew: false,
};

/** One run of dpkg. */
export class Operations {
  readonly database: Database;
  readonly #files: Files;
  readonly #io: Streams;
  readonly #forces: Forces;
  #counted = false;
  #librariesChanged = false;
  readonly failed: string[] = [];

  /** The action as errors name it. */
  readonly #action: 'install' | 'unpack' | 'configure' | 'remove';

  constructor(
    files: Files,
    io: Streams,
    forces: Forces = noForces,
    action: 'install' | 'unpack' | 'configure' | 'remove' = 'install',
  ) {
    this.#files = files;
    this.#action = action;
    this.#io = io;
    this.#forces = forces;
    this.database = new Database(files);
  }

  /** What follows is another run of dpkg. */
  again(): void {
    this.#counted = false;
  }

  #count(): void {
    if (this.#counted) return;
    this.#counted = true;
    const count = this.database.owners().size;
    this.#io.out(`(Reading database ... ${count} files and directories currently installed.)\n`);
    this.#io.takes(150);
  }

  /** Puts the files of a version in place. `shownPath`: how the archive is named in messages. */
  unpack(version: PackageVersion, shownPath: string, leaving: ReadonlySet<string> = new Set()): boolean {
    const { control } = version;
    const name = shownName(control);
    const old = this.database.installed(control.name);
    if (old === undefined) this.#io.out(`Selecting previously unselected package ${name}.\n`);
    else if (compareVersions(control.version, old.control.version) < 0) {
      this.#io.err(`dpkg: warning: downgrading ${name} from ${old.control.version} to ${control.version}\n`);
    }
    const path = shownPath.startsWith('.../') ? `/var/cache/apt/archives/${fileName(control)}` : shownPath;
    const refusal = this.#mayUnpack(control, path, leaving);
    if (refusal !== undefined) {
      this.#io.err(refusal);
      this.failed.push(path);
      return false;
    }
    this.#count();
    this.#io.out(`Preparing to unpack ${shownPath} ...\n`);
    const over = old === undefined ? '' : ` over (${old.control.version})`;
    this.#io.out(`Unpacking ${name} (${control.version})${over} ...\n`);
    const clash = this.#clash(version);
    if (clash !== undefined) {
      this.#io.err(
        `dpkg: error processing archive ${path} (--${this.#action}):\n trying to overwrite '${clash.path}', ` +
          `which is also in package ${clash.owner} ${clash.version}\n`,
      );
      this.failed.push(path);
      return false;
    }
    this.#place(version, old);
    this.#io.takes(60 + Math.round(control.installedKb / 100));
    return true;
  }

  /** Words of a refusal, or nothing. */
  #mayUnpack(control: Control, path: string, leaving: ReadonlySet<string>): string | undefined {
    const name = shownName(control);
    for (const clause of control.preDepends ?? []) {
      if (this.#holds(clause, (entry) => entry.state === 'installed')) continue;
      if (this.#forces.depends) continue;
      return (
        `dpkg: regarding ${path} containing ${name}, pre-dependency problem:\n ${name} pre-depends on ${clause.map(showAtom).join(' | ')}\n` +
        `${this.#preReasons(clause)}\ndpkg: error processing archive ${path} (--${this.#action}):\n pre-dependency problem - not installing ${name}\n`
      );
    }
    for (const entry of this.database.entries.values()) {
      if (this.database.installed(entry.control.name) === undefined || entry.control.name === control.name) continue;
      if (leaving.has(entry.control.name)) continue;
      const other = entry.control;
      const mine = (control.conflicts ?? []).flat().find((atom) => isMeant(atom, other));
      const theirs = (other.conflicts ?? []).flat().find((atom) => isMeant(atom, control));
      if (mine !== undefined && !this.#forces.conflicts) {
        return (
          `dpkg: regarding ${path} containing ${name}:\n ${name} conflicts with ${showAtom(mine)}\n` +
          `  ${shownName(other)} (version ${other.version}) is present and ${entry.state}.\n\n` +
          `dpkg: error processing archive ${path} (--${this.#action}):\n conflicting packages - not installing ${name}\n`
        );
      }
      if (theirs !== undefined && !this.#forces.conflicts) {
        return (
          `dpkg: regarding ${path} containing ${name}:\n ${shownName(other)} conflicts with ${showAtom(theirs)}\n` +
          `  ${name} (version ${control.version}) is to be installed.\n\n` +
          `dpkg: error processing archive ${path} (--${this.#action}):\n conflicting packages - not installing ${name}\n`
        );
      }
      const broken = (control.breaks ?? []).flat().find((atom) => isMeant(atom, other));
      if (broken !== undefined && !this.#forces.breaks && entry.state === 'installed') {
        return (
          `dpkg: regarding ${path} containing ${name}:\n ${name} breaks ${showAtom(broken)}\n` +
          `  ${shownName(other)} (version ${other.version}) is present and installed.\n\n` +
          `dpkg: error processing archive ${path} (--${this.#action}):\n installing ${name} would break ${shownName(other)}, and\n` +
          ' deconfiguration is not permitted (--auto-deconfigure might help)\n'
        );
      }
    }
    return undefined;
  }

  #clash(version: PackageVersion): { path: string; owner: string; version: string } | undefined {
    if (this.#forces.overwrite) return undefined;
    const { control } = version;
    const replaced = (other: Control): boolean => (control.replaces ?? []).flat().some((atom) => isMeant(atom, other));
    const owners = this.database.owners();
    for (const path of Object.keys(version.files)) {
      for (const owner of owners.get(path) ?? []) {
        const entry = this.database.entries.get(owner.replace(/:.*$/, ''));
        if (entry === undefined || entry.control.name === control.name || replaced(entry.control)) continue;
        if (this.#files.exists(path) && this.#files.stat(path).type === 'directory') continue;
        if (this.database.installed(entry.control.name) === undefined) continue;
        return { path, owner, version: entry.control.version };
      }
    }
    return undefined;
  }

  #place(version: PackageVersion, old: Entry | undefined): void {
    const { control, files } = version;
    const conffiles = new Set(version.conffiles ?? []);
    const before = old ?? this.database.entries.get(control.name);
    for (const [path, plain] of Object.entries(files)) {
      this.#files.mkdirs(path.slice(0, path.lastIndexOf('/')) || '/');
      if (conffiles.has(path) && this.#files.exists(path) && !this.#unchanged(path, before)) {
        if (!this.#forces.confnew) continue;
      }
      this.#put(path, plain);
    }
    if (old !== undefined) {
      const kept = new Set(listOf(files));
      this.#removePaths(
        this.database.list(old.control).filter((path) => !kept.has(path)),
        new Set(),
      );
    }
    this.database.set({
      control,
      want: 'install',
      state: 'unpacked',
      conffiles: [...conffiles].map((path) => ({ path, sum: sumOf(files[path]) })),
    });
    this.database.writeInfo(control, 'list', `${listOf(files).join('\n')}\n`);
    const sums = Object.entries(files).filter(([path, plain]) => !conffiles.has(path) && isRegularFile(plain));
    this.database.writeInfo(
      control,
      'md5sums',
      sums.map(([path, plain]) => `${sumOf(plain)}  ${path.slice(1)}\n`).join(''),
    );
    if (conffiles.size > 0)
      this.database.writeInfo(control, 'conffiles', [...conffiles].map((path) => `${path}\n`).join(''));
    if (touchesLibraries(files)) this.#librariesChanged = true;
    this.database.save();
  }

  /** Whether a configuration file is as the package brought it. */
  #unchanged(path: string, entry: Entry | undefined): boolean {
    const known = entry?.conffiles.find((conffile) => conffile.path === path);
    const content = this.#files.read(path);
    return known?.sum === sumOfContent(content);
  }

  #put(path: string, plain: Plain): void {
    const spec = typeof plain === 'string' ? { text: plain } : plain;
    if ('directory' in spec) {
      this.#files.mkdirs(path, spec.mode ?? 0o755);
      return;
    }
    const present = this.#typeOf(path);
    if ('symlink' in spec) {
      if (present === 'directory') return;
      if (present !== undefined) this.#files.unlink(path);
      this.#files.symlink(spec.symlink, path);
      return;
    }
    const content = contentOf(spec);
    if (content === undefined) return;
    const program = content.kind === 'elf' ? content.elf.program !== undefined : isScript(content);
    const temporary = `${path}.dpkg-new`;
    this.#files.write(temporary, content, { mode: spec.mode ?? (program ? 0o755 : 0o644) });
    if (spec.uid !== undefined || spec.gid !== undefined) this.#files.chown(temporary, spec.uid ?? 0, spec.gid ?? 0);
    this.#files.chmod(temporary, spec.mode ?? (program ? 0o755 : 0o644));
    if (present === 'symlink') this.#files.unlink(path);
    this.#files.rename(temporary, path);
  }

  #typeOf(path: string): string | undefined {
    try {
      return this.#files.lstat(path).type;
    } catch (error) {
      if (error instanceof LinuxError) return undefined;
      throw error;
    }
  }

  /** Configures one unpacked package. `cycle`: others that are being configured with it and need it themselves. */
  configure(name: string, cycle: ReadonlySet<string> = new Set()): boolean {
    const entry = this.database.entries.get(name);
    if (entry === undefined) return false;
    const shown = shownName(entry.control);
    const problems = (entry.control.depends ?? []).filter(
      (clause) =>
        !this.#holds(
          clause,
          (other) => other.state === 'installed' || other.control.name === name || cycle.has(other.control.name),
        ),
    );
    if (problems.length > 0) {
      const list = problems
        .map((clause) => ` ${shown} depends on ${clause.map(showAtom).join(' | ')}; however:\n${this.#reasons(clause)}`)
        .join('');
      if (!this.#forces.depends) {
        this.#io.err(
          `dpkg: dependency problems prevent configuration of ${shown}:\n${list}\n` +
            `dpkg: error processing package ${shown} (--${this.#action === 'unpack' ? 'configure' : this.#action}):\n dependency problems - leaving unconfigured\n`,
        );
        this.failed.push(shown);
        return false;
      }
      this.#io.err(`dpkg: ${shown}: dependency problems, but configuring anyway as you requested:\n${list}\n`);
    }
    this.#io.out(`Setting up ${shown} (${entry.control.version}) ...\n`);
    this.#io.takes(40);
    this.database.set({ ...entry, state: 'installed' });
    this.database.save();
    return true;
  }

  #holds(clause: Clause, counts: (entry: Entry) => boolean): boolean {
    return clause.some((atom) =>
      [...this.database.entries.values()].some(
        (entry) =>
          this.database.installed(entry.control.name) !== undefined && counts(entry) && isMeant(atom, entry.control),
      ),
    );
  }

  /** Why no alternative of a clause holds. */
  #reasons(clause: Clause): string {
    return clause
      .map((atom) => {
        const entry = this.database.installed(atom.name);
        if (entry === undefined) return `  Package ${atom.name} is not installed.\n`;
        const shown = shownName(entry.control);
        if (!isMeant(atom, entry.control)) return `  Version of ${shown} on system is ${entry.control.version}.\n`;
        return `  Package ${shown} is not configured yet.\n`;
      })
      .join('');
  }

  /** The same for what must be there before unpacking, where dpkg has other words. */
  #preReasons(clause: Clause): string {
    return clause
      .map((atom) => {
        const entry = this.database.installed(atom.name);
        if (entry === undefined) return `  ${atom.name} is not installed.\n`;
        if (!isMeant(atom, entry.control))
          return `  ${atom.name} is installed, but is version ${entry.control.version}.\n`;
        return `  ${atom.name} is unpacked, but has never been configured.\n`;
      })
      .join('');
  }

  /** What would lose something it depends on if these packages went. */
  dependants(names: ReadonlySet<string>): readonly { readonly of: string; readonly words: string }[] {
    const result: { of: string; words: string }[] = [];
    for (const entry of this.database.entries.values()) {
      if (entry.state !== 'installed' || names.has(entry.control.name)) continue;
      for (const clause of [...(entry.control.preDepends ?? []), ...(entry.control.depends ?? [])]) {
        const stays = this.#holds(clause, (other) => !names.has(other.control.name));
        if (stays || !this.#holds(clause, () => true)) continue;
        const of = [...names].find((name) => {
          const gone = this.database.entries.get(name);
          return gone !== undefined && clause.some((atom) => isMeant(atom, gone.control));
        });
        result.push({
          of: of ?? '',
          words: ` ${shownName(entry.control)} depends on ${clause.map(showAtom).join(' | ')}.\n`,
        });
      }
    }
    return result;
  }

  remove(name: string, purge: boolean, checked = false): boolean {
    const entry = this.database.entries.get(name);
    const there = this.database.installed(name) !== undefined;
    if (entry === undefined || (!there && !(purge && entry.state === 'config-files'))) {
      this.#io.err(`dpkg: warning: ignoring request to remove ${name} which isn't installed\n`);
      return true;
    }
    const shown = shownName(entry.control);
    if (there) {
      if (!checked && !this.#mayRemove(entry, name)) return false;
      this.#count();
      this.#io.out(`Removing ${shown} (${entry.control.version}) ...\n`);
      const paths = this.database.list(entry.control);
      if (paths.some((path) => /\.so(\.|$)/.test(path))) this.#librariesChanged = true;
      this.#removePaths(paths, new Set(entry.conffiles.map(({ path }) => path)));
      this.#io.takes(80);
    }
    if (purge || entry.conffiles.length === 0) {
      if (purge && entry.conffiles.length > 0) {
        this.#count();
        this.#io.out(`Purging configuration files for ${shown} (${entry.control.version}) ...\n`);
        this.#removePaths(this.database.list(entry.control), new Set());
      }
      this.database.removeInfo(entry.control, false);
      this.database.delete(name);
    } else {
      const kept = entry.conffiles.map(({ path }) => path);
      this.database.writeInfo(entry.control, 'list', `${withDirectories(kept).join('\n')}\n`);
      this.database.removeInfo(entry.control, true);
      this.database.set({ ...entry, want: 'deinstall', state: 'config-files' });
    }
    this.database.save();
    return true;
  }

  #mayRemove(entry: Entry, name: string): boolean {
    const shown = shownName(entry.control);
    if (entry.control.essential === true && !this.#forces.essential) {
      this.#io.err(
        `dpkg: error processing package ${shown} (--remove):\n this is an essential package; it should not be removed\n`,
      );
      this.failed.push(shown);
      return false;
    }
    const problems = this.dependants(new Set([name]));
    if (problems.length === 0) return true;
    const list = problems.map(({ words }) => words).join('');
    if (this.#forces.depends) {
      this.#io.err(`dpkg: ${shown}: dependency problems, but removing anyway as you requested:\n${list}\n`);
      return true;
    }
    this.#io.err(
      `dpkg: dependency problems prevent removal of ${shown}:\n${list}\n` +
        `dpkg: error processing package ${shown} (--remove):\n dependency problems - not removing\n`,
    );
    this.failed.push(shown);
    return false;
  }

  #removePaths(paths: readonly string[], keep: ReadonlySet<string>): void {
    const owners = this.database.owners();
    // The deepest first, so that directories are empty when their turn comes.
    for (const path of [...paths].sort().reverse()) {
      if (keep.has(path) || path === '/.') continue;
      const type = this.#typeOf(path);
      if (type === undefined) continue;
      if ((owners.get(path)?.length ?? 0) > 1) continue;
      try {
        if (type === 'directory') this.#files.rmdir(path);
        else this.#files.unlink(path);
      } catch (error) {
        if (!(error instanceof LinuxError)) throw error;
      }
    }
  }

  /** The trigger of libc-bin: links and cache of libraries are made anew. */
  triggers(): void {
    if (!this.#librariesChanged) return;
    const entry = this.database.installed('libc-bin');
    if (entry === undefined) return;
    this.#io.out(`Processing triggers for ${shownName(entry.control)} (${entry.control.version}) ...\n`);
    this.#io.takes(120);
    this.#io.err(runLdconfig(this.#files).stderr);
    this.#librariesChanged = false;
  }

  /** Names what has failed. The exit code of dpkg. */
  finish(): number {
    this.triggers();
    if (this.failed.length === 0) return 0;
    this.#io.err(`Errors were encountered while processing:\n${this.failed.map((name) => ` ${name}\n`).join('')}`);
    return 1;
  }
}
