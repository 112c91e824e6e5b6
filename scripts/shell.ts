// `npm run --silent shell -- --scenario FILE -c 'kubectl get pods -o wide'`: the page's shell on a world in Node.
// FILE is the name of a scenario of the course, or a YAML or JSON file. Prints what the page would print.
// With `--server http://127.0.0.1:PORT` the world is one that `npm run api` serves, and time is its own.
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Headless } from '../src/hosts/headless.ts';
import type { AnyTimeline, ShellKind } from '../src/hosts/kind.ts';
import { cluster } from '../src/hosts/kinds/cluster.ts';
import { machines } from '../src/hosts/kinds/machines.ts';
import { loadMachineScenario, machineScenarioNames } from '../src/content/machines/scenarios.ts';
import { MachineTimeline } from '../src/sim/machines/timeline.ts';
import { engineAt } from '../src/hosts/http/remote-engine.ts';
import { connectShellHost } from '../src/hosts/http/remote-host.ts';
import type { ShellHost } from '../src/shell/program.ts';
import { createShell } from '../src/shell/session.ts';
import { emptyIn } from '../src/shell/streams.ts';
import { parseDuration, Timeline } from '../src/sim/index.ts';
import { findScenario, scenarioNames } from './scenario.ts';

const usage = `usage: npm run --silent shell -- [--scenario NAME|FILE] [--seed N] [--until 90s] [--patience 10m] -c 'COMMANDS'
       npm run --silent shell -- --server http://127.0.0.1:PORT -c 'COMMANDS'
       npm run --silent shell -- --docker-server http://127.0.0.1:PORT -c 'docker ps'
       (without -c the commands are read from standard input)
  --until DURATION     let the world run this long before the first command (default 60s)
  --patience DURATION  interrupt a command that still waits after this much virtual time (default 10m)
  --docker-server URL  a container engine that \`npm run api -- --docker-port\` serves
  --server URL         a world that \`npm run api\` serves; then none of the other flags but -c
scenarios of the course: ${scenarioNames.join(', ')}
scenarios of machines, where you are root: ${machineScenarioNames.join(', ')}`;

/** Where only a container engine is served, there is no cluster, and time is the real one. */
const noCluster = () => Promise.reject(new Error('no cluster is served there'));
const withoutWorld: ShellHost = {
  now: () => Date.now(),
  sleep: (ms, signal) => setTimeout(ms, undefined, { signal }),
  edit: () => Promise.resolve(null),
  api: noCluster,
  exec: noCluster,
  http: noCluster,
};

const { values } = readArguments();
const columns = process.stdout.isTTY ? process.stdout.columns : 120;
if (values['docker-server'] !== undefined) await there(values['docker-server'], true);
else if (values.server === undefined) await here();
else await there(values.server);

async function here(): Promise<void> {
  const seed = Number(values.seed ?? 1);
  if (!Number.isInteger(seed)) stop(`--seed: expected a whole number, found "${values.seed ?? ''}"`);
  const until = durationOf('--until', values.until ?? '60s');
  const patience = durationOf('--patience', values.patience ?? '10m');
  const commands = values.command ?? readFileSync(0, 'utf8');
  const name = values.scenario ?? 'deadlock';
  if (machineScenarioNames.includes(name)) {
    await type(new MachineTimeline(await loadMachineScenario(name), seed), machines, commands, until, patience);
    return;
  }
  const found = await findScenario(name);
  if ('error' in found) stop(found.error);
  await type(new Timeline(found.scenario, seed), cluster, commands, until, patience);
}

async function type<T extends AnyTimeline>(
  timeline: T,
  kind: ShellKind<T>,
  commands: string,
  until: number,
  patience: number,
): Promise<void> {
  timeline.run(until);
  const shell = new Headless<T>(timeline, kind, {
    files: {},
    untilMs: until + patience,
    columns,
    onOutput: (text, stream) => process[stream].write(text),
  });
  const { exitCode } = await shell.run(commands);
  process.exitCode = exitCode;
}

/** @param engine what is served is a container engine alone */
async function there(server: string, engine = false): Promise<void> {
  const other = (['scenario', 'seed', 'until', 'patience'] as const).find((flag) => values[flag] !== undefined);
  if (other !== undefined) stop(`--${other}: a served world has its own`);
  const flag = engine ? '--docker-server' : '--server';
  if (!/^http:\/\/(127\.0\.0\.1|localhost|\[::1\]):\d+\/?$/.test(server))
    stop(`${flag}: expected an address such as http://127.0.0.1:8080, found "${server}"`);
  const host = engine
    ? { ...withoutWorld, ...engineAt(server) }
    : await connectShellHost(server).catch((error: unknown) =>
        stop(`--server: ${error instanceof Error ? error.message : String(error)}`),
      );
  const commands = values.command ?? readFileSync(0, 'utf8');
  const interrupt = new AbortController();
  process.once('SIGINT', () => interrupt.abort());
  const say = (stream: 'stdout' | 'stderr') => ({
    isTTY: false,
    write: (text: string) => void process[stream].write(text),
  });
  const shell = createShell(host, { interactive: false, columns, files: {} });
  process.exitCode = await shell.run(commands, {
    stdin: emptyIn,
    stdout: say('stdout'),
    stderr: say('stderr'),
    signal: interrupt.signal,
  });
}

function readArguments(): {
  values: Partial<Record<'scenario' | 'seed' | 'until' | 'patience' | 'command' | 'server' | 'docker-server', string>>;
} {
  try {
    return parseArgs({
      options: {
        scenario: { type: 'string' },
        seed: { type: 'string' },
        until: { type: 'string' },
        patience: { type: 'string' },
        server: { type: 'string' },
        'docker-server': { type: 'string' },
        command: { type: 'string', short: 'c' },
      },
    });
  } catch (error) {
    return stop(error instanceof Error ? error.message : String(error));
  }
}

function durationOf(flag: string, text: string): number {
  return parseDuration(text) ?? stop(`${flag}: expected a duration such as 90s, found "${text}"`);
}

function stop(message: string): never {
  console.error(`${message}\n${usage}`);
  process.exit(2);
}
