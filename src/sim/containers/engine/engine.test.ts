import { describe, expect, test } from 'vitest';
import { testEngine, type TestEngine } from './engine.testing.ts';

const stateOf = (test: TestEngine, name: string) => test.inspect(name)['State'] as unknown as Readonly<Record<string, unknown>>; // prettier-ignore

describe('a container', () => {
  test('is a process of the machine, and process 1 of its own', () => {
    const engine = testEngine();
    const { start, machine, shell, exec } = engine;
    const id = start('nginx:1.27', { name: 'web' });
    const ps = machine.run(shell, ['ps', '-ef'], { env: { PATH: '/usr/bin' } });
    const shown = ps.kind === 'done' ? ps.stdout : '';
    expect(shown).toMatch(/nginx -g daemon off;/);
    expect(shown).toMatch(/\/usr\/bin\/dockerd -H fd:\/\//);
    expect(shown).toContain(`containerd-shim-runc-v2 -namespace moby -id ${id}`);
    expect(machine.task(Number(stateOf(engine, 'web')['Pid']))?.pids.at(-1)).toBe(1);
    expect(exec('web', 'cat', '/proc/1/cmdline').output).toBe('nginx\0-g\0daemon off;\0');
    expect(exec('web', 'cat', '/etc/hostname').output).toBe(`${id.slice(0, 12)}\n`);
  });

  test('leaves nothing on the machine when it is removed', () => {
    const { start, machine, api, engine } = testEngine();
    const before = {
      tasks: machine.tasks().map(({ pid }) => pid),
      groups: machine.cgroups.list().map(({ path }) => path),
      links: machine.net(machine.tasks()[0]?.namespaces.net ?? 0).interfaces.map(({ name }) => name),
      layers: engine.files.list('/var/lib/docker/overlay2'),
    };
    start('nginx:1.27', { name: 'web', host: { PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] } } });
    expect(machine.tasks().length).toBeGreaterThan(before.tasks.length + 3);
    expect(api('DELETE', '/containers/web?force=1').status).toBe(204);
    expect({
      tasks: machine.tasks().map(({ pid }) => pid),
      groups: machine.cgroups.list().map(({ path }) => path),
      links: machine.net(machine.tasks()[0]?.namespaces.net ?? 0).interfaces.map(({ name }) => name),
      layers: engine.files.list('/var/lib/docker/overlay2'),
    }).toEqual(before);
  });

  test('that uses more memory than its limit is killed by the kernel, and says so', () => {
    const engine = testEngine();
    const { start, run, machine, engine: daemon } = engine;
    const id = start('nginx:1.27', { name: 'leak', host: { Memory: 67_108_864, MemorySwap: 67_108_864 } });
    machine.setMemory(Number(stateOf(engine, 'leak')['Pid']), 10_000_000, 20_000_000);
    run(10_000);
    expect(stateOf(engine, 'leak')).toMatchObject({ Status: 'exited', OOMKilled: true, ExitCode: 137 });
    expect(daemon.state.events.filter((event) => event.id === id).map(({ action }) => action)).toContain('oom');
  });

  test('has its limits in the files of its control group', () => {
    const { start, exec } = testEngine();
    start('debian:12-slim', {
      name: 'small',
      cmd: ['sleep', '1000'],
      host: { Memory: 67_108_864, NanoCpus: 500_000_000, CpuShares: 512, PidsLimit: 20 },
    });
    const read = (file: string) => exec('small', 'cat', `/sys/fs/cgroup/${file}`).output;
    expect([read('memory.max'), read('cpu.max'), read('cpu.weight'), read('pids.max')]).toEqual(['67108864\n', '50000 100000\n', '20\n', '20\n']); // prettier-ignore
  });

  test('whose first process ignores SIGTERM is killed after ten seconds', () => {
    const engine = testEngine();
    engine.start('debian:12-slim', { name: 'deaf', cmd: ['sleep', '1000'] });
    const { response } = engine.api('POST', '/containers/deaf/stop');
    let answered = 0;
    response.later?.(({ status }) => (answered = status));
    engine.run(9999);
    expect([answered, stateOf(engine, 'deaf')['Status']]).toEqual([0, 'running']);
    engine.run(1);
    expect([answered, stateOf(engine, 'deaf')['ExitCode']]).toEqual([204, 137]);
  });

  test.each([
    [['nope'], 400, 127, 'exec: "nope": executable file not found in $PATH: unknown'],
    [['/nope'], 400, 127, 'exec: "/nope": stat /nope: no such file or directory: unknown'],
    [['/etc/passwd'], 400, 126, 'exec: "/etc/passwd": permission denied: unknown'],
  ])('of %s cannot start', (cmd, status, exitCode, words) => {
    const engine = testEngine();
    engine.start('debian:12-slim', { cmd: ['true'] });
    const id = engine.api('POST', '/containers/create', { Image: 'debian:12-slim', Cmd: cmd }).json['Id'];
    const started = engine.api('POST', `/containers/${String(id)}/start`);
    expect(started.status).toBe(status);
    expect(started.json['message']).toContain(`runc create failed: unable to start container process: error during container init: ${words}`); // prettier-ignore
    expect(stateOf(engine, String(id))).toMatchObject({ Status: 'created', ExitCode: exitCode });
  });
});

test('a paused container stands still, and goes on where it was', () => {
  const engine = testEngine();
  const id = engine.start('debian:12-slim', {
    name: 'loop',
    cmd: ['sh', '-c', 'while true; do echo t; sleep 1; done'],
  });
  engine.run(2500);
  engine.api('POST', '/containers/loop/pause');
  const before = engine.log(id);
  engine.run(20_000);
  expect([engine.log(id), stateOf(engine, 'loop')['Status']]).toEqual([before, 'paused']);
  engine.api('POST', '/containers/loop/unpause');
  engine.run(2000);
  expect(engine.log(id).length).toBeGreaterThan(before.length);
});

describe('restart policy', () => {
  test('waits twice as long each time, from 100 ms', () => {
    const { start, run, engine } = testEngine();
    const id = start('debian:12-slim', { cmd: ['false'], host: { RestartPolicy: { Name: 'always' } } });
    run(10_000);
    const starts = engine.state.events
      .filter((event) => event.id === id && event.action === 'start')
      .map(({ at }) => at);
    const ends = engine.state.events.filter((event) => event.id === id && event.action === 'die').map(({ at }) => at);
    expect(starts.slice(1).map((at, i) => at - (ends[i] ?? 0))).toEqual([100, 200, 400, 800, 1600, 3200]);
  });

  test('of on-failure:2 gives up after two tries, and a clean end is none', () => {
    const engine = testEngine();
    engine.start('debian:12-slim', { name: 'bad', cmd: ['false'], host: { RestartPolicy: { Name: 'on-failure', MaximumRetryCount: 2 } } }); // prettier-ignore
    engine.start('debian:12-slim', { name: 'good', cmd: ['true'], host: { RestartPolicy: { Name: 'on-failure' } } });
    engine.run(60_000);
    expect([engine.inspect('bad')['RestartCount'], stateOf(engine, 'bad')['Status']]).toEqual([2, 'exited']);
    expect([engine.inspect('good')['RestartCount'], stateOf(engine, 'good')['ExitCode']]).toEqual([0, 0]);
  });
});

test('a health check turns unhealthy after its retries and healthy at the first success', () => {
  const engine = testEngine();
  const Healthcheck = { Test: ['CMD-SHELL', 'test -f /ok'], Interval: 1e9, Retries: 2, StartPeriod: 0 };
  engine.start('debian:12-slim', { name: 'he', cmd: ['sleep', '1000'], config: { Healthcheck } });
  const health = () => (stateOf(engine, 'he')['Health'] as { readonly Status: string }).Status;
  const seen = [health()];
  for (let i = 0; i < 2; i++) {
    engine.run(1000);
    seen.push(health());
  }
  engine.exec('he', 'touch', '/ok');
  engine.run(1000);
  expect([...seen, health()]).toEqual(['starting', 'starting', 'unhealthy', 'healthy']);
});

describe('networks', () => {
  const published = (port: string) => ({ PortBindings: { '80/tcp': [{ HostIp: '', HostPort: port }] } });

  test('a published port leads from the machine into the container', () => {
    const { start, http, machine, shell } = testEngine();
    start('nginx:1.27', { name: 'web', host: published('8080') });
    expect(http.ask({ machine, pid: shell }, 'http://localhost:8080/')).toMatchObject({ outcome: 'ok', status: 200 });
    expect(http.ask({ machine, pid: shell }, 'http://172.17.0.2/')).toMatchObject({ outcome: 'ok', status: 200 });
    expect(http.ask({ machine, pid: shell }, 'http://localhost:8081/').outcome).toBe('refused');
  });

  test('a port that a container or a process has taken is refused in the daemon’s words', () => {
    const engine = testEngine();
    const { start, api } = engine;
    start('nginx:1.27', { name: 'web', host: published('8080') });
    const refused = (name: string, port: string) => {
      api('POST', `/containers/create?name=${name}`, { Image: 'nginx:1.27', HostConfig: published(port) });
      return String(api('POST', `/containers/${name}/start`).json['message']).replace(/\([0-9a-f]{64}\)/, '(id)');
    };
    const start_ = 'failed to set up container networking: driver failed programming external connectivity on endpoint';
    expect(refused('two', '8080')).toBe(`${start_} two (id): Bind for 0.0.0.0:8080 failed: port is already allocated`);
    start('nginx:1.27', { name: 'host', host: { NetworkMode: 'host' } });
    expect(refused('three', '80')).toBe(`${start_} three (id): failed to bind host port for 0.0.0.0:80:172.17.0.3:80/tcp: address already in use`); // prettier-ignore
    expect(stateOf(engine, 'three')['Status']).toBe('created');
  });

  test('names are found on a network of one’s own, and not on the default one', () => {
    const { start, api, http, machine, inspect } = testEngine();
    api('POST', '/networks/create', { Name: 'app' });
    start('nginx:1.27', { name: 'back', host: { NetworkMode: 'app' } });
    start('nginx:1.27', { name: 'front', host: { NetworkMode: 'app' } });
    start('nginx:1.27', { name: 'alone' });
    const pid = (name: string) => Number(inspect(name)['State']?.['Pid']);
    expect(http.ask({ machine, pid: pid('front') }, 'http://back/').outcome).toBe('ok');
    expect(http.ask({ machine, pid: pid('alone') }, 'http://back/').outcome).toBe('unknown host');
    expect(inspect('back')['NetworkSettings']?.['Networks']?.['app']?.['IPAddress']).toBe('172.18.0.2');
  });
});

test('diff names what has changed, and a named volume outlives its container', () => {
  const { start, exec, api } = testEngine();
  start('debian:12-slim', { name: 'one', cmd: ['sleep', '9'], host: { Binds: ['data:/data'] } });
  exec('one', 'sh', '-c', 'echo hi > /data/f; echo new > /new; rm /etc/debian_version');
  expect(api('GET', '/containers/one/changes').json).toEqual([
    { Path: '/data', Kind: 1 },
    { Path: '/etc', Kind: 0 },
    { Path: '/etc/debian_version', Kind: 2 },
    { Path: '/new', Kind: 1 },
  ]);
  expect(api('DELETE', '/volumes/data').json['message']).toMatch(/^remove data: volume is in use - \[[0-9a-f]{64}\]$/);
  api('DELETE', '/containers/one?force=1');
  start('debian:12-slim', { name: 'two', cmd: ['sleep', '9'], host: { Binds: ['data:/data:ro'] } });
  expect(exec('two', 'cat', '/data/f').output).toBe('hi\n');
  expect(exec('two', 'sh', '-c', 'echo no > /data/f').exitCode).toBe(1);
});

test('a checkpoint in the middle has the same future', () => {
  const engine = testEngine();
  const { start, sim, run, api } = engine;
  start('debian:12-slim', {
    name: 'loop',
    cmd: ['sh', '-c', 'while true; do echo tick >> /log; echo tick; sleep 3; done'],
  });
  start('debian:12-slim', { name: 'flap', cmd: ['false'], host: { RestartPolicy: { Name: 'always' } } });
  api('POST', '/images/create?fromImage=nginx&tag=1.27');
  run(4500);
  const saved = sim.checkpoint();
  const look = () => {
    run(20_000);
    const { stdout } = { stdout: engine.exec('loop', 'cat', '/log').output };
    return [sim.journal.hash(), stdout, JSON.stringify(engine.inspect('flap')), JSON.stringify(api('GET', '/images/json').json)]; // prettier-ignore
  };
  const first = look();
  sim.restore(saved);
  expect(look()).toEqual(first);
});
