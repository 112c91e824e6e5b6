// Worlds of Linux machines, with container engines or without.
import type { MachineScenario } from '../../sim/machines/scenario.ts';
import { machineSnapshot, type MachineSnapshot } from '../../sim/machines/snapshot.ts';
import { MachineTimeline, type DockerKind } from '../../sim/machines/timeline.ts';
import { chainOf } from '../why.ts';
import type { WorldKind } from '../kind.ts';
import { createMachineShellHost } from '../machine-shell-host.ts';

type MachineKind = WorldKind<MachineScenario, MachineTimeline, MachineSnapshot>;

/** @param docker loaded only by pages whose machines have an engine */
export const machinesWith = (docker?: DockerKind): MachineKind => ({
  timeline: (scenario, seed, inputs, spacing) => new MachineTimeline(scenario, seed, inputs, spacing, docker),
  shellHost: createMachineShellHost,
  snapshot: ({ world }) => machineSnapshot(world),
  explain: ({ world }, subject) => ({ subject, chain: chainOf(world.sim.journal, subject), verdicts: [] }),
});

export const machines: MachineKind = machinesWith();
