// The loader against the real one: what each scenario prints and how it ends was recorded from glibc 2.36; where a
// compiler and the right to change root are at hand, it is recorded anew and must be the same.
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runLdconfig } from './ldconfig.ts';
import { load } from './load.ts';
import { layOut, scenarios, textInPlaceOfLibrary, type ObjectFile, type Scenario } from './scenarios.ts';
import { readCache } from './cache.ts';
import { filesWith } from '../packages/test-machine.ts';

interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** With LD_TRACE_LOADED_OBJECTS, both streams. */
  readonly trace: string;
  readonly traceCode: number;
  readonly cache?: readonly string[];
  readonly ldconfig?: string;
}

const goldenPath = new URL('../../../../tests/data/loader/scenarios.json', import.meta.url).pathname;
const golden = existsSync(goldenPath) ? (JSON.parse(readFileSync(goldenPath, 'utf8')) as Record<string, Outcome>) : {};

/** Addresses, process IDs and sizes are no one's business here. */
const plain = (text: string): string =>
  text
    .replaceAll(/0x[0-9a-f]{8,16}/g, '0x…')
    .replaceAll(/^ *\d+:\t/gm, 'pid:\t')
    .replaceAll(/ +$/gm, '');

function modelled(scenario: Scenario): Outcome {
  const files = filesWith({});
  layOut(files, scenario);
  let cache: Pick<Outcome, 'cache' | 'ldconfig'> = {};
  if (scenario.configured !== undefined) {
    const said = runLdconfig(files, { verbose: true });
    cache = {
      cache: (readCache(files) ?? []).map((entry) => `${entry.name} (${entry.flags}) => ${entry.path}`),
      ldconfig: sorted(said.stdout + said.stderr),
    };
  }
  const exe = scenario.run ?? '/app/app';
  const secure = scenario.setuid ?? false;
  const run = load(files, exe, scenario.env ?? {}, { secure });
  const traced = secure ? undefined : load(files, exe, { ...scenario.env, LD_TRACE_LOADED_OBJECTS: '1' });
  return {
    exitCode: run.kind === 'loaded' ? 0 : run.exitCode,
    stdout: run.kind === 'told' ? run.stdout : '',
    stderr: plain(run.kind === 'loaded' ? run.stderr + run.stderrAtExit : run.stderr),
    trace: traced?.kind === 'told' ? plain(traced.stderr + traced.stdout) : '',
    traceCode: traced?.kind === 'told' ? traced.exitCode : 0,
    ...cache,
  };
}

/** The order in which ldconfig reads a directory is the file system's. */
const sorted = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .sort()
    .join('\n');

// ---------------------------------------------------------------------------------------------------- the real one

const launcher = `#include <unistd.h>
#include <string.h>
int main(int c, char **v) { char *e[64]; int n = 0, i = 1; (void)c;
  if (!strcmp(v[i], "-u")) { setgid(65534); setuid(65534); i++; }
  for (; strcmp(v[i], "--"); i++) e[n++] = v[i];
  e[n] = 0; chdir("/"); execve(v[i + 1], v + i + 1, e); return 126; }`;

const real = { compiler: 'gcc', chroot: 'chroot', ldconfig: 'ldconfig' };
const tools = Object.values(real);
const present =
  process.getuid?.() === 0 &&
  tools.every((tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).error === undefined) &&
  existsSync('/lib/x86_64-linux-gnu/libc.so.6') &&
  (spawnSync('/lib64/ld-linux-x86-64.so.2', ['--version'], { encoding: 'utf8' }).stdout as string | null)?.includes(
    ' 2.36',
  ) === true;
const sameProcessor =
  present &&
  /x86-64-v4 \(supported[\s\S]*Legacy HWCAP[\s\S]*x86_64 \(AT_PLATFORM/.test(
    spawnSync('/lib64/ld-linux-x86-64.so.2', ['--help'], { encoding: 'utf8' }).stdout,
  );

function compile(at: string, source: string, flags: readonly string[]): void {
  const file = `${at}.c`;
  writeFileSync(file, source);
  execFileSync(real.compiler, ['-O0', '-o', at, file, ...flags]);
  rmSync(file);
}

function build(root: string, scratch: string, path: string, object: ObjectFile): void {
  const at = join(root, path);
  mkdirSync(dirname(at), { recursive: true });
  const flags: string[] = [];
  const stubs = new Map<string, [string, readonly string[]][]>();
  for (const want of object.wants ?? []) {
    stubs.set(want.library, [...(stubs.get(want.library) ?? []), [want.version ?? '', want.functions]]);
  }
  for (const [library, gives] of stubs) {
    const stub = join(scratch, library);
    shared(stub, { soname: library, gives: Object.fromEntries(gives) }, scratch, []);
    flags.push('-Wl,--no-as-needed', stub);
  }
  if (object.rpath !== undefined) flags.push('-Wl,--disable-new-dtags', `-Wl,-rpath,${object.rpath}`);
  if (object.runpath !== undefined) flags.push('-Wl,--enable-new-dtags', `-Wl,-rpath,${object.runpath}`);
  flags.push(object.now === true ? '-Wl,-z,now' : '-Wl,-z,lazy');
  if (object.noDefaultLibraries === true) flags.push('-Wl,-z,nodefaultlib');
  const wanted = (object.wants ?? []).flatMap((want) => want.functions);
  const declarations = wanted.map((name) => `int ${name}(void);`).join('\n');
  const calls = wanted.map((name) => `${name}()`).join(' + ');
  if (object.program === true) {
    compile(at, `${declarations}\nint main(void) { return 0 * (0 + ${calls || '0'}); }`, flags);
  } else shared(at, object, scratch, flags, declarations, calls);
  if (object.damage === 'text') writeFileSync(at, textInPlaceOfLibrary);
  if (object.damage === 'short text') writeFileSync(at, 'short\n');
  if (object.damage === 'cut') truncateSync(at, 40);
  if (object.damage === 'other class' || object.damage === 'other machine') {
    const bytes = readFileSync(at);
    if (object.damage === 'other class') bytes[4] = 1;
    else bytes[18] = 183;
    writeFileSync(at, bytes);
  }
}

function shared(
  at: string,
  object: ObjectFile,
  scratch: string,
  flags: readonly string[],
  declarations = '',
  calls = '',
): void {
  const gives = Object.entries(object.gives ?? {});
  const names = gives.flatMap(([, functions]) => functions);
  const body = names.map((name) => `int ${name}(void) { return 0 * (0 + ${calls || '0'}); }`).join('\n');
  const versions = gives.filter(([version]) => version !== '');
  const script = join(scratch, 'versions.map');
  const nodes = versions.map(([version, functions], at) => {
    const parent = at === 0 ? '' : ` ${versions[at - 1]![0]}`;
    return `${version} { global: ${functions.join('; ')}; ${at === 0 ? 'local: *; ' : ''}}${parent};`;
  });
  writeFileSync(script, nodes.join('\n'));
  compile(at, `${declarations}\n${body}`, [
    '-shared',
    '-fPIC',
    ...(object.libc === true ? ['-Wl,--no-as-needed'] : ['-nodefaultlibs']),
    ...(object.soname === undefined ? [] : [`-Wl,-soname,${object.soname}`]),
    ...(versions.length === 0 ? [] : [`-Wl,--version-script=${script}`]),
    ...flags,
  ]);
}

let built: string | undefined;
function launcherFile(): string {
  if (built === undefined) {
    built = join(mkdtempSync(join(tmpdir(), 'launcher-')), 'run');
    compile(built, launcher, ['-static']);
  }
  return built;
}

function recorded(scenario: Scenario): Outcome {
  const scratch = mkdtempSync(join(tmpdir(), 'loader-'));
  const root = join(scratch, 'root');
  try {
    for (const directory of ['etc', 'lib64', 'usr/lib', 'lib/x86_64-linux-gnu', 'app']) {
      mkdirSync(join(root, directory), { recursive: true });
    }
    for (const name of ['ld-linux-x86-64.so.2', 'libc.so.6']) {
      copyFileSync(`/lib/x86_64-linux-gnu/${name}`, join(root, 'lib/x86_64-linux-gnu', name));
      chmodSync(join(root, 'lib/x86_64-linux-gnu', name), 0o755);
    }
    symlinkSync('/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2', join(root, 'lib64/ld-linux-x86-64.so.2'));
    for (const [path, file] of Object.entries(scenario.files)) {
      mkdirSync(dirname(join(root, path)), { recursive: true });
      if ('link' in file) symlinkSync(file.link, join(root, path));
      else build(root, scratch, path, file);
    }
    copyFileSync(launcherFile(), join(root, 'run'));
    chmodSync(join(root, 'run'), 0o755);
    chmodSync(scratch, 0o755);
    let cache: Pick<Outcome, 'cache' | 'ldconfig'> = {};
    if (scenario.configured !== undefined) {
      writeFileSync(join(root, 'etc/ld.so.conf'), scenario.configured.map((directory) => `${directory}\n`).join(''));
      const said = spawnSync(real.ldconfig, ['-v', '-r', root], { encoding: 'utf8' });
      const shown = execFileSync(real.ldconfig, ['-p', '-r', root], { encoding: 'utf8' });
      cache = {
        cache: [...shown.matchAll(/^\t(.*)$/gm)].map((match) => match[1]!),
        ldconfig: sorted(said.stdout + said.stderr.replace(/^.*\/etc\/ld\.so\.conf\.d.*\n/gm, '')),
      };
    }
    const exe = scenario.run ?? '/app/app';
    if (scenario.setuid === true) chmodSync(join(root, exe), 0o4755);
    // What `$ORIGIN` is read from; /proc is not mounted there.
    mkdirSync(join(root, 'proc/self'), { recursive: true });
    const link = scenario.files[exe];
    symlinkSync(link !== undefined && 'link' in link ? link.link : exe, join(root, 'proc/self/exe'));
    const env = Object.entries(scenario.env ?? {}).map(([name, value]) => `${name}=${value}`);
    const run = (extra: readonly string[]): ReturnType<typeof spawnSync> =>
      spawnSync(real.chroot, [root, '/run', ...(scenario.setuid === true ? ['-u'] : []), ...env, ...extra, '--', exe], {
        encoding: 'utf8',
      });
    const plainRun = run([]);
    const traced = scenario.setuid === true ? undefined : run(['LD_TRACE_LOADED_OBJECTS=1']);
    return {
      exitCode: plainRun.status ?? -1,
      stdout: String(plainRun.stdout),
      stderr: plain(String(plainRun.stderr)),
      trace: traced === undefined ? '' : plain(`${String(traced.stderr)}${String(traced.stdout)}`),
      traceCode: traced?.status ?? 0,
      ...cache,
    };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

if (process.env['RECORD_LOADER'] !== undefined) {
  const all = Object.fromEntries(scenarios.map((scenario) => [scenario.name, recorded(scenario)]));
  writeFileSync(goldenPath, `${JSON.stringify(all, null, 1)}\n`);
  Object.assign(golden, all);
}

describe('the loader says and does what glibc 2.36 did', () => {
  test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', (name, scenario) => {
    expect(golden[name]).toBeDefined();
    expect(modelled(scenario)).toEqual(golden[name]);
  });
});

describe.skipIf(!present)('the real loader still does what was recorded', () => {
  // All of them with RECORD_LOADER; otherwise a sample, for each takes several runs of the compiler.
  const some = scenarios
    .filter((scenario) => scenario.processor !== true || sameProcessor)
    .filter((_, index) => index % 8 === 0);
  test.each(some.map((scenario) => [scenario.name, scenario] as const))(
    '%s',
    (name, scenario) => {
      expect(recorded(scenario)).toEqual(golden[name]);
    },
    60_000,
  );
});
