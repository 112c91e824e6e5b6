// `ARG`: what a name stands for at a place of the Dockerfile. Models moby 28 builder/dockerfile/buildargs.go: a value from
// the command line wins over a default, a default over one from before the first FROM; `ENV` wins over all.
import { digestOf } from '../images/digest.ts';
import type { Job, StageState } from './job.ts';
import { formatPlatform, type Platform } from '../images/platform.ts';
import type { Environment } from './words.ts';

export const NO_LAYERS = digestOf('');

/** Always allowed, and never part of an image's history. */
const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap((name) => [
  name,
  name.toLowerCase(),
]);

/** The value of an argument with this default. */
export function argument(job: Job, key: string, value: string | null): string | null {
  const own = job.request.style === 'buildkit' ? platformArguments(job).find(([name]) => name === key)?.[1] : undefined;
  return job.request.args?.[key] ?? value ?? job.globals[key] ?? own ?? null;
}

/** What words of an instruction can name: in a stage, or outside (`FROM`, `ARG` before it). */
export function environment(job: Job, state: StageState | undefined): Environment {
  const env = new Map<string, string>();
  for (const [key, value] of Object.entries(state ? state.args : job.globals)) {
    const found = argument(job, key, value);
    if (found !== null) env.set(key, found);
  }
  if (!state && job.request.style === 'buildkit')
    for (const [key, value] of platformArguments(job)) env.set(key, value);
  for (const variable of state?.config.Env ?? []) {
    const equals = variable.indexOf('=');
    env.set(variable.slice(0, equals), variable.slice(equals + 1));
  }
  return env;
}

/** BuildKit's own arguments about platforms. */
function platformArguments({ host, request }: Job): readonly (readonly [string, string])[] {
  const of = (prefix: string, { os, architecture, variant = '' }: Platform): readonly (readonly [string, string])[] => [
    [`${prefix}PLATFORM`, formatPlatform({ os, architecture, variant })],
    [`${prefix}OS`, os],
    [`${prefix}ARCH`, architecture],
    [`${prefix}VARIANT`, variant],
  ];
  return [...of('TARGET', request.platform ?? host), ...of('BUILD', host)];
}

/** The arguments that a command gets beside the image's environment, in order. */
export function runEnvironment(job: Job, state: StageState): readonly string[] {
  const own = new Set((state.config.Env ?? []).map((variable) => variable.slice(0, variable.indexOf('='))));
  const words: string[] = [];
  for (const [key, value] of Object.entries(state.args)) {
    const found = argument(job, key, value);
    if (found !== null && !own.has(key)) words.push(`${key}=${found}`);
  }
  return words.sort();
}

/** Arguments of the command line that no `ARG` has asked for. */
export function unused(job: Job): readonly string[] {
  const given = Object.keys(job.request.args ?? {});
  return given.filter((key) => !job.referenced.includes(key) && !PROXIES.includes(key)).sort();
}
