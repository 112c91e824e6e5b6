// Every scenario of machines by name, each loaded at its first use. Settings are the controls of a figure; what they may
// be is checked here, because they can come from a link.
import type { MachineScenario } from '../../sim/machines/scenario.ts';

type Settings = Readonly<Record<string, number | string | boolean>>;

interface Entry {
  readonly load: () => Promise<(settings: Settings) => MachineScenario>;
  /** Allowed settings, each with its values. */
  readonly settings: Readonly<Record<string, readonly (string | boolean)[]>>;
}

const scenarios: Readonly<Record<string, Entry>> = {
  market: {
    load: async () => (await import('./market.ts')).build,
    settings: {
      change: ['nothing', 'payments by hand', 'security fix', 'payments 1.4', 'payments 1.4, packaged apart'],
    },
  },
  broken: { load: async () => (await import('./market.ts')).broken, settings: {} },
  hole: { load: async () => (await import('./market.ts')).hole, settings: {} },
  ship: { load: async () => (await import('./ship.ts')).build, settings: {} },
  both: { load: async () => (await import('./market.ts')).both, settings: {} },
};

export const machineScenarioNames: readonly string[] = Object.keys(scenarios);

/** The scenario called `name`. Throws a sentence that names what is wrong. */
export async function loadMachineScenario(name: string, settings: Settings = {}): Promise<MachineScenario> {
  const entry = Object.hasOwn(scenarios, name) ? scenarios[name] : undefined;
  if (!entry)
    throw new Error(`no scenario of machines is called "${name}"; there are ${machineScenarioNames.join(', ')}`);
  for (const [key, value] of Object.entries(settings)) {
    const allowed = Object.hasOwn(entry.settings, key) ? entry.settings[key] : undefined;
    if (!allowed) throw new Error(`scenario ${name} has no setting "${key}"`);
    if (!allowed.some((one) => one === value))
      throw new Error(`scenario ${name}: setting ${key} cannot be ${JSON.stringify(value)}`);
  }
  return (await entry.load())(settings);
}
