// `npm run --silent api -- --nodes 3 --kubeconfig /tmp/config`: a simulated cluster that real clients can talk to, on
// the loopback address alone. Prints one line, `ready` and the path of the kubeconfig, when it can be used; Ctrl-C ends
// it. Time passes as `src/hosts/http/clock.ts` says.
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import type { Speed } from '../src/hosts/http/clock.ts';
import { loadMachineScenario } from '../src/content/machines/scenarios.ts';
import { serveEngine } from '../src/hosts/http/served-engine.ts';
import { serveWorld } from '../src/hosts/http/served-world.ts';
import { type Scenario, Timeline } from '../src/sim/index.ts';
import { findScenario, scenarioNames } from './scenario.ts';

const usage = `usage: npm run --silent api -- [--nodes N | --scenario NAME|FILE] [--seed N] [--speed 1|10|max] [--port P] [--docker-port P] [--kubeconfig FILE]
  --nodes N             an empty cluster of N nodes with 4 CPUs and 16 GiB each (default 3)
  --scenario NAME|FILE  a scenario of the course, or one in a YAML or JSON file; it begins now unless it says when
  --seed N              what chance decides (default 1)
  --speed 1|10|max      real time, ten times as fast, or from event to event while clients give reason to (default 1)
  --port P              0 takes a free one (default 0)
  --docker-port P       serves a container engine too, that of a machine of its own; prints a line with its address
  --kubeconfig FILE     where to write the configuration for clients (default: bayplan-PORT.kubeconfig in ${tmpdir()})
scenarios of the course: ${scenarioNames.join(', ')}`;

/** Checkpoints are for going back, which a served world never does. */
const NO_CHECKPOINTS = Number.MAX_SAFE_INTEGER;
const MOST_NODES = 20_000;

const values = readArguments();
const nodes = whole('--nodes', values.nodes ?? '3', 1, MOST_NODES);
const seed = whole('--seed', values.seed ?? '1', 0, Number.MAX_SAFE_INTEGER);
const port = whole('--port', values.port ?? '0', 0, 65_535);
const dockerPort =
  values['docker-port'] === undefined ? undefined : whole('--docker-port', values['docker-port'], 0, 65_535);
const speed = speedOf(values.speed ?? '1');
if (values.nodes !== undefined && values.scenario !== undefined)
  stop('--nodes: a scenario brings its own nodes; give one of --nodes and --scenario');

const scenario = await scenarioOf();
let timeline: Timeline;
try {
  timeline = new Timeline(scenario, seed, [], NO_CHECKPOINTS);
} catch (error) {
  // A manifest that the API refuses: the scenario's mistake, not ours.
  stop(`${values.scenario ?? ''}: ${error instanceof Error ? error.message : String(error)}`);
}
const served = await serveWorld(timeline, { speed, port }).catch((error: unknown) =>
  stop(`--port: ${error instanceof Error ? error.message : String(error)}`),
);
const engine =
  dockerPort === undefined
    ? undefined
    : await serveEngine(
        { ...(await loadMachineScenario('ship')), startsAt: now() },
        { seed, speed, port: dockerPort },
      ).catch((error: unknown) => stop(`--docker-port: ${error instanceof Error ? error.message : String(error)}`));
const kubeconfig = resolve(values.kubeconfig ?? join(tmpdir(), `bayplan-${new URL(served.url).port}.kubeconfig`));
try {
  writeFileSync(kubeconfig, configFor(served.url), { mode: 0o600 });
} catch (error) {
  stop(`--kubeconfig: ${error instanceof Error ? error.message : String(error)}`);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => {
    void Promise.all([served.close(), engine?.close()]).then(() => process.exit(0));
  });
if (engine) console.log(`docker ${engine.url}`);
console.log(`ready ${kubeconfig}`);

function readArguments(): Partial<
  Record<'nodes' | 'scenario' | 'seed' | 'speed' | 'port' | 'docker-port' | 'kubeconfig' | 'help', string>
> {
  try {
    const string = { type: 'string' } as const;
    return parseArgs({
      options: {
        nodes: string,
        scenario: string,
        seed: string,
        speed: string,
        port: string,
        'docker-port': string,
        kubeconfig: string,
      },
    }).values;
  } catch (error) {
    return stop(error instanceof Error ? error.message : String(error));
  }
}

function whole(flag: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  return stop(`${flag}: expected a whole number from ${String(least)} to ${String(most)}, found "${text}"`);
}

function speedOf(text: string): Speed {
  if (text === 'max') return 'max';
  if (text === '1') return 1;
  if (text === '10') return 10;
  return stop(`--speed: expected 1, 10 or max, found "${text}"`);
}

function now(): string {
  return new Date(Math.floor(Date.now() / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

async function scenarioOf(): Promise<Scenario> {
  const startsAt = now();
  if (values.scenario === undefined)
    return {
      name: 'empty',
      startsAt,
      nodes: [{ name: 'node', count: nodes, cpu: '4', memory: '16Gi' }],
      objects: [],
      clients: [],
      script: [],
    };
  const found = await findScenario(values.scenario);
  if ('error' in found) return stop(found.error);
  return found.hasStart ? found.scenario : { ...found.scenario, startsAt };
}

function configFor(server: string): string {
  return `${JSON.stringify(
    {
      apiVersion: 'v1',
      kind: 'Config',
      // Some clients want to be told that http is meant.
      clusters: [{ name: 'bayplan', cluster: { server, 'insecure-skip-tls-verify': true } }],
      users: [{ name: 'bayplan', user: {} }],
      contexts: [{ name: 'bayplan', context: { cluster: 'bayplan', user: 'bayplan' } }],
      'current-context': 'bayplan',
    },
    null,
    2,
  )}\n`;
}

function stop(message: string): never {
  console.error(`${message}\n${usage}`);
  process.exit(2);
}
