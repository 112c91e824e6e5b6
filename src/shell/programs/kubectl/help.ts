// `kubectl help` and `--help`: the real program's own words, put together from the generated texts; and, because not
// all that they promise is simulated, the list of what is not.

import { commandPaths, flagsOf, moduleOf, subcommandsOf } from './commands.ts';
import { helpTexts } from './help.generated.ts';

/** The help of a command as kubectl 1.32 prints it. */
export function help(path: string): string {
  const [before, flags, after] = helpTexts.commands[path] ?? ['', [], ''];
  return before + flags.map((number) => `    ${helpTexts.flags[number] ?? ''}`).join('\n') + after;
}

/** What of it would be refused, for standard error; empty where all of it works. */
export function notSimulatedNote(path: string): string {
  if (path === 'options') return flagsNote(flagsOf(''));
  if (subcommandsOf(path).length > 0 && !moduleOf(path)) {
    const refused = subcommandsOf(path).filter((name) => !isSimulated(path === '' ? name : `${path} ${name}`));
    return refused.length === 0 ? '' : `\nNot simulated here: ${refused.join(', ')}\n`;
  }
  if (!moduleOf(path)) return `\nNot simulated here: kubectl ${path}\n`;
  const global = new Set(flagsOf('').map(({ name }) => name));
  return flagsNote(flagsOf(path).filter(({ name }) => !global.has(name)));
}

function flagsNote(flags: ReturnType<typeof flagsOf>): string {
  const refused = flags.filter(({ simulated }) => !simulated).map(({ name }) => `--${name}`);
  return refused.length === 0 ? '' : `\nNot simulated here: ${refused.join(', ')}\n`;
}

/** True for a command with a module, and for one with such a command below it. */
function isSimulated(path: string): boolean {
  return moduleOf(path) !== undefined || commandPaths.some((one) => one.startsWith(`${path} `) && moduleOf(one));
}
