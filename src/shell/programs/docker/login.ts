// `docker login` and `docker logout` (docker/cli 28.2, cli/command/registry): names and passwords are kept in
// ~/.docker/config.json, unencrypted, as the real one keeps them without a helper.
// Left out: logging in with a web browser, and credential helpers.

import { toBytes } from '../../../sim/workload/bytes.ts';
import { readAll } from '../../streams.ts';
import type { Context } from './context.ts';
import { DockerError, notSimulated } from './errors.ts';
import { type JsonObject, objectAt, parseObject, textAt } from './json.ts';

const HUB = 'https://index.docker.io/v1/';

export async function run(context: Context): Promise<void> {
  if (context.path === 'logout') await logout(context);
  else await login(context);
}

const configPath = ({ global, home }: Context): string =>
  `${global.changed('config') ? global.text('config') : `${home}/.docker`}/config.json`;

function readConfig(context: Context): JsonObject {
  const { fs } = context.proc;
  const path = configPath(context);
  return (fs.exists(path) ? parseObject(fs.read(path)) : undefined) ?? {};
}

function saveConfig(context: Context, config: JsonObject): void {
  const { fs } = context.proc;
  const path = configPath(context);
  fs.makeDirectories(path.slice(0, path.lastIndexOf('/')));
  fs.write(path, JSON.stringify(config, null, '\t'));
}

/** The header that lets a request to a registry in; none where nobody has logged in there. */
export function registryAuth(context: Context, domain: string): Record<string, string> {
  const key = domain === 'docker.io' ? HUB : domain;
  const auth = textAt(readConfig(context), 'auths', key, 'auth');
  if (auth === '') return {};
  const [username = '', ...password] = atob(auth).split(':');
  const wanted = JSON.stringify({ username, password: password.join(':'), serveraddress: key });
  return { 'x-registry-auth': btoa(toBytes(wanted)).replaceAll('+', '-').replaceAll('/', '_') };
}

async function login(context: Context): Promise<void> {
  const { flags, args, proc } = context;
  const server = args[0] === undefined || args[0] === 'docker.io' ? HUB : args[0].replace(/^https?:\/\//, '');
  const username = flags.text('username');
  let password = flags.text('password');
  if (flags.changed('password')) {
    await context.err('WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n');
    if (flags.bool('password-stdin'))
      throw new DockerError('conflicting options: cannot specify both --password and --password-stdin');
  }
  if (flags.bool('password-stdin')) {
    if (username === '') throw new DockerError('the --password-stdin option requires --username to be set');
    password = (await readAll(proc.stdin)).replace(/\r?\n$/, '');
  }
  if (username === '' || password === '') {
    if (!proc.stdin.isTTY) throw new DockerError('Error: Cannot perform an interactive login from a non TTY device');
    throw notSimulated('a login that asks for the password (give --username and --password-stdin)');
  }
  const answer = await context.engine.json('POST', '/auth', { body: { username, password, serveraddress: server } });
  const config = readConfig(context);
  saveConfig(context, {
    ...config,
    auths: { ...objectAt(config, 'auths'), [server]: { auth: btoa(toBytes(`${username}:${password}`)) } },
  });
  await context.err(
    `\nWARNING! Your credentials are stored unencrypted in '${configPath(context)}'.\n` +
      'Configure a credential helper to remove this warning. See\n' +
      'https://docs.docker.com/go/credential-store/\n\n',
  );
  await context.out(`${textAt(answer, 'Status') || 'Login Succeeded'}\n`);
}

async function logout(context: Context): Promise<void> {
  const given = context.args[0];
  const server = given === undefined ? HUB : given.replace(/^https?:\/\//, '');
  const config = readConfig(context);
  const auths: Record<string, unknown> = { ...objectAt(config, 'auths') };
  if (!Object.hasOwn(auths, server)) {
    await context.out(`Not logged in to ${server}\n`);
    return;
  }
  await context.out(`Removing login credentials for ${server}\n`);
  const left = Object.fromEntries(Object.entries(objectAt(config, 'auths')).filter(([key]) => key !== server));
  saveConfig(context, { ...config, auths: left });
}
