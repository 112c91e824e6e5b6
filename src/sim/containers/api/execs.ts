// /exec and /containers/…/exec, but for what becomes a connection (see connect.ts).
import { createExec, findExec, startExec } from '../engine/execs.ts';
import { refuse } from '../engine/dockerd.ts';
import type { Engine } from '../engine/index.ts';
import { type Asked, bodyOf, textOf, textsOf } from './request.ts';
import { type DockerResponse, empty, json } from './response.ts';

export function execs(engine: Engine, asked: Asked): DockerResponse | undefined {
  const { method, path } = asked;
  const created = /^\/containers\/([^/]+)\/exec$/.exec(path);
  if (method === 'POST' && created) {
    const body = bodyOf(asked);
    const { id } = createExec(engine, created[1] ?? '', {
      argv: textsOf(body['Cmd']),
      env: textsOf(body['Env']),
      cwd: textOf(body['WorkingDir']),
      user: textOf(body['User']),
      tty: body['Tty'] === true,
      stdin: body['AttachStdin'] === true,
      stdout: body['AttachStdout'] === true,
      stderr: body['AttachStderr'] === true,
      privileged: body['Privileged'] === true,
    });
    return json({ Id: id }, 201);
  }
  const match = /^\/exec\/([^/]+)\/(start|json|resize)$/.exec(path);
  if (!match) return undefined;
  const [, id = '', verb = ''] = match;
  switch (`${method} ${verb}`) {
    case 'POST start':
      if (bodyOf(asked)['Detach'] !== true) refuse(400, 'an attached exec needs a connection');
      startExec(engine, id);
      return empty(200);
    case 'POST resize':
      findExec(engine, id);
      return empty(200);
    case 'GET json':
      return json(inspect(engine, id));
    default:
      return undefined;
  }
}

function inspect(engine: Engine, id: string): unknown {
  const exec = findExec(engine, id);
  const [entrypoint, ...args] = exec.argv;
  return {
    ID: exec.id,
    Running: exec.running,
    ExitCode: exec.exitCode,
    ProcessConfig: {
      tty: exec.tty,
      entrypoint,
      arguments: args,
      privileged: exec.privileged,
      ...(exec.user !== '' && { user: exec.user }),
    },
    OpenStdin: exec.stdin,
    OpenStderr: exec.stderr,
    OpenStdout: exec.stdout,
    CanRemove: !exec.running && exec.exitCode !== null,
    ContainerID: exec.container,
    DetachKeys: exec.detachKeys,
    Pid: exec.pid,
  };
}
