// cat, tee, tac, rev, yes, less. Left out: `cat -A` and its relatives; a pager that pages.

import { lines, readAll, readLine } from '../streams.ts';
import { allLines, openInputs } from './inputs.ts';
import { parseOptions } from './options.ts';
import type { Proc } from '../program.ts';

export async function cat(proc: Proc): Promise<number> {
  const options = parseOptions(proc, {
    flags: 'nbsu',
    long: { number: 'n', 'number-nonblank': 'b', 'squeeze-blank': 's' },
  });
  const { inputs, failed } = await openInputs(proc, options.operands);
  let number = 0;
  let blank = false;
  for (const input of inputs) {
    if (!options.has('n') && !options.has('b') && !options.has('s')) {
      for (let text = await input.in.read(); text !== null; text = await input.in.read()) await proc.stdout.write(text);
      continue;
    }
    for await (const line of lines(input.in)) {
      if (options.has('s') && line === '' && blank) continue;
      blank = line === '';
      const numbered = options.has('b') ? line !== '' : options.has('n');
      await proc.stdout.write(`${numbered ? `${String(++number).padStart(6)}\t` : ''}${line}\n`);
    }
  }
  return failed ? 1 : 0;
}

export async function tee(proc: Proc): Promise<void> {
  const options = parseOptions(proc, { flags: 'ai', long: { append: 'a' } });
  const paths = options.operands.map((name) => proc.fs.resolve(proc.cwd, name));
  for (const path of paths) proc.fs.write(path, '', options.has('a'));
  for (let text = await proc.stdin.read(); text !== null; text = await proc.stdin.read()) {
    for (const path of paths) proc.fs.write(path, text, true);
    await proc.stdout.write(text);
  }
}

export async function tac(proc: Proc): Promise<number> {
  const { lines: all, failed } = await allLines(proc, parseOptions(proc, {}).operands);
  await proc.stdout.write(
    all
      .reverse()
      .map((line) => `${line}\n`)
      .join(''),
  );
  return failed ? 1 : 0;
}

export async function rev(proc: Proc): Promise<number> {
  const { inputs, failed } = await openInputs(proc, parseOptions(proc, {}).operands);
  for (const input of inputs)
    for (let line = await readLine(input.in); line !== null; line = await readLine(input.in)) {
      const end = line.endsWith('\n') ? '\n' : '';
      await proc.stdout.write([...line.slice(0, line.length - end.length)].reverse().join('') + end);
    }
  return failed ? 1 : 0;
}

export async function yes(proc: Proc): Promise<void> {
  const line = `${proc.args.length > 0 ? proc.args.join(' ') : 'y'}\n`;
  for (;;) await proc.stdout.write(line.repeat(64));
}

/** Shows everything at once; the terminal itself scrolls. */
export async function less(proc: Proc): Promise<number> {
  const options = parseOptions(proc, { flags: 'NSRFXiKr' });
  const { inputs, failed } = await openInputs(proc, options.operands);
  let rows = 0;
  for (const input of inputs) {
    const text = await readAll(input.in);
    rows += text.split('\n').length;
    await proc.stdout.write(text);
  }
  if (proc.stdout.isTTY && rows > proc.rows)
    await proc.stderr.write(`(${proc.name} does not page here: scroll back to see it all)\n`);
  return failed ? 1 : 0;
}
