// apt's choices against the real apt: repositories and machines are generated from seeds; what apt-get -s said was recorded,
// and is asked anew where it is there.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { controlOf, parseParagraphs } from './control.ts';
import { generateCase, type SolverCase } from './solver/generated.ts';
import { unmetDependencies } from './solver/explain.ts';
import { draw } from './solver/request.ts';
import { Universe, type Source } from './solver/universe.ts';

/** Inst and Remv lines, sorted, and what was said of failure. */
interface Answer {
  readonly actions: readonly string[];
  readonly failure: string;
}

const goldenPath = new URL('../../../../tests/data/apt/solver.json', import.meta.url).pathname;
const golden = existsSync(goldenPath) ? (JSON.parse(readFileSync(goldenPath, 'utf8')) as Record<string, Answer>) : {};
const count = 320;
const seeds = Array.from({ length: count }, (_, index) => index + 1);

const source: Source = { uri: 'file:/r', suite: 'stable', codename: 'stable', component: '', origin: '', label: '' };

function modelled(generated: SolverCase): Answer {
  const controls = parseParagraphs(generated.packages).map(controlOf);
  const installed = parseParagraphs(generated.status).map((fields) => ({
    control: controlOf(fields),
    held: (fields.get('Status') ?? '').startsWith('hold'),
    configFilesOnly: (fields.get('Status') ?? '').endsWith('config-files'),
  }));
  const universe = new Universe([{ source, controls }], installed);
  const [action = '', ...names] = generated.command;
  const planned = draw(
    universe,
    { pins: [] },
    (name) => generated.auto.includes(name),
    {
      action: action === 'dist-upgrade' ? 'full-upgrade' : (action as 'install'),
      names: names.filter((name) => !name.startsWith('-')),
    },
    { recommends: !names.includes('--no-install-recommends') },
  );
  const { plan } = planned;
  if (planned.outcome !== 'solved') {
    const lists = planned.outcome === 'errors' ? '' : unmetDependencies(plan);
    const last = {
      held: 'E: Unable to correct problems, you have held broken packages.',
      breaks: 'E: Error, pkgProblemResolver::Resolve generated breaks, this may be caused by held packages.',
      looping: 'E: looping',
      unmet: "E: Unmet dependencies. Try 'apt --fix-broken install' with no packages (or specify a solution).",
      errors: planned.errors.join('\n'),
    }[planned.outcome];
    return { actions: [], failure: `${lists}${last}` };
  }
  const actions: string[] = [];
  for (const owner of universe.packages) {
    const mark = plan.mark(owner);
    if (mark.mode === 'install' && mark.install !== undefined)
      actions.push(`Inst ${owner.name} ${mark.install.control.version}`);
    if (mark.mode === 'delete') actions.push(`Remv ${owner.name}`);
  }
  return { actions: actions.sort(), failure: '' };
}

const present =
  (spawnSync('apt-get', ['--version'], { encoding: 'utf8' }).stdout as string | null)?.startsWith('apt 2.6') === true &&
  process.getuid?.() === 0;

function recorded(generated: SolverCase): Answer {
  const root = mkdtempSync(join(tmpdir(), 'apt-'));
  try {
    for (const directory of ['etc/apt', 'state/lists/partial', 'cache/archives/partial', 'repo', 'log']) {
      mkdirSync(join(root, directory), { recursive: true });
    }
    writeFileSync(join(root, 'repo/Packages'), generated.packages);
    writeFileSync(join(root, 'etc/apt/sources.list'), `deb [trusted=yes] file:${root}/repo ./\n`);
    writeFileSync(join(root, 'status'), generated.status);
    const extended = generated.auto
      .map((name) => `Package: ${name}\nArchitecture: amd64\nAuto-Installed: 1\n`)
      .join('\n');
    writeFileSync(join(root, 'state/extended_states'), extended);
    const config = join(root, 'apt.conf');
    writeFileSync(
      config,
      `Dir "${root}"; Dir::Etc "${root}/etc/apt"; Dir::State "${root}/state"; Dir::State::status "${root}/status";
Dir::Cache "${root}/cache"; Dir::Log "${root}/log"; APT::Architecture "amd64"; APT::Architectures { "amd64"; };
APT::Sandbox::User "root"; Acquire::Languages "none"; Dir::Etc::parts "${root}/none";\n`,
    );
    const env = { ...process.env, APT_CONFIG: config, LC_ALL: 'C' };
    execFileSync('apt-get', ['-q', 'update'], { env, stdio: 'pipe' });
    const run = spawnSync('apt-get', ['-s', ...generated.command], { env, encoding: 'utf8' });
    const actions = [...run.stdout.matchAll(/^(Inst|Remv|Purg) (\S+)(?: \[[^\]]*\])?(?: \((\S+))?/gm)].map(
      ([, verb, name, version]) => (verb === 'Inst' ? `Inst ${name ?? ''} ${version ?? ''}` : `Remv ${name ?? ''}`),
    );
    if (run.status === 0) return { actions: actions.sort(), failure: '' };
    const unmet = /^The following packages have unmet dependencies:\n(?: .*\n)*/m.exec(run.stdout)?.[0] ?? '';
    return {
      actions: [],
      failure: `${unmet}${run.stderr
        .split('\n')
        .filter((line) => line.startsWith('E: '))
        .join('\n')}`,
    };
  } finally {
    rmSync(root, { recursive: true });
  }
}

if (process.env['RECORD_APT'] !== undefined) {
  const all = Object.fromEntries(seeds.map((seed) => [seed, recorded(generateCase(seed))]));
  writeFileSync(goldenPath, `${JSON.stringify(all, null, 0).replaceAll('},"', '},\n"')}\n`);
  Object.assign(golden, all);
}

describe('apt 2.6.1 decides the same', () => {
  test('on at least 97 of 100 generated repositories', () => {
    const different = seeds.filter(
      (seed) => JSON.stringify(modelled(generateCase(seed))) !== JSON.stringify(golden[seed]),
    );
    if (process.env['SHOW_APT'] !== undefined) {
      for (const seed of different.slice(0, Number(process.env['SHOW_APT']))) {
        const generated = generateCase(seed);
        console.log(
          seed,
          generated.command.join(' '),
          JSON.stringify({ real: golden[seed], model: modelled(generated) }, null, 1),
        );
      }
      console.log('different:', different.length, different.join(' '));
    }
    expect(Object.keys(golden)).toHaveLength(count);
    expect(1 - different.length / count).toBeGreaterThanOrEqual(0.97);
  });
});

describe.skipIf(!present)('the real apt still decides as recorded', () => {
  test.each(seeds.filter((seed) => seed % 40 === 0))(
    'seed %d',
    (seed) => {
      expect(recorded(generateCase(seed))).toEqual(golden[seed]);
    },
    60_000,
  );
});
