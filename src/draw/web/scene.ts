// The library market: programs above, one shared board of libraries below. What a program names is a plug with a shape, the
// generation of a library a socket: where the shapes are not the same the plug hangs over it, crossed out. A chosen program
// lights what the loader would open for it, numbered in the order in which it does.
// The same snapshot and options always give the same scene, and an upgrade moves nothing.
import type { LibraryView, MachineSnapshot } from '../../sim/machines/snapshot.ts';
import { markAround } from '../box.ts';
import { fit, textWidth } from '../measure.ts';
import {
  circle,
  group,
  line,
  mono,
  num,
  path,
  rect,
  text,
  type Box,
  type Group,
  type Scene,
  type Shape,
  type Token,
  type WorkloadKey,
} from '../shapes.ts';
import { clock, say } from '../words.ts';
import { LEVEL, webLayout, type WebLayout } from './layout.ts';
import { ending, generation, webOf, type Family, type Web, type WebProgram } from './model.ts';
import { libraryLine, programLine } from './twin.ts';
import type { WebWords } from './words.ts';

export interface WebOptions {
  readonly width: number;
  readonly words: WebWords;
  /** `program//usr/bin/storefront`. */
  readonly chosen?: string | undefined;
  /** What was there before: what has changed since is outlined. */
  readonly before?: MachineSnapshot | undefined;
  /** Key of the machine; the first one when left out. */
  readonly machine?: string | undefined;
}

export function webScene(snapshot: MachineSnapshot, options: WebOptions): Scene {
  const { width, words } = options;
  const of = (one: MachineSnapshot | undefined) =>
    one?.machines.find(({ name }) => options.machine === undefined || name === options.machine);
  const machine = of(snapshot);
  const web = webOf(machine ?? { name: '', architecture: '', programs: [], libraries: [] });
  const place = webLayout(web, width);
  const chosen = web.programs.find(({ view }) => `program/${view.key}` === options.chosen);
  const order = new Map(chosen?.view.loads.map(({ path: at }, i) => [at, i + 1]));
  const earlier = of(options.before);
  const shapes: Shape[] = [
    rect(0, 0, place.width, place.height, { fill: 'sheet', key: 'ground' }),
    ...place.board.map(({ x, y, width: w, height: h }, i) =>
      rect(x, y, w, h, { fill: 'buff', key: `board-${String(i)}` }),
    ),
    text(place.boardLabel.x, place.boardLabel.y, fit(words.board, place.width - 28, 12), {
      fill: 'ink-2',
      key: 'board',
    }),
    ...links(web, place, order),
    ground(web, place, words, order),
    ...[...web.direct, ...web.further].flatMap((family) => familyBoxes(family, web, place, order, words)),
    ...web.programs.map((program, i) => programBox(program, i, place, words)),
    ...web.programs.flatMap((program, i) => feet(program, i, web, place, words, program === chosen)),
  ];
  if (earlier) shapes.push(...changes(web, webOf(earlier), place));
  if (chosen) {
    const box = place.programs.get(chosen.view.key);
    if (box) shapes.push(markAround(box, 'chosen', true));
  }
  return {
    width: place.width,
    height: place.height,
    title: say(words.picture, { machine: machine?.name ?? '', time: clock(snapshot.at) }),
    shapes,
    routes: [],
  };
}

// ------------------------------------------------------------------------------------------------- programs

function workload(i: number): WorkloadKey {
  return ('abcdefgh'[i % 8] ?? 'a') as WorkloadKey;
}

function programBox({ view, status, feet: wanted }: WebProgram, i: number, place: WebLayout, words: WebWords): Group {
  const { x, y, width, height } = place.programs.get(view.key) ?? NOWHERE;
  const fill: Token = `wl-${workload(i)}`;
  const ink: Token = `wl-${workload(i)}-label`;
  const dead = status === 'fails';
  const cut = 10;
  const body = dead
    ? path(`M0 0H${num(width)}V${num(height - cut)}L${num(width - cut)} ${num(height)}H0Z`, {
        fill: 'sheet',
        stroke: 'ink',
        strokeWidth: 1.5,
        key: 'body',
      })
    : rect(0, 0, width, height, { fill, stroke: 'ink', strokeWidth: 1.5, key: 'body' });
  const of: Token = dead ? 'ink' : ink;
  const children: Shape[] = [
    body,
    text(8, 20, fit(view.name, width - 14, 15, 'sans', true), { size: 15, bold: true, fill: of, key: 'name' }),
    mono(8, 38, fit(view.version, width - 14, 12, 'mono'), { fill: of, key: 'version' }),
    text(8, 57, fit(words.status[status], width - 14, 12), { fill: dead ? 'foul' : of, key: 'status' }),
  ];
  if (dead) children.push(cross(width - 14, 34, 'dead'));
  if (status === 'last' || status === 'before')
    children.push(
      rect(3.5, 3.5, width - 7, height - 7, { stroke: of, fill: 'none', strokeWidth: 1, dash: '4 3', key: 'old' }),
    );
  return group(children, {
    key: `program-${view.name}`,
    class: 'program',
    x,
    y,
    subject: `program/${view.key}`,
    label: programLine({ view, status, feet: wanted }, words),
    state: status,
  });
}

function cross(x: number, y: number, key: string): Shape {
  return path(`${line(x - 5, y - 5, x + 5, y + 5)}${line(x - 5, y + 5, x + 5, y - 5)}`, {
    stroke: 'foul',
    strokeWidth: 2.5,
    cap: 'round',
    key,
  });
}

// ---------------------------------------------------------------------------------------------- plugs, sockets

/** How deep a plug goes in. */
const DEEP = 12;
const HALF = 9;
/** How far a plug that does not fit stays away. */
const AWAY = 15;

/** The outline of a notch, from its left shoulder to its right one: (along, deep) pairs. */
function notch(of: number): readonly (readonly [number, number])[] {
  switch (of % 5) {
    case 1:
      return [[-HALF, 0], [0, DEEP], [HALF, 0]]; // prettier-ignore
    case 2:
      return [[-HALF, 0], [-HALF, 4], [-5, DEEP - 1], [5, DEEP - 1], [HALF, 4], [HALF, 0]]; // prettier-ignore
    case 3:
      return [[-HALF, 0], [-HALF, DEEP], [HALF, DEEP], [HALF, 0]]; // prettier-ignore
    case 4:
      return [[-HALF, 0], [-HALF, DEEP], [0, 4], [HALF, DEEP], [HALF, 0]]; // prettier-ignore
    default:
      return [[-HALF, 0], [-4, 0], [-4, DEEP], [4, DEEP], [4, 0], [HALF, 0]]; // prettier-ignore
  }
}

/** The place of one plug: its shoulder on the edge of a library, along which axis it comes. */
interface Socket {
  readonly x: number;
  readonly y: number;
  readonly upright: boolean;
}

function outline({ x, y, upright }: Socket, of: number, away = 0): string {
  const points = notch(of).map(([along, deep]) =>
    upright ? `${num(x + along)} ${num(y + deep - away)}` : `${num(x + deep - away)} ${num(y + along)}`,
  );
  return `M${points.join('L')}`;
}

function plug(at: Socket, of: number, away: number): string {
  const back = 7;
  const [x, y] = [at.x, at.y];
  return at.upright
    ? `${outline(at, of, away)}V${num(y - away - back)}H${num(x - HALF)}Z`
    : `${outline(at, of, away)}H${num(x - away - back)}V${num(y - HALF)}Z`;
}

/** Where the plugs of a family's users enter: each as near to its program as there is room. */
function sockets(family: Family, web: Web, place: WebLayout): ReadonlyMap<string, Socket> {
  const out = new Map<string, Socket>();
  const box = place.families.get(family.name);
  if (!box) return out;
  const users = web.programs.flatMap(({ view, feet: all }) =>
    all.filter((foot) => foot.family === family.name).map((foot) => ({ view, foot })),
  );
  for (const [i, { view, foot }] of users.entries()) {
    const program = place.programs.get(view.key) ?? NOWHERE;
    const only = web.programs.find((one) => one.view === view)?.feet.length === 1;
    const member = foot.on ? memberBox(family, foot.on, box) : box;
    // A program with several libraries has one over each; with a single one the plug hangs from its middle.
    const [low, high] = place.upright ? [member.x, member.x + member.width] : [member.y, member.y + member.height];
    const middle = place.upright ? program.x + program.width / 2 : program.y + program.height / 2;
    const wanted = only ? middle : low + ((i + 0.5) * (high - low)) / users.length;
    const along = Math.round(Math.min(high - HALF - 4, Math.max(low + HALF + 4, wanted)));
    out.set(view.key, place.upright ? { x: along, y: box.y, upright: true } : { x: box.x, y: along, upright: false });
  }
  return out;
}

function feet(
  program: WebProgram,
  i: number,
  web: Web,
  place: WebLayout,
  words: WebWords,
  lit: boolean,
): readonly Shape[] {
  const from = place.programs.get(program.view.key) ?? NOWHERE;
  return program.feet.map((foot) => {
    const family = [...web.direct].find(({ name }) => name === foot.family) as Family;
    const at = sockets(family, web, place).get(program.view.key) ?? { x: 0, y: 0, upright: true };
    const fits = foot.on !== undefined && foot.lacks === undefined;
    const away = fits ? -1 : AWAY;
    const children: Shape[] = [];
    const style = { stroke: lit ? 'note' : 'ink', strokeWidth: lit ? 3 : 2, key: 'stem' } as const;
    if (at.upright) {
      const start = Math.min(from.x + from.width - 12, Math.max(from.x + 12, at.x));
      const turn = from.y + from.height + 12 + i * 4;
      const end = at.y - away - 7;
      children.push(path(line(start, from.y + from.height, start, turn, at.x, turn, at.x, end), style));
    } else {
      const start = Math.min(from.y + from.height - 10, Math.max(from.y + 10, at.y));
      const turn = from.x + from.width + 8 + i * 3;
      const end = at.x - away - 7;
      children.push(path(line(from.x + from.width, start, turn, start, turn, at.y, end, at.y), style));
    }
    const of = generation(foot.name);
    children.push(
      path(plug(at, of, away), { fill: `wl-${workload(i)}`, stroke: 'ink', strokeWidth: 1.5, key: 'plug' }),
    );
    if (!fits && foot.copy) children.push(ownCopy(at, of, words));
    else if (!fits) {
      const said = foot.lacks ?? ending(foot.name);
      if (at.upright) {
        children.push(cross(at.x - HALF - 12, at.y - AWAY, 'no'));
        children.push(text(at.x + HALF + 5, at.y - AWAY - 12, words.wants, { fill: 'foul', key: 'wants' }));
        children.push(mono(at.x + HALF + 5, at.y - AWAY + 3, said, { fill: 'foul', key: 'what' }));
      } else {
        children.push(cross(at.x - AWAY - 14, at.y + HALF + 9, 'no'));
        children.push(mono(at.x - AWAY + 2, at.y - HALF - 5, said, { fill: 'foul', anchor: 'end', key: 'what' }));
      }
    }
    return group(children, { key: `foot-${program.view.name}-${foot.family}`, class: fits ? 'foot' : 'foot misfit' });
  });
}

/** A board of its own: what a program brought with it, and nobody else stands on. */
function ownCopy(at: Socket, of: number, words: WebWords): Group {
  const [x, y] = at.upright ? [at.x - 17, at.y - AWAY] : [at.x - AWAY, at.y - 14];
  return group(
    [
      path(
        at.upright
          ? `M${num(x)} ${num(y)}H${num(at.x - HALF)}${outline(at, of, AWAY).replace('M', 'L')}H${num(x + 34)}v14H${num(x)}Z`
          : `M${num(x)} ${num(y)}V${num(at.y - HALF)}${outline(at, of, AWAY).replace('M', 'L')}V${num(y + 28)}h14V${num(y)}Z`,
        { fill: 'sheet', stroke: 'ink', strokeWidth: 1.5, key: 'own' },
      ),
      at.upright
        ? text(at.x + 22, at.y - AWAY - 2, words.copy, { key: 'copy' })
        : text(at.x - AWAY - 2, at.y + 24, words.copy, { anchor: 'end', key: 'copy' }),
    ],
    { key: 'own-copy' },
  );
}

// ------------------------------------------------------------------------------------------------- libraries

/** The part of a family's place that one generation has. */
function memberBox({ members }: Family, member: LibraryView, box: Box): Box {
  const n = members.length;
  const i = members.indexOf(member);
  if (n <= 1) return box;
  if (box.width >= box.height) {
    const width = (box.width - 6 * (n - 1)) / n;
    return { ...box, x: box.x + i * (width + 6), width };
  }
  const height = (box.height - 6 * (n - 1)) / n;
  return { ...box, y: box.y + i * (height + 6), height };
}

function familyBoxes(
  family: Family,
  web: Web,
  place: WebLayout,
  order: ReadonlyMap<string, number>,
  words: WebWords,
): readonly Group[] {
  const box = place.families.get(family.name);
  if (!box) return [];
  if (family.members.length === 0)
    return [
      group(
        [
          rect(0, 0, box.width, box.height, {
            fill: 'none',
            stroke: 'line',
            strokeWidth: 1.5,
            dash: '5 4',
            key: 'body',
          }),
          text(8, DEEP + 20, fit(say(words.nothing, { name: family.name }), box.width - 12, 12), {
            fill: 'ink-2',
            key: 'none',
          }),
        ],
        { key: `library-${family.name}`, x: box.x, y: box.y },
      ),
    ];
  const entries = sockets(family, web, place);
  return family.members.map((member) =>
    libraryBox(member, memberBox(family, member, box), web, entries, place.upright, order.get(member.key), words),
  );
}

function libraryBox(
  member: LibraryView,
  box: Box,
  web: Web,
  entries: ReadonlyMap<string, Socket>,
  upright: boolean,
  number: number | undefined,
  words: WebWords,
): Group {
  const of = generation(member.soname);
  const inside = web.programs
    .flatMap(({ view, feet: all }) =>
      all.some(({ on }) => on === member || on === undefined) ? (entries.get(view.key) ?? []) : [],
    )
    .filter(({ x, y }) => (upright ? x > box.x && x < box.x + box.width : y > box.y && y < box.y + box.height))
    .sort((a, b) => (upright ? a.x - b.x : a.y - b.y));
  let d = `M${num(box.x)} ${num(box.y)}`;
  for (const at of inside) d += outline(at, of).replace('M', 'L');
  d += upright
    ? `L${num(box.x + box.width)} ${num(box.y)}V${num(box.y + box.height)}H${num(box.x)}Z`
    : `L${num(box.x)} ${num(box.y + box.height)}H${num(box.x + box.width)}V${num(box.y)}Z`;
  const top = inside.length > 0 && upright ? DEEP + 4 : Math.max(4, (box.height - 56) / 2);
  const left = box.x + (inside.length > 0 && !upright ? DEEP + 6 : 8);
  const room = box.x + box.width - left - 6;
  const [family, end] = [
    member.soname.slice(0, member.soname.length - ending(member.soname).length),
    ending(member.soname),
  ];
  const oneLine = textWidth(member.soname, 12, 'mono') <= room;
  const version = member.package?.version ?? member.version;
  const children: Shape[] = [
    path(d, {
      fill: 'sheet',
      stroke: number === undefined ? 'ink' : 'note',
      strokeWidth: number === undefined ? 1.5 : 2.5,
      key: 'body',
    }),
    mono(left, box.y + top + 13, fit(oneLine ? member.soname : family, room, 12, 'mono'), { fill: 'ink', key: 'name' }),
  ];
  if (!oneLine) children.push(mono(left, box.y + top + 28, end, { fill: 'ink', key: 'end' }));
  const numeral = number === undefined ? 0 : 20;
  const low = box.y + top + (oneLine ? 29 : 43);
  if (low <= box.y + box.height - 3)
    children.push(mono(left, low, fit(short(version), room - numeral, 12, 'mono'), { key: 'version' }));
  if (member.package?.held === true)
    children.push(
      path(`M${num(box.x + box.width - 14)} ${num(box.y + box.height - 6)}v-7h8v7zm2 -7v-3q2 -3 4 0v3`, {
        stroke: 'ink',
        strokeWidth: 1.5,
        key: 'held',
      }),
    );
  if (number !== undefined) children.push(...numberAt(box.x + box.width - 13, box.y + box.height - 12, number));
  return group(children, {
    key: `library-${member.soname}`,
    class: 'library',
    subject: `library/${member.key}`,
    label: libraryLine(member, web, words),
  });
}

/** `1.4.2-1`, and `2.36-9` of what has Debian's long tail. */
function short(version: string): string {
  return version.replace(/\+.*$/, '');
}

function numberAt(x: number, y: number, number: number): readonly Shape[] {
  return [
    circle(x, y, 9, { fill: 'sheet', stroke: 'note', strokeWidth: 1.5, key: 'ring' }),
    mono(x, y + 4, String(number), { fill: 'note', anchor: 'middle', key: 'number' }),
  ];
}

function ground(
  { ground: member }: Web,
  { ground: box }: WebLayout,
  words: WebWords,
  order: ReadonlyMap<string, number>,
): Group {
  if (!member) return group([], { key: 'libc' });
  const number = order.get(member.key);
  const said = say(words.ground, { soname: member.soname, version: member.version });
  return group(
    [
      rect(box.x, box.y, box.width, box.height, {
        fill: 'sheet',
        stroke: number === undefined ? 'ink' : 'note',
        strokeWidth: number === undefined ? 1.5 : 2.5,
        key: 'body',
      }),
      text(box.x + 8, box.y + 19, fit(said, box.width - 44, 12), { key: 'name' }),
      ...(number === undefined ? [] : numberAt(box.x + box.width - 15, box.y + 15, number)),
    ],
    { key: 'libc', class: 'library', subject: `library/${member.key}`, label: said },
  );
}

/** Lines from library to library: one level for each that is named, in the room under the first row. */
function links(web: Web, place: WebLayout, order: ReadonlyMap<string, number>): readonly Shape[] {
  const { between } = place;
  if (between === undefined) return [];
  const targets = [...new Set(web.links.map(({ to }) => to))];
  const loaded = (family: string) =>
    [...web.direct, ...web.further].some(
      ({ name, members }) => name === family && members.some(({ key }) => order.has(key)),
    );
  return targets.flatMap((to, level) => {
    const box = place.families.get(to);
    if (!box) return [];
    const y = between + level * LEVEL;
    const sources = web.links
      .filter((one) => one.to === to)
      .flatMap(({ from }) => {
        const of = place.families.get(from);
        return of ? [{ from, x: of.x + 14 + (level * (of.width - 28)) / Math.max(1, targets.length) }] : [];
      });
    const end = box.x + box.width / 2;
    const below = box.y > between;
    const edge = (x: number) => line(x, between - 8, x, y, end, y, end, below ? box.y : between - 8);
    const dot = circle(end, below ? box.y : between - 8, 3, { fill: 'ink-3', key: `end-${to}` });
    return [
      ...sources.map(({ from, x }) => {
        const lit = loaded(from) && loaded(to);
        return path(edge(x), { stroke: lit ? 'note' : 'line', strokeWidth: lit ? 2 : 1, key: `link-${from}-${to}` });
      }),
      dot,
    ];
  });
}

// --------------------------------------------------------------------------------------------------- changes

/** An outline around every program and library that is not what it was. */
function changes(now: Web, before: Web, place: WebLayout): readonly Shape[] {
  const then = new Map(before.programs.map((program) => [program.view.key, program]));
  const marks: Shape[] = [];
  for (const { view, status } of now.programs) {
    const old = then.get(view.key);
    const box = place.programs.get(view.key);
    if (box && old && (old.view.version !== view.version || old.status !== status))
      marks.push(markAround(box, `changed-${view.name}`, false));
  }
  const files = new Map([...before.direct, ...before.further].map((family) => [family.name, filesOf(family)]));
  for (const family of [...now.direct, ...now.further]) {
    const box = place.families.get(family.name);
    const old = files.get(family.name);
    if (box && old !== undefined && old !== filesOf(family))
      marks.push(markAround(box, `changed-${family.name}`, false));
  }
  return marks;
}

function filesOf({ members }: Family): string {
  return members.map(({ key, version }) => `${key} ${version}`).join();
}

const NOWHERE = { x: 0, y: 0, width: 0, height: 0 };
