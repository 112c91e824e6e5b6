// The log of a container, as the driver json-file keeps it: a line an entry, with its time and stream. Models moby 28
// daemon/logger/jsonfilelog. Departures: the file is not on the machine's disk; 10,000 lines are kept, where the real
// driver keeps all unless `max-size` says otherwise.
import type { Dockerd } from './dockerd.ts';
import type { LogEntry, Target } from './state.ts';

const MOST_LINES = 10_000;

/** Output of a task: to whoever is attached, and of the container's own process to its log. */
export function output(engine: Dockerd, target: Target, stream: 'stdout' | 'stderr', given: string): void {
  if (given === '') return;
  const container = engine.state.containers.get(target.container);
  if (!container) return;
  const exec = target.exec === undefined ? undefined : engine.state.execs.get(target.exec);
  const tty = exec ? exec.tty : container.config.Tty;
  // On a terminal both streams are one, and a line ends with a return.
  const text = tty ? given.replaceAll(/\r?\n/g, '\r\n') : given;
  const to = tty ? 'stdout' : stream;
  if (exec) {
    if (exec.probe)
      engine.putExec({ ...exec, probe: { ...exec.probe, output: (exec.probe.output + text).slice(0, 4096) } });
  } else append(engine, container.id, to, text);
  engine.notify({ kind: 'output', target, stream: to, text });
}

function append(engine: Dockerd, id: string, stream: 'stdout' | 'stderr', text: string): void {
  const before = engine.state.logs.get(id) ?? [];
  const kept = before.length >= MOST_LINES ? before.slice(MOST_LINES / 2) : before.slice();
  for (const piece of text.split(/(?<=\n)/)) {
    const open = kept.findLastIndex((entry) => entry.stream === stream);
    const last = kept[open];
    // What was written without an end of line goes on.
    if (last && open === kept.length - 1 && !last.text.endsWith('\n'))
      kept[open] = { ...last, text: last.text + piece };
    else kept.push({ at: engine.sim.now, stream, text: piece });
    const entry = kept.at(-1) as LogEntry;
    if (entry.text.endsWith('\n')) engine.notify({ kind: 'log', container: id, entry });
  }
  engine.state.logs.set(id, kept);
}

/** The container has stopped: the last line is one although nothing ends it. */
export function flush(engine: Dockerd, id: string): void {
  const entry = engine.state.logs.get(id)?.at(-1);
  if (entry && !entry.text.endsWith('\n')) engine.notify({ kind: 'log', container: id, entry });
}

export interface LogQuery {
  readonly stdout: boolean;
  readonly stderr: boolean;
  /** Lines from the end; Infinity for all. */
  readonly tail: number;
  /** Unix milliseconds. */
  readonly since: number;
  readonly until: number;
  readonly timestamps: boolean;
}

export function readLog(engine: Dockerd, id: string, query: LogQuery): readonly LogEntry[] {
  const found = (engine.state.logs.get(id) ?? []).filter((entry) => wanted(engine, entry, query));
  return query.tail === Infinity ? found : query.tail <= 0 ? [] : found.slice(-query.tail);
}

export function wanted(engine: Dockerd, { at, stream }: LogEntry, query: LogQuery): boolean {
  const ms = engine.sim.epochMs + at;
  return query[stream] && ms >= query.since && ms <= query.until;
}

/** `2026-10-24T09:00:00.123000000Z`. */
export function stamp(unixMs: number): string {
  return new Date(unixMs).toISOString().replace('Z', '000000Z');
}
