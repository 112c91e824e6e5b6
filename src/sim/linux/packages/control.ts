// The control fields of a package, as they stand in repositories and in dpkg's own files.
// Source: deb-control(5), Debian Policy chapters 5 and 7. Build profiles and architecture restrictions in binary packages do not
// occur; `:any` and `:amd64` after a name are read and not kept.
import { satisfies, type Relation } from './version.ts';

/** One alternative: a name, perhaps with a version. */
export interface Atom {
  readonly name: string;
  readonly relation?: Relation;
  readonly version?: string;
}

/** Alternatives, of which one is enough. */
export type Clause = readonly Atom[];

interface Provided {
  readonly name: string;
  readonly version?: string;
}

export interface Control {
  readonly name: string;
  readonly version: string;
  readonly architecture: string;
  readonly section: string;
  readonly priority: string;
  readonly maintainer: string;
  readonly source?: string;
  readonly essential?: boolean;
  /** `Multi-Arch: same`: shown with its architecture. */
  readonly multiArchSame?: boolean;
  readonly installedKb: number;
  readonly description: string;
  readonly homepage?: string;
  readonly preDepends?: readonly Clause[];
  readonly depends?: readonly Clause[];
  readonly recommends?: readonly Clause[];
  readonly suggests?: readonly Clause[];
  readonly breaks?: readonly Clause[];
  readonly conflicts?: readonly Clause[];
  readonly replaces?: readonly Clause[];
  readonly provides?: readonly Provided[];
}

export type Fields = ReadonlyMap<string, string>;

const relations: Readonly<Record<string, Relation>> = {
  '<<': '<<',
  '<=': '<=',
  '=': '=',
  '>=': '>=',
  '>>': '>>',
  '<': '<=',
  '>': '>=',
};

export function parseClauses(text: string): readonly Clause[] {
  return text
    .split(',')
    .map((clause) => clause.trim())
    .filter((clause) => clause !== '')
    .map((clause) => clause.split('|').map(parseAtom));
}

function parseAtom(text: string): Atom {
  const match =
    /^\s*([A-Za-z0-9][A-Za-z0-9.+-]*)(?::[a-z0-9-]+)?\s*(?:\(\s*(<<|<=|>=|>>|=|<|>)\s*([^\s)]+)\s*\))?/.exec(text);
  const [, name = text.trim(), relation, version] = match ?? [];
  const sign = relation === undefined ? undefined : relations[relation];
  return sign === undefined || version === undefined ? { name } : { name, relation: sign, version };
}

export const showAtom = (atom: Atom): string =>
  atom.relation === undefined ? atom.name : `${atom.name} (${atom.relation} ${atom.version ?? ''})`;
const showClause = (clause: Clause): string => clause.map(showAtom).join(' | ');
const showClauses = (clauses: readonly Clause[]): string => clauses.map(showClause).join(', ');

/** Whether this version of the package named in the atom is what it means. */
export function matches(atom: Atom, version: string): boolean {
  return atom.relation === undefined || satisfies(version, atom.relation, atom.version ?? '');
}

/** Whether the package, by its name or by what it provides, is what the atom means. */
export function isMeant(atom: Atom, control: Control): boolean {
  if (control.name === atom.name && matches(atom, control.version)) return true;
  return (control.provides ?? []).some(
    (provided) =>
      provided.name === atom.name &&
      (atom.relation === undefined || (provided.version !== undefined && matches(atom, provided.version))),
  );
}

/** Paragraphs of `Name: value` lines; a line that begins with a space continues the one before. */
export function parseParagraphs(text: string): readonly Fields[] {
  const result: Map<string, string>[] = [];
  let current: Map<string, string> | undefined;
  let field = '';
  for (const line of text.split('\n')) {
    if (line.trim() === '') {
      current = undefined;
    } else if (line.startsWith('#')) {
      // A comment.
    } else if (/^[ \t]/.test(line)) {
      if (current !== undefined) current.set(field, `${current.get(field) ?? ''}\n${line}`);
    } else {
      if (current === undefined) {
        current = new Map();
        result.push(current);
      }
      const colon = line.indexOf(':');
      field = line.slice(0, colon);
      current.set(field, line.slice(colon + 1).trim());
    }
  }
  return result;
}

export function controlOf(fields: Fields): Control {
  const clauses = (name: string): readonly Clause[] | undefined => {
    const text = fields.get(name);
    return text === undefined ? undefined : parseClauses(text);
  };
  const result: Control = {
    name: fields.get('Package') ?? '',
    version: fields.get('Version') ?? '',
    architecture: fields.get('Architecture') ?? 'amd64',
    section: fields.get('Section') ?? 'misc',
    priority: fields.get('Priority') ?? 'optional',
    maintainer: fields.get('Maintainer') ?? '',
    installedKb: Number(fields.get('Installed-Size') ?? '0'),
    description: fields.get('Description') ?? '',
  };
  const optional: Record<string, unknown> = {
    source: fields.get('Source'),
    essential: fields.get('Essential') === 'yes' ? true : undefined,
    multiArchSame: fields.get('Multi-Arch') === 'same' ? true : undefined,
    homepage: fields.get('Homepage'),
    preDepends: clauses('Pre-Depends'),
    depends: clauses('Depends'),
    recommends: clauses('Recommends'),
    suggests: clauses('Suggests'),
    breaks: clauses('Breaks'),
    conflicts: clauses('Conflicts'),
    replaces: clauses('Replaces'),
    provides: clauses('Provides')?.map(([atom]) => ({
      name: atom?.name ?? '',
      ...(atom?.version === undefined ? {} : { version: atom.version }),
    })),
  };
  const present = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined));
  return { ...result, ...present };
}

/** The fields in dpkg's order; `state` is what only an installed package has, after its name. */
export function showControl(control: Control, state: readonly string[] = [], tail: readonly string[] = []): string {
  const lines = [`Package: ${control.name}`, ...state];
  const add = (name: string, value: string | undefined): void => {
    if (value !== undefined && value !== '') lines.push(`${name}: ${value}`);
  };
  const clauses = (name: string, value: readonly Clause[] | undefined): void =>
    add(name, value === undefined ? undefined : showClauses(value));
  if (control.essential === true) add('Essential', 'yes');
  add('Priority', control.priority);
  add('Section', control.section);
  add('Installed-Size', String(control.installedKb));
  add('Maintainer', control.maintainer);
  add('Architecture', control.architecture);
  if (control.multiArchSame === true) add('Multi-Arch', 'same');
  add('Source', control.source);
  add('Version', control.version);
  clauses('Replaces', control.replaces);
  add(
    'Provides',
    control.provides?.map(({ name, version }) => (version === undefined ? name : `${name} (= ${version})`)).join(', '),
  );
  clauses('Depends', control.depends);
  clauses('Pre-Depends', control.preDepends);
  clauses('Recommends', control.recommends);
  clauses('Suggests', control.suggests);
  clauses('Breaks', control.breaks);
  clauses('Conflicts', control.conflicts);
  lines.push(...tail);
  add('Description', control.description);
  add('Homepage', control.homepage);
  return `${lines.join('\n')}\n`;
}

/** As dpkg names it: `libc6:amd64`, `bash`. */
export const shownName = (control: Pick<Control, 'name' | 'architecture' | 'multiArchSame'>): string =>
  control.multiArchSame === true ? `${control.name}:${control.architecture}` : control.name;

/** The first line of the description. */
export const synopsis = (control: Control): string => control.description.split('\n')[0] ?? '';
