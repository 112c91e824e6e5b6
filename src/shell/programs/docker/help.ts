// `--help` in docker's own words, put together from the generated texts; for the plugin a list of its commands or flags.

import { aboutOf, commandOf, commandPaths, flagsOf, subcommandsOf, usageOf } from './commands.ts';
import { helpTexts } from './help.generated.ts';

export function help(path: string, home: string): string {
  const text = helpTexts[path];
  return text === undefined ? ownHelp(path) : text.replaceAll('$HOME', home);
}

function ownHelp(path: string): string {
  const below = subcommandsOf(path);
  const head = `Usage:  ${usageOf(path)}${below.length > 0 ? ' COMMAND' : ''}\n\n${aboutOf(path)}\n\n`;
  if (below.length > 0) {
    const rows = below.map((name) => `  ${name.padEnd(11)} ${aboutOf(`${path} ${name}`)}\n`).join('');
    return `${head}Commands:\n${rows}\nRun 'docker ${path} COMMAND --help' for more information on a command.\n`;
  }
  const rows = flagsOf(path).map(({ name, short, type }) => {
    const shown = `${short === '' ? '    ' : `-${short}, `}--${name}${type === 'bool' ? '' : ` ${type}`}`;
    return `  ${shown}\n`;
  });
  return rows.length === 0 ? head.trimEnd() + '\n' : `${head}Options:\n${rows.join('')}`;
}

/** What of it would be refused, for standard error; empty where all of it works. */
export function notSimulatedNote(path: string): string {
  const works = (one: string) =>
    commandOf(one) !== undefined || commandPaths.some((other) => other.startsWith(`${one} `) && commandOf(other));
  const below = subcommandsOf(path);
  if (below.length === 0) return commandOf(path) || path === '' ? '' : `\nNot simulated here: docker ${path}\n`;
  const refused = below.filter((name) => !works(path === '' ? name : `${path} ${name}`));
  return refused.length === 0 ? '' : `\nNot simulated here: ${refused.join(', ')}\n`;
}
