// `npm run bench [-- NAME … --json --chromium]`: speed and memory of the simulator, here or in a worker of headless
// Chromium. Every figure stands beside a calibration loop timed in the same run, so that numbers of two machines can be
// compared as ratios. Prints; never judges.
import { openChromium } from './bench/chromium.ts';
import { workloads } from './bench/index.ts';
import { calibrate, type Host, type Outcome, type Workload } from './bench/workload.ts';

const host: Host = {
  now: () => performance.now(),
  collect: (globalThis as { gc?: () => void }).gc ?? (() => undefined),
  heapBytes: () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers,
};

const args = process.argv.slice(2);
const json = args.includes('--json');
const inChromium = args.includes('--chromium');
const unknown = args.filter((arg) => arg.startsWith('--') && arg !== '--json' && arg !== '--chromium');
const names = args.filter((arg) => !arg.startsWith('--'));
const chosen = names.length === 0 ? workloads : names.flatMap((name) => workloads.filter((w) => w.name === name));
const strange = [...unknown, ...names.filter((name) => !workloads.some((w) => w.name === name))];
if (strange.length > 0) {
  console.error(`bench: unknown: ${strange.join(' ')}`);
  console.error(`usage: npm run bench -- [NAME …] [--json] [--chromium], where NAME is one of`);
  for (const { name, title } of workloads) console.error(`  ${name.padEnd(22)} ${title}`);
  process.exit(2);
}

const chromium = inChromium ? await openChromium() : undefined;
const calibration = chromium ? await chromium.calibrate() : calibrate(host);
console.log(
  `calibration loop: ${calibration.toFixed(0)} ms for 50 million steps of integer arithmetic ` +
    `(${chromium ? `a worker of Chromium ${chromium.version}` : `node ${process.version}`})`,
);
if (chosen.some(({ upstream }) => upstream))
  console.log("upstream's thresholds are pods a second with a real API server and etcd, which this has not");
try {
  for (const workload of chosen) {
    const outcome = await (chromium ? chromium.run(workload.name) : workload.run(host));
    report(workload, outcome);
    if (json) console.log(JSON.stringify(record(workload, outcome)));
  }
} finally {
  await chromium?.close();
}

function report({ name, title, upstream }: Workload, { ms, perSecond, facts }: Outcome): void {
  const rate = perSecond ? `${Math.round(perSecond.value).toLocaleString('en')} ${perSecond.what}/s` : '';
  const beside =
    upstream &&
    (upstream.threshold === null ? 'no threshold' : `upstream's threshold ${String(upstream.threshold)} pods/s`);
  console.log(`${name}: ${title}`);
  console.log(
    `  ${rate.padStart(20)}  ${ms.toFixed(ms < 10 ? 1 : 0).padStart(7)} ms  ×${(ms / calibration).toFixed(2)} of the loop${beside === undefined ? '' : `  (${beside})`}`,
  );
  const more = Object.entries(facts).map(([fact, value]) => `${fact} ${value.toLocaleString('en')}`);
  if (more.length > 0) console.log(`  ${more.join(', ')}`);
}

function record({ name, upstream }: Workload, { ms, perSecond, facts }: Outcome): unknown {
  return {
    name,
    ...(perSecond ? { [`${perSecond.what}PerSecond`]: Math.round(perSecond.value) } : {}),
    ms: Math.round(ms * 10) / 10,
    calibration: Math.round(calibration * 10) / 10,
    ...facts,
    ...(upstream ? { upstream: upstream.name, threshold: upstream.threshold } : {}),
  };
}
