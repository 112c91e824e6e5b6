// Before the first step: which stages a build needs, and in what order its steps come.
import { DaemonError } from '../images/errors.ts';
import type { BuildRequest, Item } from './job.ts';
import type { Dockerfile, Stage } from './instructions.ts';

/** All stages up to the target (classic), or only those that it needs (BuildKit). Throws for a target that is none. */
export function plan(file: Dockerfile, request: BuildRequest): readonly Item[] {
  const { style, target = '' } = request;
  if (file.stages.length === 0)
    throw new DaemonError(
      400,
      style === 'classic'
        ? 'No image was generated. Is your Dockerfile empty?'
        : 'dockerfile contains no stages to build',
    );
  const last = target === '' ? file.stages.length - 1 : stageIndex(file.stages, target);
  if (last < 0) throw new DaemonError(400, `target stage "${target}" could not be found`);
  const wanted = style === 'classic' ? file.stages.map((_, i) => i).slice(0, last + 1) : needed(file.stages, last);
  const items: Item[] = [{ kind: 'open' }, ...file.globals.map((_, index): Item => ({ kind: 'global', index }))];
  for (const stage of wanted) {
    const { instructions } = file.stages[stage] as Stage;
    items.push({ kind: 'from', stage });
    items.push(...instructions.map((instruction): Item => ({ kind: 'step', instruction, silent: false })));
    if (stage === last && request.labels && Object.keys(request.labels).length > 0) items.push(labels(request.labels));
    items.push({ kind: 'close', stage });
  }
  items.push({ kind: 'export' });
  return items;
}

function labels(given: Readonly<Record<string, string>>): Item {
  const pairs = Object.entries(given)
    .map(([key, value]) => ({ key, value }))
    .sort((a, b) => (a.key < b.key ? -1 : 1));
  const source = `LABEL ${pairs.map(({ key, value }) => `${key}=${value}`).join(' ')}`;
  return { kind: 'step', instruction: { kind: 'label', pairs, source, line: 0 }, silent: false };
}

/** A stage by its name or number; -1: none. */
export function stageIndex(stages: readonly Stage[], name: string): number {
  const byName = stages.findIndex((stage) => stage.name !== '' && stage.name === name.toLowerCase());
  if (byName >= 0) return byName;
  return /^\d+$/.test(name) && Number(name) < stages.length ? Number(name) : -1;
}

function needed(stages: readonly Stage[], last: number): readonly number[] {
  const found = new Set<number>();
  const visit = (index: number): void => {
    if (found.has(index)) return;
    found.add(index);
    const stage = stages[index] as Stage;
    const before = stages.slice(0, index);
    const names = stage.instructions.flatMap((one) =>
      one.kind === 'copy' && one.from !== undefined ? [one.from] : [],
    );
    for (const name of names) {
      const used = stageIndex(before, name);
      if (used >= 0) visit(used);
    }
    const base = before.findIndex(({ name }) => name !== '' && name === stage.base.toLowerCase());
    if (base >= 0) visit(base);
  };
  visit(last);
  return [...found].sort((a, b) => a - b);
}
