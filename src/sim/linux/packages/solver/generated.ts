// Repositories and machines made from a number, for comparing the choices of apt.

export interface SolverCase {
  /** The text of a Packages file. */
  readonly packages: string;
  /** The text of dpkg's status file. */
  readonly status: string;
  readonly auto: readonly string[];
  /** After `apt-get -s`. */
  readonly command: readonly string[];
}

/** A small generator of random numbers (mulberry32): the same on every machine. */
export function randomFrom(seed: number): (below: number) => number {
  let state = Math.imul(seed, 0x9e37_79b9) >>> 0;
  return (below) => {
    state = (state + 0x6d2b_79f5) >>> 0;
    let value = state;
    value = Math.imul(value ^ (value >>> 15), value | 1);
    value ^= value + Math.imul(value ^ (value >>> 7), value | 61);
    return ((value ^ (value >>> 14)) >>> 0) % below;
  };
}

interface Draft {
  readonly name: string;
  readonly version: string;
  readonly lines: string[];
  readonly depends: readonly string[];
}

export function generateCase(seed: number): SolverCase {
  const random = randomFrom(seed);
  const chance = (percent: number): boolean => random(100) < percent;
  const size = 6 + random(seed % 5 === 0 ? 24 : 9);
  const names = Array.from(
    { length: size },
    (_, index) => `p${String.fromCharCode(97 + (index % 26))}${index > 25 ? 'x' : ''}${seed % 7}`,
  );
  const nameAt = (index: number): string => names[index % size] ?? 'p';
  const virtuals = ['mail-agent', 'web-server'];
  const versionsOf = new Map<string, string[]>(
    names.map((name) => [name, ['1.0', '1.1', '2.0'].slice(0, 1 + random(3))]),
  );
  const atom = (name: string): string => {
    const versions = versionsOf.get(name) ?? ['1.0'];
    const version = versions[random(versions.length)] ?? '1.0';
    const kind = random(10);
    if (kind < 5) return name;
    if (kind < 8) return `${name} (>= ${version})`;
    return kind < 9 ? `${name} (= ${version})` : `${name} (<< 2.0)`;
  };
  const other = (index: number): string =>
    chance(8) ? (virtuals[random(2)] ?? 'mail-agent') : nameAt(index + 1 + random(size - 1));
  const drafts: Draft[] = [];
  for (const [index, name] of names.entries()) {
    for (const version of versionsOf.get(name) ?? []) {
      const lines: string[] = [];
      const depends: string[] = [];
      for (let i = random(3); i > 0; i--)
        depends.push(chance(25) ? `${atom(other(index))} | ${atom(other(index))}` : atom(other(index)));
      if (chance(3)) depends.push('ghost9 (>= 9.1)');
      if (depends.length > 0) lines.push(`Depends: ${depends.join(', ')}`);
      if (chance(8)) lines.push(`Pre-Depends: ${atom(other(index))}`);
      if (chance(15)) lines.push(`Recommends: ${atom(other(index))}`);
      if (chance(6)) lines.push(`Suggests: ${atom(other(index))}`);
      if (chance(10))
        lines.push(
          `Conflicts: ${chance(50) ? nameAt(index + 1 + random(size - 1)) : `${nameAt(index + 1 + random(size - 1))} (<< 1.1)`}`,
        );
      if (chance(12)) lines.push(`Breaks: ${nameAt(index + 1 + random(size - 1))} (<< ${chance(50) ? '1.1' : '2.0'})`);
      if (chance(12)) lines.push(`Provides: ${virtuals[random(2)] ?? ''}${chance(30) ? ' (= 1.1)' : ''}`);
      drafts.push({ name, version, lines, depends });
    }
  }
  const stanza = (draft: Draft, extra: readonly string[]): string =>
    [
      `Package: ${draft.name}`,
      ...extra,
      'Priority: optional',
      'Section: misc',
      'Maintainer: Nobody <nobody@example.com>',
      'Architecture: amd64',
      `Version: ${draft.version}`,
      ...draft.lines,
      'Description: generated',
    ].join('\n');
  const packages = drafts
    .map(
      (draft) =>
        `${stanza(draft, [])}\nFilename: ./${draft.name}_${draft.version}.deb\nSize: 1000\nSHA256: ${'0'.repeat(64)}\n`,
    )
    .join('\n');

  const installed = new Map<string, Draft>();
  const wants = names.filter(() => chance(45));
  for (const name of wants) settle(name, installed, drafts, random, 0);
  const auto = [...installed.keys()].filter((name) => !wants.includes(name) || chance(10));
  const held = [...installed.keys()].filter(() => chance(6));
  const status = [...installed.values()]
    .map((draft) => `${stanza(draft, [`Status: ${held.includes(draft.name) ? 'hold' : 'install'} ok installed`])}\n`)
    .join('\n');
  const present = [...installed.keys()];
  const pick = (list: readonly string[]): string => list[random(list.length)] ?? nameAt(random(size));
  const absent = names.filter((name) => !installed.has(name));
  const kind = random(20);
  const command: string[] = [];
  if (kind < 8) command.push('install', pick(absent));
  else if (kind < 10) command.push('install', pick(absent), pick(absent));
  else if (kind < 12) {
    const draft = drafts[random(drafts.length)];
    command.push('install', '--allow-downgrades', `${draft?.name ?? ''}=${draft?.version ?? ''}`);
  } else if (kind < 13) command.push('install', pick(absent), `${pick(present)}-`);
  else if (kind < 15) command.push('remove', pick(present));
  else if (kind < 17) command.push('upgrade');
  else if (kind < 19) command.push('dist-upgrade');
  else command.push('autoremove');
  if (command[0] === 'install' && chance(20)) command.push('--no-install-recommends');
  return { packages, status, auto, command };
}

/** Installs something with what it depends on, if that disturbs nothing that is there; otherwise leaves all as it was. */
function settle(
  name: string,
  installed: Map<string, Draft>,
  drafts: readonly Draft[],
  random: (below: number) => number,
  depth: number,
): boolean {
  if (installed.has(name)) return true;
  const own = drafts.filter((draft) => draft.name === name);
  const draft = own[random(Math.max(1, own.length))];
  if (draft === undefined || depth > 6) return false;
  const before = new Map(installed);
  installed.set(name, draft);
  const needs = [
    ...draft.depends,
    ...draft.lines.filter((line) => line.startsWith('Pre-Depends: ')).map((line) => line.slice(13)),
  ];
  for (const need of needs) {
    const first = /^[a-z0-9-]+/.exec(need)?.[0] ?? '';
    settle(first, installed, drafts, random, depth + 1);
  }
  if (sound(installed)) return true;
  installed.clear();
  for (const [key, value] of before) installed.set(key, value);
  return false;
}

/** Whether nothing that is installed lacks or offends anything. Plain and slow. */
function sound(installed: ReadonlyMap<string, Draft>): boolean {
  const field = (draft: Draft, name: string): string[] =>
    draft.lines
      .filter((line) => line.startsWith(`${name}: `))
      .flatMap((line) => line.slice(name.length + 2).split(', '));
  const met = (text: string, except?: string): boolean => {
    const match = /^([a-z0-9-]+)(?: \((\S+) (\S+)\))?$/.exec(text);
    const [, name = '', relation, version = ''] = match ?? [];
    const compare = (own: string): boolean => {
      const order = own < version ? -1 : own > version ? 1 : 0;
      return relation === undefined || (relation === '>=' ? order >= 0 : relation === '=' ? order === 0 : order < 0);
    };
    const real = installed.get(name);
    if (real !== undefined && name !== except && compare(real.version)) return true;
    return [...installed.values()].some(
      (draft) =>
        draft.name !== except &&
        field(draft, 'Provides').some((provided) => {
          const [, given, own] = /^([a-z-]+)(?: \(= (\S+)\))?$/.exec(provided) ?? [];
          return given === name && (relation === undefined || (own !== undefined && compare(own)));
        }),
    );
  };
  return [...installed.values()].every(
    (draft) =>
      [...field(draft, 'Depends'), ...field(draft, 'Pre-Depends')].every((clause) =>
        clause.split(' | ').some((part) => met(part)),
      ) && ![...field(draft, 'Conflicts'), ...field(draft, 'Breaks')].some((part) => met(part, draft.name)),
  );
}
