// `docker attach` (docker/cli 28.2, cli/command/container/attach.go).

import { ownSignal } from '../kubectl/context.ts';
import type { Context } from './context.ts';
import { DockerError } from './errors.ts';
import { boolAt, textAt } from './json.ts';
import { exitCodeOf, resize } from './run.ts';
import { converse } from './stream.ts';

export async function run(context: Context): Promise<number> {
  const { engine, flags, proc } = context;
  const name = context.arg(0);
  const waiting = ownSignal(proc.signal);
  try {
    const ending = await engine.request('POST', `/containers/${name}/wait`, { signal: waiting.signal });
    const found = await engine.get(`/containers/${name}/json`);
    if (!boolAt(found, 'State', 'Running'))
      throw new DockerError('You cannot attach to a stopped container, start it first');
    if (boolAt(found, 'State', 'Paused'))
      throw new DockerError('You cannot attach to a paused container, unpause it first');
    if (boolAt(found, 'State', 'Restarting')) {
      throw new DockerError('You cannot attach to a restarting container, wait until it is running');
    }
    const tty = boolAt(found, 'Config', 'Tty');
    const stdin = !flags.bool('no-stdin') && boolAt(found, 'Config', 'OpenStdin');
    if (stdin && tty && !proc.stdin.isTTY) throw new DockerError('the input device is not a TTY');
    await converse(context, {
      path: `/containers/${name}/attach`,
      options: { query: { stderr: 1, stdin: stdin ? 1 : undefined, stdout: 1, stream: 1 } },
      stdin,
      tty,
      connected: async () => {
        // It may have ended in between.
        await engine.get(`/containers/${name}/json`);
        if (tty) await resize(context, `/containers/${textAt(found, 'Id')}`);
      },
      interrupted: (signal) => engine.act('POST', `/containers/${name}/kill`, { query: { signal: 'INT' }, signal }),
    });
    return await exitCodeOf(context, ending);
  } finally {
    waiting.stop();
  }
}
