// A machine with an engine for tests: the commands of the base system, the programs of the catalogue's images, and
// registries that hold them.
import { Simulation } from '../../engine/simulation.ts';
import { basePrograms, commands } from '../../linux/commands/index.ts';
import { populate } from '../../linux/files/populate.ts';
import { Tree } from '../../linux/files/tree.ts';
import { loaderCommands } from '../../linux/loader/index.ts';
import { load } from '../../linux/loader/load.ts';
import { createMachine, type Machine, type MachineSpec } from '../../linux/machine.ts';
import { elfFile } from '../../linux/tasks/test-machine.ts';
import { createHttp } from '../../machines/http.ts';
import type { Http } from '../../linux/serving.ts';
import { harbourPrograms } from '../../machines/services.ts';
import { addRegistries } from '../images/catalogue.ts';
import { Registries } from '../registry/registries.ts';
import { handle } from '../api/index.ts';
import type { DockerResponse } from '../api/response.ts';
import { createEngine, type Engine, loadImage, routesOf } from './index.ts';
import { serverPrograms } from './servers.ts';

export interface TestEngine {
  readonly sim: Simulation;
  readonly machine: Machine;
  readonly engine: Engine;
  readonly http: Http;
  readonly shell: number;
  /** A request to the API; its body, parsed. */
  readonly api: (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) => Answer;
  /** Lets time pass. */
  readonly run: (ms: number) => void;
  /** `docker run -d`; the id. */
  readonly start: (image: string, options?: StartOptions) => string;
  readonly exec: (
    container: string,
    ...argv: readonly string[]
  ) => { readonly exitCode: number | null; readonly output: string };
  readonly log: (container: string) => string;
  readonly inspect: (container: string) => Document;
}

interface StartOptions {
  readonly name?: string;
  readonly cmd?: readonly string[];
  readonly entrypoint?: readonly string[];
  readonly host?: Readonly<Record<string, unknown>>;
  readonly config?: Readonly<Record<string, unknown>>;
}

// Documents of the API are looked into by tests as they come.
type Document = { readonly [key: string]: Document } & { readonly length: number } & readonly Document[];

interface Answer {
  readonly status: number;
  readonly json: Document;
  readonly response: DockerResponse;
}

const hosted =
  'bash sh dash cat ls touch rm mkdir rmdir cp mv chmod head tail grep wc date printenv curl wget sort seq tee tar docker'.split(
    ' ',
  );

export function testEngine(more: Partial<MachineSpec> = {}): TestEngine {
  const sim = new Simulation({ seed: 7, epochMs: Date.UTC(2026, 10, 24, 9, 0, 0), detail: 'full' });
  const root = populate(new Tree({ capacityBytes: 20 * 2 ** 30 }), {
    ...Object.fromEntries([...Object.keys(commands), 'bash'].map((name) => [`/usr/bin/${name}`, elfFile(name)])),
    '/etc/passwd': 'root:x:0:0:root:/root:/bin/bash\n',
    '/etc/group': 'root:x:0:\n',
    '/etc/resolv.conf': 'nameserver 192.0.2.1\n',
  });
  const machine = createMachine(sim, {
    name: 'harbour',
    cpuMilli: 4000,
    memoryBytes: 8 * 2 ** 30,
    root,
    commands: { ...commands, ...loaderCommands },
    programs: { ...basePrograms, ...harbourPrograms, ...serverPrograms },
    hosted,
    load,
    ...more,
  });
  const registries = new Registries(sim);
  addRegistries(registries);
  const engine: Engine = createEngine(sim, machine, { registries, http: () => http });
  const machines = new Map([[machine.name, machine]]);
  const http = createHttp(sim, machines, routesOf(new Map([[machine.name, engine]])));
  const shell = machine.login({
    argv: ['-bash'],
    program: 'bash',
    exe: '/usr/bin/bash',
    uid: 0,
    gid: 0,
    groups: [0],
    env: { PATH: '/usr/bin:/bin' },
    cwd: '/',
    tty: 'pts/0',
  });
  const api: TestEngine['api'] = (method, path, body) => {
    const response = handle(engine, {
      method,
      path,
      headers: {},
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    let json: unknown = null;
    try {
      json = JSON.parse(response.body);
    } catch {
      // A stream or an empty body.
    }
    return { status: response.status, json: json as Document, response };
  };
  const test: TestEngine = {
    sim,
    machine,
    engine,
    http,
    shell,
    api,
    run: (ms) => sim.run(sim.now + ms),
    start(image, { name = '', cmd, entrypoint, host = {}, config = {} } = {}) {
      if (!engine.images.find(image)) loadImage(engine, image);
      const created = api('POST', `/containers/create${name === '' ? '' : `?name=${name}`}`, {
        Image: image,
        ...(cmd && { Cmd: cmd }),
        ...(entrypoint && { Entrypoint: entrypoint }),
        HostConfig: host,
        ...config,
      });
      if (created.status !== 201) throw new Error(created.response.body);
      const id = String(created.json['Id']);
      const started = api('POST', `/containers/${id}/start`);
      if (started.status !== 204) throw new Error(started.response.body);
      sim.run(sim.now);
      return id;
    },
    exec(container, ...argv) {
      const id = String(api('POST', `/containers/${container}/exec`, { Cmd: argv, AttachStdout: true, AttachStderr: true }).json['Id']); // prettier-ignore
      let output = '';
      engine.listeners.add((notice) => {
        if (notice.kind === 'output' && notice.target.exec === id) output += notice.text;
      });
      const started = api('POST', `/exec/${id}/start`, { Detach: true });
      if (started.status !== 200) return { exitCode: engine.state.execs.get(id)?.exitCode ?? null, output: started.response.body }; // prettier-ignore
      sim.run(sim.now);
      return { exitCode: engine.state.execs.get(id)?.exitCode ?? null, output };
    },
    log: (container) => (engine.state.logs.get(container) ?? []).map(({ text }) => text).join(''),
    inspect: (container) => api('GET', `/containers/${container}/json`).json,
  };
  return test;
}
