// `npm run --silent shell -- --scenario FILE -c 'kubectl get pods -o wide'`: the page's shell on a world in Node.
// FILE is the name of a scenario of the course, or a YAML or JSON file. Prints what the page would print.
import { existsSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parse } from 'yaml';
import { loadScenario, scenarioNames } from '../src/content/scenarios/index.ts';
import { Headless } from '../src/hosts/headless.ts';
import { parseDuration, readScenario, Timeline, type Scenario } from '../src/sim/index.ts';

const usage = `usage: npm run --silent shell -- [--scenario NAME|FILE] [--seed N] [--until 90s] [--patience 10m] -c 'COMMANDS'
       (without -c the commands are read from standard input)
  --until DURATION     let the world run this long before the first command (default 60s)
  --patience DURATION  interrupt a command that still waits after this much virtual time (default 10m)
scenarios of the course: ${scenarioNames.join(', ')}`;

const { values } = readArguments();
const seed = Number(values.seed ?? 1);
if (!Number.isInteger(seed)) stop(`--seed: expected a whole number, found "${values.seed ?? ''}"`);
const until = durationOf('--until', values.until ?? '60s');
const patience = durationOf('--patience', values.patience ?? '10m');
const commands = values.command ?? readFileSync(0, 'utf8');

const timeline = new Timeline(await scenarioOf(values.scenario ?? 'deadlock'), seed);
timeline.run(until);
const shell = new Headless(timeline, {
  files: {},
  untilMs: until + patience,
  columns: process.stdout.isTTY ? process.stdout.columns : 120,
  onOutput: (text, stream) => process[stream].write(text),
});
const { exitCode } = await shell.run(commands);
process.exitCode = exitCode;

function readArguments(): { values: Partial<Record<'scenario' | 'seed' | 'until' | 'patience' | 'command', string>> } {
  try {
    return parseArgs({
      options: {
        scenario: { type: 'string' },
        seed: { type: 'string' },
        until: { type: 'string' },
        patience: { type: 'string' },
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

async function scenarioOf(name: string): Promise<Scenario> {
  if (scenarioNames.includes(name)) return loadScenario(name);
  if (!existsSync(name)) return stop(`--scenario: there is no file "${name}" and no scenario of that name`);
  let data: unknown;
  try {
    data = parse(readFileSync(name, 'utf8'));
  } catch (error) {
    return stop(`${name}: ${error instanceof Error ? error.message : String(error)}`);
  }
  const read = readScenario(data);
  return 'error' in read ? stop(`${name}: ${read.error}`) : read.scenario;
}

function stop(message: string): never {
  console.error(`${message}\n${usage}`);
  process.exit(2);
}
