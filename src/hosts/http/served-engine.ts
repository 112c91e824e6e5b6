// A container engine of a world of machines behind a port of the loopback address, and time that passes: what
// `npm run api -- --docker-port` serves.
import { docker } from '../../sim/machines/docker.ts';
import type { MachineScenario } from '../../sim/machines/scenario.ts';
import { MachineTimeline } from '../../sim/machines/timeline.ts';
import { Waiters } from '../waiters.ts';
import { type Speed, startClock } from './clock.ts';
import { serveDocker } from './docker-host.ts';

/** Checkpoints are for going back, which a served world never does. */
const NO_CHECKPOINTS = Number.MAX_SAFE_INTEGER;
/** Real ms between the readings of whoever watches `docker stats`. */
const READING_MS = 250;

export interface ServedEngine {
  /** `tcp://127.0.0.1:<port>`, for DOCKER_HOST. */
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the engine of the scenario's first machine. */
export async function serveEngine(
  scenario: MachineScenario,
  { seed, speed, port = 0 }: { readonly seed: number; readonly speed: Speed; readonly port?: number },
): Promise<ServedEngine> {
  const timeline = new MachineTimeline(scenario, seed, [], NO_CHECKPOINTS, docker);
  const { machine } = timeline.world.shell;
  const clock = startClock(timeline, new Waiters(), speed);
  const readings = setInterval(() => timeline.dockerTick(machine), READING_MS);
  try {
    const host = await serveDocker(
      {
        handle: (request) => timeline.docker(machine, request),
        connect: (request) => timeline.dockerConnect(machine, request),
        input: (target, bytes) => timeline.dockerInput(machine, target, bytes ?? null),
      },
      {
        port,
        onBegin: () => clock.begin(),
        onEnd: ({ method }) => clock.end(method !== 'GET'),
        touched: () => clock.touched(),
      },
    );
    return {
      url: host.url,
      close: async () => {
        clearInterval(readings);
        clock.stop();
        await host.close();
      },
    };
  } catch (error) {
    clearInterval(readings);
    clock.stop();
    throw error;
  }
}
