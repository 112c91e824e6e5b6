// Finds a scenario by the name it has in the course, or in a file of YAML or JSON.
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { loadScenario, scenarioNames } from '../src/content/scenarios/index.ts';
import { readScenario, type Scenario } from '../src/sim/index.ts';

export { scenarioNames };

export type Found = { readonly scenario: Scenario; readonly hasStart: boolean } | { readonly error: string };

/** `hasStart`: it is a file that says itself when it begins. */
export async function findScenario(name: string): Promise<Found> {
  if (scenarioNames.includes(name)) return { scenario: await loadScenario(name), hasStart: false };
  if (!existsSync(name)) return { error: `--scenario: there is no file "${name}" and no scenario of that name` };
  let data: unknown;
  try {
    data = parse(readFileSync(name, 'utf8'));
  } catch (error) {
    return { error: `${name}: ${error instanceof Error ? error.message : String(error)}` };
  }
  const read = readScenario(data);
  if ('error' in read) return { error: `${name}: ${read.error}` };
  return { scenario: read.scenario, hasStart: (data as Readonly<Record<string, unknown>>)['startsAt'] !== undefined };
}
