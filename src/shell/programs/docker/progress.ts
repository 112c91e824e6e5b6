// The lines of JSON that tell how a pull, a push or a build is getting on (moby, pkg/jsonmessage): status lines, and on
// a terminal one line per layer that is written over and over.

import type { DockerAnswer } from '../../program.ts';
import { DockerError } from './errors.ts';
import { isObject, type Json, type JsonObject, numberAt, parseObject, textAt } from './json.ts';
import { humanSize } from './units.ts';

export interface ProgressTo {
  readonly write: (text: string) => Promise<void>;
  readonly isTTY: boolean;
  readonly columns: number;
  /** What is no progress but a result. */
  readonly aux?: (aux: Json, id: string) => void | Promise<void>;
}

export async function showProgress(answer: DockerAnswer, to: ProgressTo): Promise<void> {
  const lines = new Map<string, number>();
  for await (const line of answer.lines()) {
    const message = parseObject(line.trim());
    if (!message) continue;
    if (message['aux'] !== undefined && message['aux'] !== null) {
      await to.aux?.(message['aux'], textAt(message, 'id'));
      continue;
    }
    const id = textAt(message, 'id');
    const progress = isObject(message['progressDetail']) ? message['progressDetail'] : undefined;
    let text = '';
    let below = 0;
    if (id !== '' && (progress || textAt(message, 'progress') !== '')) {
      let at = lines.get(id);
      if (at === undefined) {
        at = lines.size;
        lines.set(id, at);
        if (to.isTTY) text += '\n';
      }
      below = lines.size - at;
      if (to.isTTY) text += cursor(below, 'A');
    } else lines.clear();
    const error = isObject(message['errorDetail']) || typeof message['error'] === 'string';
    if (!error) text += lineOf(message, progress, to);
    if (id !== '' && to.isTTY) text += cursor(below, 'B');
    if (text !== '') await to.write(text);
    if (error) {
      const detail = textAt(message, 'errorDetail', 'message') || textAt(message, 'error');
      throw new DockerError(
        numberAt(message, 'errorDetail', 'code') === 401 ? 'authentication is required' : detail,
        numberAt(message, 'errorDetail', 'code') || 1,
      );
    }
  }
}

const cursor = (lines: number, way: 'A' | 'B'): string => (lines > 0 ? `\x1b[${String(lines)}${way}` : '');

function lineOf(message: JsonObject, progress: JsonObject | undefined, { isTTY, columns }: ProgressTo): string {
  const bar = progress ? barOf(progress, columns) : '';
  const stream = textAt(message, 'stream');
  const [id, from, status] = [textAt(message, 'id'), textAt(message, 'from'), textAt(message, 'status')];
  const over = isTTY && stream === '' && progress;
  if (!over && bar !== '') return '';
  const end = over ? '\r' : '';
  const head = (over ? '\x1b[2K\r' : '') + (id && `${id}: `) + (from && `(from ${from}) `);
  if (progress && isTTY) return `${head}${status} ${bar}${end}`;
  const old = textAt(message, 'progress');
  if (old !== '') return `${head}${status} ${old}${end}`;
  return stream === '' ? `${head}${status}${end}\n` : `${head}${stream}${end}`;
}

const BAR = 50;
const WIDE = 110;

/** `[=====>     ]  1.049MB/4.194MB`; the bar only where there is room. */
function barOf(progress: JsonObject, columns: number): string {
  const [current, total] = [numberAt(progress, 'current'), numberAt(progress, 'total')];
  const units = textAt(progress, 'units');
  if (current <= 0 && total <= 0) return '';
  const amount = humanSize(current).padStart(8);
  if (total <= 0) return units === '' ? amount : `${String(current)} ${units}`;
  const half = Math.min(BAR, Math.trunc(Math.trunc((current / total) * 100) / 2));
  const box = columns > WIDE ? `[${'='.repeat(half)}>${' '.repeat(BAR - half)}] ` : '';
  if (progress['hidecounts'] === true) return box;
  if (units !== '') return `${box}${String(current)}/${String(total)} ${units}`;
  return box + (current > total ? amount : `${amount}/${humanSize(total)}`);
}
