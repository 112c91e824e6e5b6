import { describe, expect, test } from 'vitest';
import { connect } from './index.ts';
import { sendInput } from '../engine/index.ts';
import { testEngine, type TestEngine } from '../engine/engine.testing.ts';

/** What a stream says until nothing more happens. */
function read(engine: TestEngine, path: string, ms: number, method: 'GET' | 'POST' = 'GET', body?: string) {
  const { response } = engine.api(method, path, body);
  let text = response.body;
  let ended = response.stream === undefined;
  response.stream?.open(
    (more) => (text += more),
    () => (ended = true),
  );
  engine.run(ms);
  return { text, ended, status: response.status };
}

/** `1:out 2:err` of a multiplexed stream. */
function frames(bytes: string): string {
  const found: string[] = [];
  for (let at = 0; at < bytes.length;) {
    const size = bytes.charCodeAt(at + 6) * 256 + bytes.charCodeAt(at + 7);
    found.push(`${String(bytes.charCodeAt(at))}:${bytes.slice(at + 8, at + 8 + size)}`);
    at += 8 + size;
  }
  return found.join(' ');
}

describe('requests', () => {
  test.each([
    ['/v1.50/containers/nope/json', 404, 'No such container: nope'],
    ['/images/nope/json', 404, 'No such image: nope:latest'],
    ['/networks/nope', 404, 'network nope not found'],
    ['/volumes/nope', 404, 'get nope: no such volume'],
    ['/exec/nope/json', 404, 'No such exec instance: nope'],
    ['/v1.41/nothing', 404, 'page not found'],
    ['/containers/json?filters={"nope":{"x":true}}', 400, "invalid filter 'nope'"],
  ])('%s is refused with %i', (path, status, message) => {
    expect(testEngine().api('GET', path)).toMatchObject({ status, json: { message } });
  });

  test('a name in use is refused with the id of who has it', () => {
    const { start, api } = testEngine();
    const id = start('debian:12-slim', { name: 'web', cmd: ['sleep', '9'] });
    const message = `Conflict. The container name "/web" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.`;
    expect(api('POST', '/containers/create?name=web', { Image: 'debian:12-slim' })).toMatchObject({ status: 409, json: { message } }); // prettier-ignore
  });

  test('a request that only reads leaves the world as it was', () => {
    const engine = testEngine();
    engine.start('nginx:1.27', { name: 'web' });
    const before = JSON.stringify(engine.sim.checkpoint());
    for (const path of [
      '/containers/json?all=1',
      '/containers/web/json',
      '/containers/web/logs?stdout=1',
      '/containers/web/archive?path=/etc',
      '/containers/web/changes',
      '/containers/web/top',
      '/containers/web/stats?stream=0',
      '/images/json',
      '/system/df',
      '/info',
      '/version',
      '/events?until=1',
      '/networks',
      '/volumes',
    ])
      // prettier-ignore
      expect(engine.api('GET', path).status).toBe(200);
    expect(JSON.stringify(engine.sim.checkpoint())).toBe(before);
  });
});

test('inspect has the keys of the daemon in its order', () => {
  const { start, inspect } = testEngine();
  start('nginx:1.27', { name: 'web' });
  expect(Object.keys(inspect('web')).join(' ')).toBe(
    'Id Created Path Args State Image ResolvConfPath HostnamePath HostsPath LogPath Name RestartCount Driver Platform MountLabel ProcessLabel AppArmorProfile ExecIDs HostConfig GraphDriver Mounts Config NetworkSettings',
  );
  expect(Object.keys(inspect('web')['Config'] ?? {}).join(' ')).toBe(
    'Hostname Domainname User AttachStdin AttachStdout AttachStderr ExposedPorts Tty OpenStdin StdinOnce Env Cmd Image Volumes WorkingDir Entrypoint OnBuild Labels StopSignal',
  );
});

test('logs are frames of both streams, with times where they are wanted', () => {
  const engine = testEngine();
  engine.start('debian:12-slim', { name: 'talk', cmd: ['sh', '-c', 'echo out; echo err >&2; sleep 2; echo late'] });
  expect(frames(read(engine, '/containers/talk/logs?stdout=1&stderr=1', 0).text)).toBe('1:out\n 2:err\n');
  const followed = read(engine, '/containers/talk/logs?stdout=1&stderr=1&follow=1&tail=1', 3000);
  expect([frames(followed.text), followed.ended]).toEqual(['2:err\n 1:late\n', true]);
  expect(frames(read(engine, '/containers/talk/logs?stdout=1&timestamps=1&tail=1', 0).text)).toBe('1:2026-11-24T09:00:02.000000000Z late\n'); // prettier-ignore
});

test('wait answers when the container has stopped', () => {
  const engine = testEngine();
  engine.start('debian:12-slim', { name: 'short', cmd: ['sh', '-c', 'sleep 1; exit 5'] });
  expect(read(engine, '/containers/short/wait?condition=next-exit', 2000, 'POST')).toEqual({ text: '{"StatusCode":5}\n', ended: true, status: 200 }); // prettier-ignore
});

test('a pull tells its progress and leaves the image', () => {
  const engine = testEngine();
  const { text, ended } = read(engine, '/images/create?fromImage=nginx&tag=1.27', 60_000, 'POST');
  const lines = text.trimEnd().split('\r\n').map((line) => JSON.parse(line) as Readonly<Record<string, unknown>>); // prettier-ignore
  expect(lines[0]).toEqual({ status: 'Pulling from library/nginx', id: '1.27' });
  expect(lines.at(-1)).toEqual({ status: 'Status: Downloaded newer image for nginx:1.27' });
  expect([ended, engine.api('GET', '/images/json').json[0]?.['RepoTags']]).toEqual([true, ['nginx:1.27']]);
});

test('a pull of what is not there ends with the registry’s words', () => {
  const { text } = read(testEngine(), '/images/create?fromImage=nope&tag=1', 60_000, 'POST');
  expect(text).toContain("pull access denied for nope, repository does not exist or may require 'docker login'");
});

describe('a conversation', () => {
  test('of a shell on a terminal goes line by line', () => {
    const engine = testEngine();
    engine.start('debian:12-slim', { name: 'box', cmd: ['sleep', '99'] });
    const id = String(engine.api('POST', '/containers/box/exec', { Cmd: ['sh'], Tty: true, AttachStdin: true, AttachStdout: true }).json['Id']); // prettier-ignore
    const found = connect(engine.engine, {
      method: 'POST',
      path: `/exec/${id}/start`,
      headers: {},
      body: '{"Tty":true}',
    });
    if (found.kind === 'refused') throw new Error(found.response.body);
    let text = '';
    let ended = false;
    found.output.open(
      (more) => (text += more),
      () => (ended = true),
    );
    sendInput(engine.engine, found.target, 'cd /etc; pwd\r');
    sendInput(engine.engine, found.target, 'exit 4\r');
    engine.run(0);
    expect([text, ended]).toEqual(['# cd /etc; pwd\r\n/etc\r\n# exit 4\r\n', true]);
    expect(engine.api('GET', `/exec/${id}/json`).json).toMatchObject({ Running: false, ExitCode: 4 });
  });

  test('that begins before the container starts loses nothing', () => {
    const engine = testEngine();
    engine.start('debian:12-slim', { cmd: ['true'] });
    engine.api('POST', '/containers/create?name=in', { Image: 'debian:12-slim', Cmd: ['cat'], OpenStdin: true });
    const found = connect(engine.engine, { method: 'POST', path: '/containers/in/attach?stream=1&stdin=1&stdout=1', headers: {} }); // prettier-ignore
    if (found.kind === 'refused') throw new Error(found.response.body);
    let text = '';
    found.output.open(
      (more) => (text += more),
      () => undefined,
    );
    sendInput(engine.engine, found.target, 'before\n');
    sendInput(engine.engine, found.target, undefined);
    engine.api('POST', '/containers/in/start');
    engine.run(10);
    expect(frames(text)).toBe('1:before\n');
    expect(engine.inspect('in')['State']).toMatchObject({ Status: 'exited', ExitCode: 0 });
  });
});

test('an image of another processor says so in its log, and runs once an emulator is registered', () => {
  const engine = testEngine();
  read(engine, '/images/create?fromImage=debian&tag=12-slim&platform=linux/arm64', 60_000, 'POST');
  const created = engine.api('POST', '/containers/create?name=arm', { Image: 'debian:12-slim', Cmd: ['uname', '-m'] });
  expect(created.json['Warnings']).toEqual([
    "The requested image's platform (linux/arm64/v8) does not match the detected host platform (linux/amd64/v4) and no specific platform was requested",
  ]);
  engine.api('POST', '/containers/arm/start');
  engine.run(10);
  expect(frames(read(engine, '/containers/arm/logs?stdout=1&stderr=1', 0).text)).toBe('2:exec /usr/bin/uname: exec format error\n'); // prettier-ignore
  expect(engine.inspect('arm')['State']).toMatchObject({ ExitCode: 255 });
  const qemu = {
    name: 'qemu-aarch64',
    interpreter: '/usr/bin/qemu-aarch64-static',
    flags: 'F',
    offset: 0,
    magic: '',
    mask: '',
  };
  engine.machine.setBinfmt('qemu-aarch64', { ...qemu, enabled: true, machine: 'aarch64', fixed: true });
  engine.api('POST', '/containers/arm/start');
  engine.run(10);
  expect(frames(read(engine, '/containers/arm/logs?stdout=1&tail=1', 0).text)).toBe('1:aarch64\n');
});
