// dpkg's own files: /var/lib/dpkg/status with a paragraph for every package, and /var/lib/dpkg/info with a list of its files.
// They are ordinary text files of the machine; whoever edits them changes what dpkg believes.
// Source: dpkg 1.21.22; deb-control(5). Departure: triggers are kept by nobody between two runs.
import { LinuxError, type Files } from '../contract.ts';
import { controlOf, parseParagraphs, shownName, showControl, type Control, type Fields } from './control.ts';

const root = '/var/lib/dpkg';
export const statusPath = `${root}/status`;

type State = 'not-installed' | 'config-files' | 'half-installed' | 'unpacked' | 'half-configured' | 'installed';
type Want = 'unknown' | 'install' | 'hold' | 'deinstall' | 'purge';

export interface Entry {
  readonly control: Control;
  readonly want: Want;
  readonly state: State;
  /** Configuration files with the sums they came with. */
  readonly conffiles: readonly { readonly path: string; readonly sum: string }[];
}

export class Database {
  readonly entries: Map<string, Entry>;
  readonly #files: Files;
  /** Package names by path, made when first asked for. */
  #owners: Map<string, string[]> | undefined;

  constructor(files: Files) {
    this.#files = files;
    this.entries = new Map();
    if (!files.exists(statusPath)) return;
    for (const fields of parseParagraphs(files.readText(statusPath))) {
      const entry = entryOf(fields);
      this.entries.set(entry.control.name, entry);
    }
  }

  /** An entry that counts as there: more than its configuration files. */
  installed(name: string): Entry | undefined {
    const entry = this.entries.get(name);
    return entry === undefined || entry.state === 'not-installed' || entry.state === 'config-files' ? undefined : entry;
  }

  set(entry: Entry): void {
    this.entries.set(entry.control.name, entry);
  }

  delete(name: string): void {
    this.entries.delete(name);
  }

  save(): void {
    const names = [...this.entries.keys()].sort();
    const text = names.map((name) => showEntry(this.entries.get(name))).join('\n');
    this.#files.mkdirs(`${root}/info`);
    if (this.#files.exists(statusPath)) {
      this.#files.write(`${root}/status-old`, this.#files.readText(statusPath));
    }
    this.#files.write(`${root}/status-new`, text);
    this.#files.rename(`${root}/status-new`, statusPath);
  }

  #infoPath(control: Control, kind: string): string {
    return `${root}/info/${shownName(control)}.${kind}`;
  }

  /** Paths of the package, directories included. */
  list(control: Control): readonly string[] {
    return (
      this.info(control, 'list')
        ?.split('\n')
        .filter((line) => line !== '') ?? []
    );
  }

  info(control: Control, kind: string): string | undefined {
    try {
      return this.#files.readText(this.#infoPath(control, kind));
    } catch (error) {
      if (error instanceof LinuxError) return undefined;
      throw error;
    }
  }

  writeInfo(control: Control, kind: string, text: string): void {
    this.#files.mkdirs(`${root}/info`);
    this.#files.write(this.#infoPath(control, kind), text);
    this.#owners = undefined;
  }

  /** Forgets the notes on a package, or all but the list. */
  removeInfo(control: Control, keepList: boolean): void {
    const stem = `${shownName(control)}.`;
    for (const file of this.#files.list(`${root}/info`)) {
      if (!file.startsWith(stem) || file.slice(stem.length).includes('.')) continue;
      if (!(keepList && file === `${stem}list`)) this.#files.unlink(`${root}/info/${file}`);
    }
    this.#owners = undefined;
  }

  owners(): ReadonlyMap<string, readonly string[]> {
    if (this.#owners !== undefined) return this.#owners;
    const owners = new Map<string, string[]>();
    for (const { control } of this.entries.values()) {
      for (const path of this.list(control)) {
        const list = owners.get(path);
        if (list === undefined) owners.set(path, [shownName(control)]);
        else list.push(shownName(control));
      }
    }
    this.#owners = owners;
    return owners;
  }
}

function entryOf(fields: Fields): Entry {
  const [want = 'install', , state = 'installed'] = (fields.get('Status') ?? '').split(' ');
  const conffiles = (fields.get('Conffiles') ?? '')
    .split('\n')
    .map((line) => line.trim().split(' '))
    .filter(([path]) => path !== undefined && path !== '')
    .map(([path = '', sum = '']) => ({ path, sum }));
  return { control: controlOf(fields), want: want as Want, state: state as State, conffiles };
}

function showEntry(entry: Entry | undefined): string {
  if (entry === undefined) return '';
  const conffiles =
    entry.conffiles.length === 0 ? [] : ['Conffiles:', ...entry.conffiles.map(({ path, sum }) => ` ${path} ${sum}`)];
  return showControl(entry.control, [`Status: ${entry.want} ok ${entry.state}`], conffiles);
}

/** A paragraph of the status file for a package that has just been put there. */
export const installedParagraph = (control: Control, conffiles: Entry['conffiles'] = []): string =>
  showEntry({ control, want: 'install', state: 'installed', conffiles });
