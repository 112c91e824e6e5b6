// A workload in a worker of Chromium: asked by name, it answers with the outcome; asked for nothing, with the
// calibration loop.
import { workloads } from './index.ts';
import { calibrate, type Host, type Outcome } from './workload.ts';

/** Until the next question. */
let kept: unknown;

const host: Host = {
  now: () => performance.now(),
  collect: (globalThis as { gc?: () => void }).gc ?? (() => undefined),
  heapBytes: () => undefined,
  keep(value) {
    kept = value;
  },
};

addEventListener('message', ({ data }: MessageEvent<{ readonly name?: string }>) => {
  if (kept !== undefined) kept = undefined;
  void answer(data.name).then(
    (value) => {
      postMessage({ value });
    },
    (error: unknown) => {
      postMessage({ error: String(error) });
    },
  );
});

async function answer(name: string | undefined): Promise<Outcome | number> {
  if (name === undefined) return calibrate(host);
  const workload = workloads.find((one) => one.name === name);
  if (!workload) throw new Error(`no workload ${name}`);
  return workload.run(host);
}
