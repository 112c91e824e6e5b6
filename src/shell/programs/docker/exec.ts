// `docker exec` (docker/cli 28.2, cli/command/container/exec.go).

import type { Context } from './context.ts';
import { envFiles, fromEnvironment } from './container-config.ts';
import { DockerError } from './errors.ts';
import { type JsonObject, numberAt, textAt } from './json.ts';
import { resize } from './run.ts';
import { converse } from './stream.ts';

export async function run(context: Context): Promise<number> {
  const { flags, args, engine, proc } = context;
  const [name = '', ...command] = args;
  const detached = flags.bool('detach');
  const tty = flags.bool('tty');
  const stdin = !detached && flags.bool('interactive');
  const env = [...envFiles(context), ...flags.list('env').map((one) => fromEnvironment(context, one))];
  const size = tty && !detached ? { ConsoleSize: [proc.rows, proc.columns] } : {};
  await engine.get(`/containers/${name}/json`);
  if (!detached && stdin && tty && !proc.stdin.isTTY) throw new DockerError('the input device is not a TTY');
  const body: JsonObject = {
    User: flags.text('user'),
    Privileged: flags.bool('privileged'),
    Tty: tty,
    ...size,
    AttachStdin: stdin,
    AttachStderr: !detached,
    AttachStdout: !detached,
    Detach: detached,
    DetachKeys: flags.text('detach-keys'),
    Env: env.length === 0 ? null : env,
    WorkingDir: flags.text('workdir'),
    Cmd: command,
  };
  const made = await engine.json('POST', `/containers/${name}/exec`, { body });
  const id = textAt(made, 'Id');
  if (id === '') throw new DockerError('exec ID empty');
  const start = { Detach: detached, Tty: tty, ...size };
  if (detached) {
    await engine.act('POST', `/exec/${id}/start`, { body: start });
    return 0;
  }
  await converse(context, {
    path: `/exec/${id}/start`,
    options: { body: start },
    stdin,
    tty,
    ...(tty && { connected: () => resize(context, `/exec/${id}`) }),
  });
  return numberAt(await engine.get(`/exec/${id}/json`), 'ExitCode');
}
