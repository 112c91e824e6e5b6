// How a build under BuildKit is shown (moby/buildkit 0.22, util/progress/progressui; docker/buildx 0.24): plain lines, or
// on a terminal a block that is written over and over.
// Left out: colours, and the times of a terminal between two messages.

import { fieldsOf, numberOf, textOf, timeOf } from './protobuf.ts';
import { fromBytes } from '../../../sim/workload/bytes.ts';
import { general } from './units.ts';

interface Status {
  readonly id: string;
  readonly name: string;
  readonly current: number;
  readonly total: number;
  readonly startedMs: number | undefined;
  readonly completedMs: number | undefined;
  readonly atMs: number | undefined;
}

interface Vertex {
  readonly digest: string;
  readonly index: number;
  name: string;
  cached: boolean;
  startedMs: number | undefined;
  completedMs: number | undefined;
  error: string;
  readonly statuses: Map<string, Status>;
  readonly logs: string[];
  /** A last line that is not complete. */
  rest: string;
  /** What plain output has said of it. */
  said: { head: boolean; done: boolean; statuses: Set<string> };
}

interface Options {
  readonly mode: 'plain' | 'tty' | 'quiet';
  readonly columns: number;
  readonly write: (text: string) => Promise<void>;
}

export class BuildKitView {
  readonly #options: Options;
  readonly #vertices = new Map<string, Vertex>();
  #startMs: number | undefined;
  #nowMs = 0;
  #last: Vertex | undefined;
  #drawn = 0;

  constructor(options: Options) {
    this.#options = options;
  }

  async begin(): Promise<void> {
    if (this.#options.mode === 'plain')
      await this.#write('#0 building with "default" instance using docker driver\n\n');
  }

  /** One message of the trace: a StatusResponse in base64. */
  async take(message: string): Promise<void> {
    let plain = '';
    const touched = new Set<Vertex>();
    for (const { field, bytes } of fieldsOf(atob(message))) {
      if (field === 1) touched.add(this.#vertex(bytes));
      else if (field === 2) {
        const vertex = this.#status(bytes);
        if (vertex) touched.add(vertex);
      } else if (field === 3) {
        const { vertex, text } = this.#log(bytes);
        plain += text;
        if (vertex) touched.add(vertex);
      }
    }
    if (this.#options.mode === 'plain') {
      for (const vertex of touched) plain += this.#plain(vertex);
      await this.#write(plain);
    } else if (this.#options.mode === 'tty') await this.#draw(false);
  }

  async end(failed: boolean): Promise<void> {
    if (this.#options.mode === 'tty') await this.#draw(!failed, failed);
  }

  /** What is said of a step that failed: its last output, and where in the Dockerfile it stands. */
  failure(dockerfile: string, name: string): string {
    const failed = [...this.#vertices.values()].find(({ error }) => error !== '');
    if (!failed || this.#options.mode === 'quiet') return '';
    const logs =
      failed.logs.length === 0 ? '' : `------\n > ${failed.name}:\n${failed.logs.slice(-10).join('')}------\n`;
    return logs + excerpt(dockerfile, name, failed.name);
  }

  async #write(text: string): Promise<void> {
    if (text !== '') await this.#options.write(text);
  }

  #vertex(bytes: string): Vertex {
    const fields = fieldsOf(bytes);
    const digest = textOf(fields, 1);
    const old = this.#vertices.get(digest);
    const vertex: Vertex = old ?? {
      digest,
      index: this.#vertices.size + 1,
      name: '',
      cached: false,
      startedMs: undefined,
      completedMs: undefined,
      error: '',
      statuses: new Map(),
      logs: [],
      rest: '',
      said: { head: false, done: false, statuses: new Set() },
    };
    vertex.name = textOf(fields, 3) || vertex.name;
    vertex.cached ||= numberOf(fields, 4) !== 0;
    vertex.startedMs ??= timeOf(fields, 5);
    vertex.completedMs = timeOf(fields, 6) ?? vertex.completedMs;
    vertex.error = textOf(fields, 7) || vertex.error;
    this.#vertices.set(digest, vertex);
    this.#seen(vertex.startedMs);
    this.#seen(vertex.completedMs);
    return vertex;
  }

  #seen(ms: number | undefined): void {
    if (ms === undefined) return;
    this.#startMs = Math.min(this.#startMs ?? ms, ms);
    this.#nowMs = Math.max(this.#nowMs, ms);
  }

  #status(bytes: string): Vertex | undefined {
    const fields = fieldsOf(bytes);
    const vertex = this.#vertices.get(textOf(fields, 2));
    const status: Status = {
      id: textOf(fields, 1),
      name: textOf(fields, 3) || textOf(fields, 1),
      current: numberOf(fields, 4),
      total: numberOf(fields, 5),
      atMs: timeOf(fields, 6),
      startedMs: timeOf(fields, 7),
      completedMs: timeOf(fields, 8),
    };
    this.#seen(status.completedMs ?? status.atMs);
    vertex?.statuses.set(status.id, status);
    return vertex;
  }

  #log(bytes: string): { vertex: Vertex | undefined; text: string } {
    const fields = fieldsOf(bytes);
    const vertex = this.#vertices.get(textOf(fields, 1));
    if (!vertex) return { vertex, text: '' };
    const at = timeOf(fields, 2);
    this.#seen(at);
    const raw = fields.find(({ field }) => field === 4)?.bytes ?? '';
    const lines = (vertex.rest + fromBytes(raw)).split('\n');
    vertex.rest = lines.pop() ?? '';
    const seconds = (((at ?? this.#nowMs) - (vertex.startedMs ?? this.#nowMs)) / 1000).toFixed(3);
    let text = this.#heading(vertex);
    for (const line of lines) {
      vertex.logs.push(`${seconds} ${line}\n`);
      text += `#${String(vertex.index)} ${seconds} ${line}\n`;
    }
    return { vertex, text: lines.length === 0 ? '' : text };
  }

  // ---- Plain

  #heading(vertex: Vertex): string {
    if (this.#last === vertex && vertex.said.head) return '';
    const again = vertex.said.head;
    const gap = this.#last && !this.#last.said.done ? `\n` : '';
    this.#last = vertex;
    vertex.said.head = true;
    return `${gap}#${String(vertex.index)} ${again ? '...' : vertex.name}\n`.replace(
      /#(\d+) \.\.\.\n/,
      `#$1 ${vertex.name}\n`,
    );
  }

  #plain(vertex: Vertex): string {
    const { said } = vertex;
    if (said.done || vertex.startedMs === undefined) return '';
    let text = this.#heading(vertex);
    const number = `#${String(vertex.index)}`;
    for (const status of vertex.statuses.values()) {
      if (status.completedMs === undefined || said.statuses.has(status.id)) continue;
      said.statuses.add(status.id);
      const took = (status.completedMs - (status.startedMs ?? status.completedMs)) / 1000;
      const seconds = took >= 0.05 ? ` ${took.toFixed(1)}s` : '';
      text += `${number} ${status.name}${amountOf(status)}${seconds} done\n`;
    }
    if (vertex.completedMs === undefined) return text;
    if (vertex.rest !== '') text += `${number} ${vertex.rest}\n`;
    said.done = true;
    if (vertex.error !== '')
      return `${text}${number} ERROR: ${vertex.error}\n${this.#options.mode === 'plain' ? '' : '\n'}`;
    if (vertex.cached) return `${text}${number} CACHED\n\n`;
    return `${text}${number} DONE ${((vertex.completedMs - vertex.startedMs) / 1000).toFixed(1)}s\n\n`;
  }

  // ---- Terminal

  async #draw(finished: boolean, failed = false): Promise<void> {
    const { columns } = this.#options;
    const shown = [...this.#vertices.values()].filter(({ startedMs }) => startedMs !== undefined);
    const done = shown.filter(({ completedMs, error }) => completedMs !== undefined && error === '').length;
    const total = (this.#nowMs - (this.#startMs ?? this.#nowMs)) / 1000;
    const state = finished || failed ? ' FINISHED' : '';
    const head = `[+] Building ${total.toFixed(1)}s (${String(done)}/${String(this.#vertices.size)})${state}`;
    const lines = [align(head, 'docker:default', columns)];
    for (const vertex of shown) {
      const mark = vertex.error !== '' ? 'ERROR ' : vertex.cached ? 'CACHED ' : '';
      const end = vertex.completedMs ?? this.#nowMs;
      lines.push(this.#line(mark + vertex.name, '', (end - (vertex.startedMs ?? end)) / 1000));
      for (const status of vertex.statuses.values()) {
        const until = status.completedMs ?? this.#nowMs;
        lines.push(
          this.#line(`=> ${status.name}`, amountOf(status).trim(), (until - (status.startedMs ?? until)) / 1000),
        );
      }
      if (vertex.completedMs === undefined) {
        for (const line of vertex.logs.slice(-6))
          lines.push(` => => # ${line.replace(/^\S+ /, '').trimEnd()}`.slice(0, columns));
      }
    }
    const up = this.#drawn > 0 ? `\x1b[${String(this.#drawn)}A` : '';
    this.#drawn = lines.length;
    await this.#write(up + lines.map((line) => `\x1b[2K${line}\n`).join(''));
  }

  #line(name: string, status: string, seconds: number): string {
    const { columns } = this.#options;
    const timer = `${(seconds < 0.05 ? 0 : seconds).toFixed(1)}s`;
    let room = columns - 4 - timer.length - 3;
    if (status !== '') room -= status.length + 1;
    const left = ` => ${name.slice(0, Math.max(0, room))}${status && ` ${status}`}`;
    return align(left, timer, columns);
  }
}

const align = (left: string, right: string, width: number): string =>
  `${left.padEnd(width - right.length - 1)} ${right}`;

/** `98B`, `1.05MB / 4.19MB` */
function amountOf({ current, total }: Status): string {
  if (total > 0 && total !== current) return ` ${size(current)} / ${size(total)}`;
  return current > 0 ? ` ${size(current)}` : '';
}

function size(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let [value, at] = [bytes, 0];
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at++;
  }
  return at === 0
    ? `${String(value)}B`
    : `${general(Number(value.toFixed(2)), 12)
        .replace(/^(\d+)$/, '$1.00')
        .replace(/(\.\d)$/, '$10')}${units[at] ?? ''}`;
}

/** The lines of the Dockerfile around the step that failed. */
function excerpt(text: string, file: string, step: string): string {
  const words = step.replace(/^\[[^\]]*\] /, '').replace(/\s+/g, ' ');
  const lines = text.split('\n');
  const at = lines.findIndex((line) => {
    const shown = line
      .trim()
      .replace(/\s+/g, ' ')
      .replace(/^\S+/, (word) => word.toUpperCase());
    return shown !== '' && (words === shown || (shown.endsWith('\\') && words.startsWith(shown.slice(0, -1).trim())));
  });
  if (at < 0) return '';
  let end = at;
  while ((lines[end] ?? '').trimEnd().endsWith('\\')) end++;
  const from = Math.max(0, at - 2);
  const last = Math.min(lines.length - 1, end + 2);
  const rows = lines
    .slice(from, last + 1)
    .map((line, n) => {
      const marked = from + n >= at && from + n <= end;
      return `${String(from + n + 1).padStart(4)} | ${marked ? '>>>' : '   '} ${line}\n`;
    })
    .join('');
  return `${file}:${String(at + 1)}\n--------------------\n${rows}--------------------\n`;
}
