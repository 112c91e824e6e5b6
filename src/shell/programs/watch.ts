// watch: runs a command again and again and shows its first screenful. Left out: -d (accepted, marks nothing), -g, -c.

import { formatDate } from './time.ts';
import { TextOut } from '../streams.ts';
import { ProgramError } from '../program.ts';
import { parseOptions } from './options.ts';
import type { Proc } from '../program.ts';

export async function watch(proc: Proc): Promise<void> {
  const options = parseOptions(proc, {
    flags: 'dtxe',
    values: 'n',
    long: { interval: 'n', differences: 'd', 'no-title': 't', exec: 'x', errexit: 'e' },
    stopAtOperand: true,
  });
  const { operands } = options;
  if (operands.length === 0) throw new ProgramError('usage: watch [options] command');
  const seconds = Math.max(0.1, Number(options.value('n') ?? 2));
  if (Number.isNaN(seconds)) throw new ProgramError(`failed to parse argument: '${options.value('n') ?? ''}'`);
  const command = operands.join(' ');
  for (;;) {
    const screen = new TextOut(false);
    // As the real one, through `sh -c`, so quotes and pipes in one argument work.
    const argv = options.has('x') ? operands : ['sh', '-c', command];
    const exitCode = await proc.spawn(argv, { stdout: screen, stderr: screen });
    const left = `Every ${seconds.toFixed(1)}s: ${command}`;
    const right = `bayplan: ${formatDate('%a %b %e %T %Y', proc.host.now())}`;
    const room = proc.columns - right.length - 1;
    const title = options.has('t') ? '' : `${left.slice(0, Math.max(0, room)).padEnd(Math.max(0, room))} ${right}\n\n`;
    const rows = proc.rows - (title === '' ? 0 : 2) - 1;
    const body = screen.text
      .split('\n')
      .slice(0, Math.max(1, rows))
      .map((line) => line.slice(0, proc.columns))
      .join('\n');
    await proc.stdout.write(
      `${proc.stdout.isTTY ? '\x1b[H\x1b[2J' : ''}${title}${body}${body.endsWith('\n') ? '' : '\n'}`,
    );
    if (options.has('e') && exitCode !== 0) return;
    await proc.host.sleep(seconds * 1000, proc.signal);
  }
}
