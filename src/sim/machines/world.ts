// A world of machines, wired: each with its disk, its programs and the reader's shell, and the wires between them. What
// may be asked of it from outside comes through `MachineTimeline`; a run is a function of scenario, seed and inputs.
import { assert, Bug } from '../engine/assert.ts';
import { phase, Simulation } from '../engine/simulation.ts';
import { parseDuration, parseTime } from '../engine/time.ts';
import { LinuxError, type Commands } from '../linux/contract.ts';
import { commands as machineCommands } from '../linux/commands/index.ts';
import { loaderCommands } from '../linux/loader/index.ts';
import { load } from '../linux/loader/load.ts';
import { createMachine, type Machine, type Programs } from '../linux/machine.ts';
import type { Engine } from '../containers/engine/index.ts';
import type { Registries } from '../containers/registry/registries.ts';
import { packageCommands } from '../linux/packages/index.ts';
import { createHttp } from './http.ts';
import type { Http, Routes } from '../linux/serving.ts';
import type { MachineScenario, MachineSetup, MachineStep } from './scenario.ts';
import { harbourPrograms } from './services.ts';
import { diskOf } from './disk.ts';

/** One task of one machine. */
export interface TaskRef {
  readonly machine: string;
  /** In the machine's own PID namespace. */
  readonly pid: number;
}

export interface MachineWorld {
  readonly sim: Simulation;
  readonly scenario: MachineScenario;
  readonly machines: ReadonlyMap<string, Machine>;
  /** The reader's first shell. */
  readonly shell: TaskRef;
  readonly http: Http;
  /** By the machine's name. */
  readonly engines: ReadonlyMap<string, Engine>;
  /** Where the engines pull from and push to; absent where there is no engine. */
  readonly registries?: Registries;
  /**
   * Hears what a task prints and how it ends. Who listens is no part of the world: the run is the same without, and
   * going back in time ends nothing here.
   */
  watch(task: TaskRef, watcher: Watcher): () => void;
  /** Starts another shell of the reader on that machine; its number. */
  login(machine: string): number;
}

interface Watcher {
  output(text: string, stream: 'stdout' | 'stderr'): void;
  exit(exitCode: number): void;
}

/** What makes container engines, where a scenario has them. */
export interface EngineMaker {
  /** Servers that images of the world carry. */
  readonly programs: Programs;
  make(sim: Simulation, machines: readonly Machine[], http: () => Http): Engines;
}

interface Engines {
  readonly engines: ReadonlyMap<string, Engine>;
  readonly registries: Registries;
  readonly routes: Routes;
}

/** Programs of the reader's shell: they exist as tasks and work from outside. */
const hosted: readonly string[] = [
  ...['bash', 'sh', 'dash', 'ssh', 'docker', 'curl', 'jq', 'awk', 'sed', 'grep', 'find', 'diff', 'less', 'man', 'watch'],
  ...['base64', 'basename', 'cat', 'chmod', 'clear', 'column', 'cp', 'cut', 'dirname', 'egrep', 'fgrep', 'head', 'ls'],
  ...['mkdir', 'more', 'mv', 'nano', 'vi', 'vim', 'paste', 'realpath', 'rev', 'rm', 'rmdir', 'seq', 'sort', 'tac', 'tail'],
  ...['tee', 'timeout', 'touch', 'tr', 'uniq', 'wc', 'xargs', 'yes', 'date', 'printenv', 'which'],
]; // prettier-ignore

const commands: Commands = { ...machineCommands, ...loaderCommands, ...packageCommands };

interface StepEvent {
  readonly kind: 'machines.script';
  readonly step: number;
}

/** @param maker makes the container engines; a scenario without any needs none */
export function createMachineWorld(scenario: MachineScenario, seed: number, maker?: EngineMaker): MachineWorld {
  const epochMs = parseTime(scenario.startsAt);
  assert(epochMs !== undefined, `startsAt ${scenario.startsAt}`);
  const sim = new Simulation({ seed, epochMs, detail: 'full' });
  const machines = new Map<string, Machine>();
  const watchers = new Map<string, Set<Watcher>>();
  const watchersOf = ({ machine, pid }: TaskRef) => watchers.get(`${machine} ${String(pid)}`) ?? [];
  for (const setup of scenario.machines) {
    const machine = createMachine(sim, {
      name: setup.name,
      ...(setup.architecture && { architecture: setup.architecture }),
      cpuMilli: setup.cpuMilli,
      memoryBytes: setup.memoryBytes,
      root: diskOf(setup, epochMs),
      commands,
      programs: { ...harbourPrograms, ...maker?.programs },
      hosted,
      load,
      address: { ip: setup.ip, prefix: 24, gateway: setup.ip.replace(/\d+$/, '1') },
    });
    machine.onOutput((pid, stream, text) => {
      for (const watcher of watchersOf({ machine: setup.name, pid })) watcher.output(text, stream);
    });
    machine.onExit(({ pid, code }) => {
      for (const watcher of [...watchersOf({ machine: setup.name, pid })]) watcher.exit(code);
    });
    machines.set(setup.name, machine);
  }
  const [first] = scenario.machines;
  assert(first, `scenario ${scenario.name} has no machine`);
  const setupOf = (name: string): MachineSetup => {
    const setup = scenario.machines.find((one) => one.name === name);
    if (!setup) throw new LinuxError('ENOENT');
    return setup;
  };
  let terminals = 0;
  sim.register<number>({
    name: 'machines.terminals',
    save: () => terminals,
    load: (state) => {
      terminals = state;
    },
  });
  const login = (name: string): number => {
    const { user } = setupOf(name);
    const root = user.uid === 0;
    const machine = machineOf({ machines }, { machine: name });
    const pid = machine.login({
      argv: ['-bash'],
      program: 'bash',
      exe: '/usr/bin/bash',
      uid: user.uid,
      gid: user.uid,
      groups: [user.uid],
      env: {
        HOME: user.home,
        USER: user.name,
        LOGNAME: user.name,
        SHELL: '/bin/bash',
        TERM: 'xterm-256color',
        LANG: 'C.UTF-8',
        PATH: root ? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' : '/usr/local/bin:/usr/bin:/bin',
      },
      cwd: user.home,
      tty: `pts/${String(terminals++)}`,
    });
    // As an interactive bash does.
    machine.setSignals(pid, ['INT'], ['TERM', 'QUIT', 'TSTP', 'TTIN', 'TTOU']);
    return pid;
  };
  const shell = { machine: first.name, pid: login(first.name) };
  const noRoutes: Routes = { resolve: () => undefined, reach: () => undefined };
  const withEngine = scenario.machines.flatMap(({ name, docker }) => (docker === true ? [name] : []));
  assert(maker !== undefined || withEngine.length === 0, `scenario ${scenario.name}: no container engine was given`);
  const docker = maker?.make(
    sim,
    withEngine.map((name) => machineOf({ machines }, { machine: name })),
    () => world.http,
  );
  const world: MachineWorld = {
    sim,
    scenario,
    machines,
    shell,
    http: createHttp(sim, machines, docker?.routes ?? noRoutes),
    engines: docker?.engines ?? new Map<string, Engine>(),
    ...(docker && { registries: docker.registries }),
    login,
    watch({ machine, pid }, watcher) {
      const key = `${machine} ${String(pid)}`;
      const all = watchers.get(key) ?? new Set();
      watchers.set(key, all.add(watcher));
      return () => {
        all.delete(watcher);
        if (all.size === 0) watchers.delete(key);
      };
    },
  };
  for (const setup of scenario.machines)
    for (const service of setup.services) runAsRoot(world, setup.name, ['systemctl', 'start', service]);
  sim.on<StepEvent>('machines.script', ({ step }) => {
    const { machine, run } = scenario.script[step] as MachineStep;
    const cause = sim.record('scenario.script', run.join(' '));
    sim.because(cause, () => {
      runAsRoot(world, machine, run);
    });
  });
  scenario.script.forEach(({ at }, step) => {
    const ms = parseDuration(at);
    assert(ms !== undefined, `duration ${at}`);
    sim.schedule<StepEvent>(ms, phase.input, { kind: 'machines.script', step });
  });
  return world;
}

/** A command of the author's, as process 1's child. Its failure is the author's mistake where nothing can come of it. */
function runAsRoot(world: MachineWorld, name: string, argv: readonly string[]): void {
  const machine = machineOf(world, { machine: name });
  try {
    machine.run(1, argv, { env: { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin' } });
  } catch (error) {
    if (!(error instanceof LinuxError)) throw error;
    throw new Bug(`scenario ${world.scenario.name}: ${argv.join(' ')}: ${error.message}`);
  }
}

export function machineOf(
  { machines }: Pick<MachineWorld, 'machines'>,
  { machine: name }: { readonly machine: string },
): Machine {
  const machine = machines.get(name);
  if (!machine) throw new LinuxError('ENOENT');
  return machine;
}
