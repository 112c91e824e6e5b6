// Worlds that are one Kubernetes cluster.
import { CellView } from '../../sim/cell-snapshot.ts';
import { Timeline, type Scenario } from '../../sim/index.ts';
import { snapshot, type ClusterSnapshot } from '../../sim/snapshot.ts';
import { setCellTaint } from '../cell-taint.ts';
import { choiceOf } from '../choice.ts';
import type { WorldKind } from '../kind.ts';
import { createShellHost } from '../shell-host.ts';
import { explain } from '../why.ts';

/** A world with more nodes keeps few checkpoints: its page looks back through pictures. Virtual ms between them. */
const SOUGHT_NODES = 100;
const CELL_SPACING = 600_000;

export const cluster: WorldKind<Scenario, Timeline, ClusterSnapshot> = {
  timeline: (scenario, seed, inputs, spacing) => new Timeline(scenario, seed, inputs, spacing),
  shellHost: createShellHost,
  snapshot: ({ world }) => snapshot(world),
  explain: ({ world }, subject) => explain(world, subject),
  choice: choiceOf,
  nodes: {
    has: ({ world }, node) => world.store.get('nodes', node) !== undefined,
    setRunning: (timeline, node, running) => {
      timeline.machine(node, running);
    },
    setTaint: setCellTaint,
    spacing: ({ nodes }) => {
      const many = nodes.reduce((sum, { count = 1 }) => sum + count, 0);
      return many > SOUGHT_NODES ? CELL_SPACING : undefined;
    },
    cell: ({ world }) => new CellView(world),
  },
};
