// The commands of docker 28.2: how many arguments each takes, and which module does its work. One that has no module
// here is refused by name.

import type { CommandModule } from './context.ts';
import { commandLines } from './flags.generated.ts';
import { type Flag, parseFlagLine } from './flags.ts';

type Load = () => Promise<CommandModule>;

interface Command {
  /** `0`, `1`, `1+`, `1-2`, `0-1`. */
  readonly arity: string;
  readonly load: Load;
  /** The first argument ends the flags. */
  readonly ordered?: true;
}

const containers: Load = () => import('./containers.ts');
const images: Load = () => import('./images.ts');
const networks: Load = () => import('./networks.ts');
const volumes: Load = () => import('./volumes.ts');
const system: Load = () => import('./system.ts');
const prune: Load = () => import('./prune.ts');
const run: Load = () => import('./run.ts');
const inspect: Load = () => import('./inspect.ts');
const look: Load = () => import('./look.ts');
const contexts: Load = () => import('./contexts.ts');
const archives: Load = () => import('./archives.ts');
const buildx: Load = () => import('./buildx.ts');

const commands: Readonly<Record<string, Command>> = {
  'builder prune': { arity: '0', load: prune },
  'buildx build': { arity: '1', load: () => import('./build.ts') },
  'buildx imagetools inspect': { arity: '1', load: buildx },
  'buildx ls': { arity: '0', load: buildx },
  'buildx version': { arity: '0', load: buildx },
  'container attach': { arity: '1', load: () => import('./attach.ts') },
  'container commit': { arity: '1-2', load: images },
  'container cp': { arity: '2', load: () => import('./cp.ts') },
  'container create': { arity: '1+', load: run, ordered: true },
  'container diff': { arity: '1', load: look },
  'container exec': { arity: '2+', load: () => import('./exec.ts'), ordered: true },
  'container export': { arity: '1', load: archives },
  'container inspect': { arity: '1+', load: inspect },
  'container kill': { arity: '1+', load: containers },
  'container logs': { arity: '1', load: () => import('./logs.ts') },
  'container ls': { arity: '0', load: () => import('./ps.ts') },
  'container pause': { arity: '1+', load: containers },
  'container port': { arity: '1-2', load: look },
  'container prune': { arity: '0', load: prune },
  'container rename': { arity: '2', load: containers },
  'container restart': { arity: '1+', load: containers },
  'container rm': { arity: '1+', load: containers },
  'container run': { arity: '1+', load: run, ordered: true },
  'container start': { arity: '1+', load: () => import('./start.ts') },
  'container stats': { arity: '0+', load: () => import('./stats.ts') },
  'container stop': { arity: '1+', load: containers },
  'container top': { arity: '1+', load: look, ordered: true },
  'container unpause': { arity: '1+', load: containers },
  'container update': { arity: '1+', load: containers },
  'container wait': { arity: '1+', load: containers },
  'context inspect': { arity: '0+', load: contexts },
  'context ls': { arity: '0', load: contexts },
  'context show': { arity: '0', load: contexts },
  'context use': { arity: '1', load: contexts },
  'image build': { arity: '1', load: () => import('./build.ts') },
  'image history': { arity: '1', load: images },
  'image import': { arity: '1+', load: archives },
  'image inspect': { arity: '1+', load: inspect },
  'image load': { arity: '0', load: archives },
  'image ls': { arity: '0-1', load: images },
  'image prune': { arity: '0', load: prune },
  'image pull': { arity: '1', load: () => import('./transfer.ts') },
  'image push': { arity: '1', load: () => import('./transfer.ts') },
  'image rm': { arity: '1+', load: images },
  'image save': { arity: '1+', load: archives },
  'image tag': { arity: '2', load: images },
  inspect: { arity: '1+', load: inspect },
  login: { arity: '0-1', load: () => import('./login.ts') },
  logout: { arity: '0-1', load: () => import('./login.ts') },
  'manifest inspect': { arity: '1-2', load: buildx },
  'network connect': { arity: '2', load: networks },
  'network create': { arity: '1', load: networks },
  'network disconnect': { arity: '2', load: networks },
  'network inspect': { arity: '1+', load: inspect },
  'network ls': { arity: '0', load: networks },
  'network prune': { arity: '0', load: prune },
  'network rm': { arity: '1+', load: networks },
  'system df': { arity: '0', load: () => import('./disk-usage.ts') },
  'system events': { arity: '0', load: system },
  'system info': { arity: '0', load: () => import('./info.ts') },
  'system prune': { arity: '0', load: prune },
  version: { arity: '0', load: system },
  'volume create': { arity: '0-1', load: volumes },
  'volume inspect': { arity: '1+', load: inspect },
  'volume ls': { arity: '0', load: volumes },
  'volume prune': { arity: '0', load: prune },
  'volume rm': { arity: '1+', load: volumes },
};

/** What a command without its group is short for; the others are their own. */
const short: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    'attach commit cp create diff exec export kill logs pause port rename restart rm run start stats stop top unpause update wait'
      .split(' ')
      .map((name) => [name, `container ${name}`]),
  ),
  ...Object.fromEntries(
    'build history import load pull push save tag'.split(' ').map((name) => [name, `image ${name}`]),
  ),
  ps: 'container ls',
  images: 'image ls',
  rmi: 'image rm',
  events: 'system events',
  info: 'system info',
  'builder build': 'image build',
};

/** Other names within a group. */
const aliases: Readonly<Record<string, string>> = {
  'container list': 'container ls',
  'container ps': 'container ls',
  'container remove': 'container rm',
  'image list': 'image ls',
  'image remove': 'image rm',
  'network list': 'network ls',
  'network remove': 'network rm',
  'volume list': 'volume ls',
  'volume remove': 'volume rm',
  'context list': 'context ls',
  'context remove': 'context rm',
};

interface Line {
  readonly usage: string;
  readonly about: string;
  readonly names: string;
  readonly flags: string;
}

/** The plugin that builds, as far as it is here; its words are this program's own. */
const plugins = [
  'buildx ~ docker buildx COMMAND ~ Docker Buildx ~  ~ ',
  'buildx build ~ docker buildx build [OPTIONS] PATH | URL | - ~ Start a build ~ docker build ~ build-arg:list f/file:string iidfile:string label:list load no-cache platform:strings progress:string=auto provenance:string pull push q/quiet t/tag:list target:string',
  'buildx imagetools ~ docker buildx imagetools COMMAND ~ Commands to work on images in registry ~  ~ ',
  'buildx imagetools inspect ~ docker buildx imagetools inspect [OPTIONS] NAME ~ Show details of an image in the registry ~  ~ format:string raw',
  'buildx ls ~ docker buildx ls ~ List builder instances ~  ~ format:string no-trunc',
  'buildx version ~ docker buildx version ~ Show buildx version information ~  ~ ',
];

const lines = new Map<string, Line>(
  [...commandLines, ...plugins].map((line) => {
    const [path = '', usage = '', about = '', names = '', flags = ''] = line.split(' ~ ');
    return [path.trim(), { usage: usage.replaceAll('\\n', '\n').replaceAll('\\t', '\t'), about, names, flags }];
  }),
);

/** Completion leaves some of the short forms out, so they are not among the generated lines. */
for (const [name, full] of Object.entries(short)) {
  const line = lines.get(full);
  if (line && !lines.has(name))
    lines.set(name, { ...line, usage: line.usage.replaceAll(`docker ${full}`, `docker ${name}`) });
}

export const commandPaths: readonly string[] = [...lines.keys()].filter((path) => path !== '');

/** The module's name of a command as it was typed. */
export const canonical = (path: string): string => short[path] ?? path;

/** The next word of a command: its path, or undefined. */
export function subcommand(path: string, word: string): string | undefined {
  const full = path === '' ? word : `${path} ${word}`;
  return lines.has(full) ? full : aliases[full];
}

export function subcommandsOf(path: string): string[] {
  const depth = path === '' ? 1 : path.split(' ').length + 1;
  return commandPaths
    .filter((one) => (path === '' || one.startsWith(`${path} `)) && one.split(' ').length === depth)
    .map((one) => one.slice(one.lastIndexOf(' ') + 1));
}

export const aboutOf = (path: string): string => lines.get(path)?.about ?? '';

/** `docker ps [OPTIONS]` */
export function usageOf(path: string): string {
  if (path === '') return 'docker [OPTIONS] COMMAND [ARG...]';
  return (lines.get(path)?.usage ?? '').replace(/ COMMAND$/, '');
}

/** Flags that the help leaves out. */
const more: Readonly<Record<string, string>> = {
  'image build': ' progress:string=auto',
  'container exec': '',
  'container ls': '',
};

export function flagsOf(path: string): Flag[] {
  return parseFlagLine((lines.get(path)?.flags ?? '') + (more[canonical(path)] ?? ''));
}

export function commandOf(path: string): Command | undefined {
  const name = canonical(path);
  return Object.hasOwn(commands, name) ? commands[name] : undefined;
}
