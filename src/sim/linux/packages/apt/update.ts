// apt update: brings the lists of all sources up to what their repositories hold now.
// Source: apt 2.6.1. Departures: lists are not compressed and not signed; nothing goes over a simulated network.
import type { Sys } from '../../contract.ts';
import { packagesFile, published, type PackageVersion, type Repository } from '../archive.ts';
import { compareVersions } from '../version.ts';
import {
  listsDirectory,
  packagesPath,
  readState,
  releasePath,
  releaseText,
  sourceLines,
  type SourceLine,
} from './state.ts';
import { progress, size } from './text.ts';

/** What the index of a repository names: a superseded version only as long as nothing later is there. */
export function indexed(repository: Repository, unixMs: number): readonly PackageVersion[] {
  const there = published(repository, unixMs);
  return there.filter(
    (version) =>
      version.superseded !== true ||
      !there.some(
        (other) =>
          other.control.name === version.control.name &&
          compareVersions(other.control.version, version.control.version) > 0,
      ),
  );
}

export function findRepository(repositories: readonly Repository[], line: SourceLine): Repository | undefined {
  return repositories.find(
    ({ source }) =>
      source.uri === line.uri &&
      (source.suite === line.suite || source.codename === line.suite) &&
      source.component === line.component,
  );
}

export function update(sys: Sys, repositories: readonly Repository[], tool: 'apt' | 'apt-get'): number {
  if (sys.task.uid !== 0) {
    progress(sys, 'Reading package lists');
    sys.err(
      `E: Could not open lock file ${listsDirectory}/lock - open (13: Permission denied)\nE: Unable to lock directory ${listsDirectory}/\n`,
    );
    return 100;
  }
  sys.files.mkdirs(`${listsDirectory}/partial`);
  let number = 1;
  let fetched = 0;
  const warnings: string[] = [];
  const seen = new Set<string>();
  for (const line of sourceLines(sys.files)) {
    const release = releasePath(line);
    const repository = findRepository(repositories, line);
    const shown = `${line.uri} ${line.suite}`;
    const first = !seen.has(release);
    seen.add(release);
    if (repository === undefined) {
      const host = /^[a-z]+:\/\/([^/]*)/.exec(line.uri)?.[1] ?? line.uri;
      const known = repositories.some(({ source }) => source.uri === line.uri);
      const reason = known ? '404  Not Found' : `Could not resolve '${host}'`;
      if (!first) continue;
      sys.out(`${known ? 'Ign' : 'Err'}:${number++} ${shown} InRelease\n${known ? '' : `  ${reason}\n`}`);
      if (known) {
        sys.err(`E: The repository '${shown} Release' does not have a Release file.\n`);
        return 100;
      }
      warnings.push(`W: Failed to fetch ${line.uri}/dists/${line.suite}/InRelease  ${reason}\n`);
      continue;
    }
    const text = packagesFile(indexed(repository, sys.unixMs));
    const path = packagesPath(line);
    const same = sys.files.exists(path) && sys.files.readText(path) === text && sys.files.exists(release);
    if (same) {
      if (first) sys.out(`Hit:${number++} ${shown} InRelease\n`);
      continue;
    }
    const head = releaseText(repository.source);
    if (first) {
      sys.out(`Get:${number++} ${shown} InRelease [${size(head.length + 3600)}B]\n`);
      fetched += head.length + 3600;
    }
    const packed = Math.round(text.length / 3.4);
    sys.out(`Get:${number++} ${line.uri} ${line.suite}/${line.component} amd64 Packages [${size(packed)}B]\n`);
    fetched += packed;
    sys.files.write(release, head);
    sys.files.write(path, text);
  }
  const ms = 200 + Math.round(fetched / 1250);
  sys.takes(ms);
  if (fetched > 0) {
    sys.out(
      `Fetched ${size(fetched)}B in ${Math.max(1, Math.round(ms / 1000))}s (${size((fetched / ms) * 1000)}B/s)\n`,
    );
  }
  progress(sys, 'Reading package lists');
  if (tool === 'apt') {
    progress(sys, 'Building dependency tree');
    progress(sys, 'Reading state information');
    const state = readState(sys);
    const count = state.universe.packages.filter((owner) => {
      const candidate = state.candidate(owner);
      return (
        owner.current !== undefined &&
        candidate !== undefined &&
        compareVersions(candidate.control.version, owner.current.control.version) > 0
      );
    }).length;
    if (count === 0) sys.out('All packages are up to date.\n');
    else if (count === 1) sys.out("1 package can be upgraded. Run 'apt list --upgradable' to see it.\n");
    else sys.out(`${count} packages can be upgraded. Run 'apt list --upgradable' to see them.\n`);
  }
  if (warnings.length > 0) {
    sys.err(
      `${warnings.join('')}W: Some index files failed to download. They have been ignored, or old ones used instead.\n`,
    );
  }
  return 0;
}
