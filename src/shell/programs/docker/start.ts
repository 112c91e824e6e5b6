// `docker start` (docker/cli 28.2, cli/command/container/start.go).

import { ownSignal } from '../kubectl/context.ts';
import type { Context } from './context.ts';
import { DockerError, notSimulated } from './errors.ts';
import { boolAt, textAt } from './json.ts';
import { exitCodeOf, resize } from './run.ts';
import { converse } from './stream.ts';

export async function run(context: Context): Promise<number> {
  const { flags, args, engine } = context;
  if (flags.text('checkpoint') !== '') throw notSimulated('the flag --checkpoint');
  if (flags.bool('attach') || flags.bool('interactive')) {
    if (args.length > 1) throw new DockerError('you cannot start and attach multiple containers at once');
    return attached(context, context.arg(0));
  }
  const failed: string[] = [];
  for (const name of args) {
    try {
      await engine.act('POST', `/containers/${name}/start`);
      await context.out(`${name}\n`);
    } catch (error) {
      if (!(error instanceof DockerError)) throw error;
      await context.err(`${error.message}\n`);
      failed.push(name);
    }
  }
  if (failed.length > 0) throw new DockerError(`Error: failed to start containers: ${failed.join(', ')}`);
  return 0;
}

async function attached(context: Context, name: string): Promise<number> {
  const { engine, flags, proc } = context;
  const found = await engine.get(`/containers/${name}/json`);
  const id = textAt(found, 'Id');
  const tty = boolAt(found, 'Config', 'Tty');
  const stdin = flags.bool('interactive') && boolAt(found, 'Config', 'OpenStdin');
  const waiting = ownSignal(proc.signal);
  try {
    let ending;
    await converse(context, {
      path: `/containers/${id}/attach`,
      options: { query: { stderr: 1, stdin: stdin ? 1 : undefined, stdout: 1, stream: 1 } },
      stdin,
      tty,
      connected: async () => {
        ending = await engine.request('POST', `/containers/${id}/wait`, {
          query: { condition: boolAt(found, 'HostConfig', 'AutoRemove') ? 'removed' : 'next-exit' },
          signal: waiting.signal,
        });
        await engine.act('POST', `/containers/${id}/start`);
        if (tty) await resize(context, `/containers/${id}`);
      },
      interrupted: (signal) => engine.act('POST', `/containers/${id}/kill`, { query: { signal: 'INT' }, signal }),
    });
    return await exitCodeOf(context, ending);
  } finally {
    waiting.stop();
  }
}
