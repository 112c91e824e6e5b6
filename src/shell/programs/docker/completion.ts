// What Tab offers after `docker`: commands, flags, and the names of what there is.

import type { ShellHost } from '../../program.ts';
import { canonical, commandOf, flagsOf, subcommand, subcommandsOf } from './commands.ts';
import { isList, type Json, listAt, parseJson, textAt, textsAt } from './json.ts';

export async function complete(words: readonly string[], host: ShellHost): Promise<readonly string[]> {
  const word = words.at(-1) ?? '';
  let path = '';
  let at = 1;
  for (; at < words.length - 1; at++) {
    const next = subcommand(path, words[at] ?? '');
    if (next === undefined) break;
    path = next;
  }
  if (word.startsWith('-')) return flagsOf(path).map(({ name }) => `--${name}`);
  const below = subcommandsOf(path);
  if (below.length > 0) return at === words.length - 1 ? below : [];
  const command = commandOf(path);
  if (!command) return [];
  const given = words.slice(at, -1).filter((one) => !one.startsWith('-'));
  return names(canonical(path), given.length, host);
}

async function names(path: string, given: number, host: ShellHost): Promise<readonly string[]> {
  const [group, verb = ''] = path.split(' ');
  const single = ['exec', 'logs', 'attach', 'top', 'port', 'diff', 'rename', 'commit', 'export'].includes(verb);
  if (verb === 'ls' || verb === 'prune' || (single && given > 0)) return [];
  if (verb === 'run' || verb === 'create' || group === 'image') {
    if (group === 'image' && ['build', 'pull', 'load', 'import'].includes(verb)) return [];
    if ((verb === 'run' || verb === 'create') && (group !== 'container' || given > 0)) return [];
    return (await ask(host, '/images/json')).flatMap((one) => textsAt(one, 'RepoTags'));
  }
  const all = verb === 'start' || verb === 'rm' || verb === 'inspect' || verb === 'logs' || verb === 'cp';
  const containers = async () =>
    (await ask(host, `/containers/json${all || path === 'inspect' ? '?all=1' : ''}`)).flatMap((one) =>
      textsAt(one, 'Names').map((name) => name.replace(/^\//, '')),
    );
  if (group === 'container') {
    const found = await containers();
    return verb === 'cp' ? found.map((name) => `${name}:`) : found;
  }
  const networks = async () => (await ask(host, '/networks')).map((one) => textAt(one, 'Name'));
  if (group === 'network') return given === 1 && verb.endsWith('connect') ? containers() : networks();
  if (group === 'volume') return (await ask(host, '/volumes')).map((one) => textAt(one, 'Name'));
  if (path !== 'inspect') return [];
  const images = (await ask(host, '/images/json')).flatMap((one) => textsAt(one, 'RepoTags'));
  return [...(await containers()), ...images];
}

async function ask(host: ShellHost, path: string): Promise<readonly Json[]> {
  if (!host.docker) return [];
  const { signal } = new AbortController();
  try {
    const answer = await host.docker(
      host.machines?.login,
      { method: 'GET', path: `/v1.50${path}`, headers: {} },
      signal,
    );
    const found = answer.status === 200 ? parseJson(await answer.text()) : undefined;
    return isList(found) ? found : listAt(found, 'Volumes');
  } catch {
    // Tab is silent where nothing answers.
    return [];
  }
}
