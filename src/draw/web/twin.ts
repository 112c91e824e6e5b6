// The web in words: for whoever does not see the picture, and for its labels.
import type { LibraryView, MachineSnapshot } from '../../sim/machines/snapshot.ts';
import { say } from '../words.ts';
import { webOf, type Web, type WebProgram } from './model.ts';
import type { WebWords } from './words.ts';

interface TwinLine {
  readonly subject: string;
  readonly text: string;
}

export interface WebTwin {
  readonly programs: readonly TwinLine[];
  readonly libraries: readonly TwinLine[];
}

export function webTwin(snapshot: MachineSnapshot, words: WebWords): WebTwin {
  const [machine] = snapshot.machines;
  if (!machine) return { programs: [], libraries: [] };
  const web = webOf(machine);
  const libraries = [...web.direct, ...web.further].flatMap(({ members }) => members);
  return {
    programs: web.programs.map((program) => ({
      subject: `program/${program.view.key}`,
      text: programLine(program, words),
    })),
    libraries: [...libraries, ...(web.ground ? [web.ground] : [])].map((member) => ({
      subject: `library/${member.key}`,
      text: libraryLine(member, web, words),
    })),
  };
}

export function programLine({ view, status, feet }: WebProgram, words: WebWords): string {
  const parts = [
    say(words.program, { name: view.name, version: view.version, status: words.status[status] }),
    say(words.needs, {
      names: feet
        .map(({ name, on, lacks }) =>
          on && lacks === undefined ? name : say(words.noLibrary, { name: lacks ?? name }),
        )
        .join(', '),
    }),
  ];
  if (view.package && !view.package.whole) parts.push(say(words.half, { name: view.package.name }));
  if (view.package?.held === true) parts.push(say(words.held, { name: view.package.name }));
  if (view.error !== null) parts.push(view.error);
  return parts.join('; ');
}

export function libraryLine(member: LibraryView, { programs }: Web, words: WebWords): string {
  const users = programs
    .filter(({ view }) => view.loads.some(({ path }) => path === member.key))
    .map(({ view }) => view.name);
  const of = member.package;
  const parts = [
    say(words.library, { soname: member.soname, package: of?.name ?? '–', version: of?.version ?? member.version }),
    users.length === 0 ? words.nobody : say(words.usedBy, { names: users.join(', ') }),
  ];
  if (of?.held === true) parts.push(say(words.held, { name: of.name }));
  return parts.join('; ');
}
