// apt install, remove, purge, upgrade, full-upgrade and autoremove: the plan is shown, confirmed, fetched and given to dpkg.
// Source: apt 2.6.1.
import type { Sys } from '../../contract.ts';
import { debBytes, debContent, fileName, published, type PackageVersion, type Repository } from '../archive.ts';
import { isMeant } from '../control.ts';
import { configureAll } from '../dpkg.ts';
import { noForces, Operations } from '../operations.ts';
import { unmetDependencies } from '../solver/explain.ts';
import { draw, type Action, type Planned } from '../solver/request.ts';
import type { Package, Version } from '../solver/universe.ts';
import { changedHeld, changesOf, nameOf, ordered, showPlan, simulate, target, type Changes } from './show.ts';
import { progress, size, sourceName } from './text.ts';
import { readState, writeAuto, type AptState } from './state.ts';

export interface InstallOptions {
  readonly yes: boolean;
  readonly no: boolean;
  readonly simulate: boolean;
  readonly downloadOnly: boolean;
  readonly recommends: boolean;
  readonly suggests: boolean;
  readonly allowDowngrades: boolean;
  readonly allowHeld: boolean;
  readonly allowEssential: boolean;
  readonly reinstall: boolean;
  readonly onlyUpgrade: boolean;
  readonly noUpgrade: boolean;
  readonly purge: boolean;
  readonly autoremove: boolean;
  readonly targetRelease: string | undefined;
  readonly confnew: boolean;
}

const archives = '/var/cache/apt/archives';
const byName = (a: Package, b: Package): number => (a.name < b.name ? -1 : 1);

export function install(
  sys: Sys,
  repositories: readonly Repository[],
  tool: 'apt' | 'apt-get',
  action: Action,
  names: readonly string[],
  options: InstallOptions,
): number {
  const isRoot = sys.task.uid === 0;
  if (!isRoot && !options.simulate) {
    sys.err(
      'E: Could not open lock file /var/lib/dpkg/lock-frontend - open (13: Permission denied)\n' +
        'E: Unable to acquire the dpkg frontend lock (/var/lib/dpkg/lock-frontend), are you root?\n',
    );
    return 100;
  }
  if (options.simulate && !isRoot) {
    sys.out(
      `NOTE: This is only a simulation!\n      ${tool} needs root privileges for real execution.\n` +
        "      Keep also in mind that locking is deactivated,\n      so don't depend on the relevance to the real current situation!\n",
    );
  }
  const state = readState(sys, options.targetRelease);
  progress(sys, 'Reading package lists');
  progress(sys, 'Building dependency tree');
  progress(sys, 'Reading state information');
  const planned = draw(
    state.universe,
    state.policy,
    (name) => state.auto.has(name),
    {
      action,
      names,
      purge: options.purge,
      autoremove: options.autoremove,
      reinstall: options.reinstall,
      onlyUpgrade: options.onlyUpgrade,
      noUpgrade: options.noUpgrade,
      withNew: tool === 'apt',
    },
    { recommends: options.recommends, suggests: options.suggests, ignoreHold: options.allowHeld },
  );
  if (action === 'upgrade' || action === 'full-upgrade') progress(sys, 'Calculating upgrade');
  if (action === 'fix' && (planned.wasBroken || planned.outcome !== 'solved')) {
    sys.out(`Correcting dependencies...${planned.outcome !== 'solved' ? ' failed.' : sys.tty ? ' Done' : ''}\n`);
  }
  for (const note of planned.notes) sys.out(`${note}\n`);
  const failure = explainFailure(sys, planned, action);
  if (failure !== undefined) return failure;
  return carryOut(sys, repositories, tool, state, planned, action, options);
}

function explainFailure(sys: Sys, planned: Planned, action: Action): number | undefined {
  if (planned.outcome === 'solved') return undefined;
  if (planned.outcome === 'errors') {
    sys.err(`${planned.errors.join('\n')}\n`);
    return 100;
  }
  if (planned.outcome === 'unmet') {
    sys.out(`You might want to run 'apt --fix-broken install' to correct these.\n${unmetDependencies(planned.plan)}`);
    sys.err("E: Unmet dependencies. Try 'apt --fix-broken install' with no packages (or specify a solution).\n");
    return 100;
  }
  if (action === 'install' || action === 'remove') {
    sys.out(
      'Some packages could not be installed. This may mean that you have\nrequested an impossible situation or if you are using the unstable\n' +
        'distribution that some required packages have not yet been created\nor been moved out of Incoming.\n' +
        'The following information may help to resolve the situation:\n\n',
    );
  }
  sys.out(unmetDependencies(planned.plan));
  sys.err(
    planned.outcome === 'held'
      ? 'E: Unable to correct problems, you have held broken packages.\n'
      : 'E: Error, pkgProblemResolver::Resolve generated breaks, this may be caused by held packages.\n',
  );
  return 100;
}

function carryOut(
  sys: Sys,
  repositories: readonly Repository[],
  tool: 'apt' | 'apt-get',
  state: AptState,
  planned: Planned,
  action: Action,
  options: InstallOptions,
): number {
  const changes = changesOf(planned);
  const { plan } = planned;
  const upgrading = action === 'upgrade' || action === 'full-upgrade';
  showPlan(sys, planned, changes, upgrading, action);
  const installs = [...changes.fresh, ...changes.upgraded, ...changes.downgraded, ...changes.reinstalled];
  const saveMarks = (): void => {
    const auto = new Set(state.auto);
    for (const owner of plan.universe.packages) {
      const mark = plan.mark(owner);
      if (mark.mode === 'delete') auto.delete(owner.name);
      else if (owner.current !== undefined || mark.mode === 'install') {
        if (mark.auto) auto.add(owner.name);
        else auto.delete(owner.name);
      }
    }
    writeAuto(sys.files, auto);
  };
  const pending = [...state.database.entries.values()].filter((entry) => entry.state === 'unpacked');
  if (installs.length + changes.removed.length + pending.length === 0) {
    if (planned.autoMarksChanged > 0 && !options.simulate) saveMarks();
    return 0;
  }
  const essentials = changes.removed.filter((owner) => owner.essential);
  if (options.simulate) {
    simulate(sys, planned, changes);
    return 0;
  }
  const held = changedHeld(changes);
  if (options.yes || essentials.length > 0) {
    const refusals = [
      ...(essentials.length > 0 && options.yes && !options.allowEssential
        ? ['Essential packages were removed and -y was used without --allow-remove-essential.']
        : []),
      ...(changes.downgraded.length > 0 && options.yes && !options.allowDowngrades
        ? ['Packages were downgraded and -y was used without --allow-downgrades.']
        : []),
      ...(held.length > 0 && options.yes && !options.allowHeld
        ? ['Held packages were changed and -y was used without --allow-change-held-packages.']
        : []),
    ];
    const [refusal] = refusals;
    if (refusal !== undefined) {
      sys.err(`E: ${refusal}\n`);
      return 100;
    }
  }
  const files = installs.map((owner) => ({
    owner,
    version: target(planned, owner) ?? owner.current,
    ...found(owner, planned, repositories),
  }));
  const missing = files.filter(({ version }) => version !== undefined && !isCached(sys, version));
  const bytes = (list: readonly { readonly version: Version | undefined }[]): number =>
    list.reduce((sum, { version }) => sum + (version === undefined ? 0 : debBytes(version.control)), 0);
  if (bytes(missing) !== bytes(files))
    sys.out(`Need to get ${size(bytes(missing))}B/${size(bytes(files))}B of archives.\n`);
  else if (bytes(files) > 0) sys.out(`Need to get ${size(bytes(files))}B of archives.\n`);
  const growth = growthOf(planned, changes);
  const usage = growth >= 0 ? 'of additional disk space will be used' : 'disk space will be freed';
  sys.out(`After this operation, ${size(growth)}B ${usage}.\n`);
  const onlyAsked = action === 'install' && installs.length === planned.asked.size && changes.removed.length === 0;
  if (!confirm(sys, options, onlyAsked && !upgrading, essentials.length > 0)) {
    sys.out('Abort.\n');
    return 1;
  }
  if (!fetchAll(sys, missing, repositories)) return 100;
  if (options.downloadOnly) {
    sys.out('Download complete and in download only mode\n');
    return 0;
  }
  saveMarks();
  const code = runDpkg(sys, planned, changes, files, options);
  if (tool === 'apt') for (const { version } of files) dropCached(sys, version);
  if (code === 0) return 0;
  sys.err('E: Sub-process /usr/bin/dpkg returned an error code (1)\n');
  return 100;
}

function growthOf(planned: Planned, changes: Changes): number {
  const kb = (version: Version | undefined): number => version?.control.installedKb ?? 0;
  let result = 0;
  for (const owner of [...changes.fresh, ...changes.upgraded, ...changes.downgraded])
    result += kb(target(planned, owner)) - kb(owner.current);
  for (const owner of changes.removed) result -= kb(owner.current);
  return result * 1024;
}

function confirm(sys: Sys, options: InstallOptions, asked: boolean, essential: boolean): boolean {
  if (essential && !options.allowEssential) {
    sys.out(
      "You are about to do something potentially harmful.\nTo continue type in the phrase 'Yes, do as I say!'\n ?] ",
    );
    return sys.readLine() === 'Yes, do as I say!';
  }
  if (asked || options.yes) return true;
  sys.out('Do you want to continue? [Y/n] ');
  if (options.no) {
    sys.out('N\n');
    return false;
  }
  const answer = sys.readLine();
  if (answer === undefined) return false;
  return answer === '' || /^y(es)?$/i.test(answer.trim());
}

const cachedPath = (version: Version): string => `${archives}/${fileName(version.control)}`;
const isCached = (sys: Sys, version: Version): boolean => sys.files.exists(cachedPath(version));

function dropCached(sys: Sys, version: Version | undefined): void {
  if (version !== undefined && isCached(sys, version)) sys.files.unlink(cachedPath(version));
}

function found(
  owner: Package,
  planned: Planned,
  repositories: readonly Repository[],
): { readonly data: PackageVersion | undefined } {
  const version = target(planned, owner) ?? owner.current;
  const data = repositories
    .flatMap((repository) => repository.versions)
    .find(({ control }) => control.name === owner.name && control.version === version?.control.version);
  return { data };
}

/** Whether the repository still has the file. */
function inPool(repositories: readonly Repository[], version: Version, unixMs: number): boolean {
  return version.sources.some((source) =>
    repositories.some(
      (repository) =>
        repository.source.uri === source.uri &&
        published(repository, unixMs).some(
          ({ control }) => control.name === version.package.name && control.version === version.control.version,
        ),
    ),
  );
}

function fetchAll(
  sys: Sys,
  missing: readonly { readonly version: Version | undefined }[],
  repositories: readonly Repository[],
): boolean {
  let bytes = 0;
  const errors: string[] = [];
  sys.files.mkdirs(archives);
  for (const [index, { version }] of missing.entries()) {
    const source = version?.sources[0];
    if (version === undefined || source === undefined) continue;
    const { control } = version;
    const what = `${sourceName(source)} ${control.name} ${control.architecture} ${control.version}`;
    if (!inPool(repositories, version, sys.unixMs)) {
      sys.out(`Err:${index + 1} ${what}\n  404  Not Found\n`);
      const pool = `${source.uri}/pool/main/${control.name.charAt(0)}/${control.source?.split(' ')[0] ?? control.name}/${fileName(control)}`;
      errors.push(`E: Failed to fetch ${pool}  404  Not Found`);
      continue;
    }
    bytes += debBytes(control);
    sys.out(`Get:${index + 1} ${what} [${size(debBytes(control))}B]\n`);
    sys.files.write(cachedPath(version), debContent(control));
  }
  if (bytes > 0) {
    const ms = 100 + Math.round(bytes / 12_500);
    sys.takes(ms);
    sys.out(`Fetched ${size(bytes)}B in ${Math.floor(ms / 1000)}s (${size((bytes / ms) * 1000)}B/s)\n`);
  }
  if (errors.length === 0) return true;
  sys.err(
    `${errors.join('\n')}\nE: Unable to fetch some archives, maybe run apt-get update or try with --fix-missing?\n`,
  );
  return false;
}

function runDpkg(
  sys: Sys,
  planned: Planned,
  changes: Changes,
  files: readonly { readonly owner: Package; readonly data: PackageVersion | undefined }[],
  options: InstallOptions,
): number {
  // Its two streams come through one terminal of apt's.
  const io = { out: sys.out.bind(sys), err: sys.out.bind(sys), takes: sys.takes.bind(sys) };
  const operations = new Operations(sys.files, io, { ...noForces, confnew: options.confnew }, 'unpack');
  // What goes, with those that depend on it before it.
  const going = [...changes.removed].sort(byName);
  const remaining = new Set(going.map(nameOf));
  while (remaining.size > 0) {
    const next =
      [...remaining].find((name) => {
        const own = planned.plan.universe.find(name)?.current;
        if (own === undefined) return true;
        return ![...remaining].some((other) => {
          const version = planned.plan.universe.find(other)?.current;
          return other !== name && (version?.control.depends ?? []).flat().some((atom) => isMeant(atom, own.control));
        });
      }) ?? [...remaining][0];
    if (next === undefined) break;
    remaining.delete(next);
    const owner = planned.plan.universe.find(next);
    operations.remove(next, owner !== undefined && planned.plan.mark(owner).purge, true);
  }
  operations.again();
  const order = ordered(
    files.map(({ owner }) => owner),
    planned,
  );
  for (const owner of order) {
    const data = files.find((file) => file.owner === owner)?.data;
    if (data === undefined) {
      sys.out(`dpkg: error: cannot access archive '${archives}/${owner.name}.deb': No such file or directory\n`);
      operations.failed.push(owner.name);
      continue;
    }
    const others = new Set(order.filter((other) => other !== owner).map(nameOf));
    operations.unpack(data, `.../${fileName(data.control)}`, others);
  }
  const pending = [...operations.database.entries.values()]
    .filter(({ state }) => state === 'unpacked')
    .map(({ control }) => control.name);
  configureAll(operations, pending);
  return operations.finish();
}
