// What needs the shell: a terminal's session, and solutions that are typed for the reader. The worker loads this file
// when a terminal or an exercise asks for it; a page with figures alone never does.
import type { ShellHost } from '../shell/program.ts';
import { serveShell } from '../shell/remote.ts';
import { createShell } from '../shell/session.ts';

export { playSolution, playUpTo, runToGoal } from './solution.ts';

/** Serves a new shell on `port`; one that was served there before ends. */
export function openShell(port: MessagePort, host: ShellHost, files: Readonly<Record<string, string>>): void {
  serveShell(port, createShell(host, { files }));
}
