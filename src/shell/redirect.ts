// Redirections: what the descriptors of a command lead to.
// Left out: `<>`, `{name}>file`, /dev/tcp.

import { expandHereDoc, expandText, expandWords } from './expand.ts';
import { FileError } from './file-system.ts';
import { withChannel } from './frame.ts';
import { emptyIn, guardOut, nullOut, textIn } from './streams.ts';
import { ShellError } from './state.ts';
import type { Channel, Channels, Frame } from './frame.ts';
import type { Redirection } from './parse.ts';

/** The descriptors after `redirections`, which take effect from left to right. */
export async function redirect(redirections: readonly Redirection[], frame: Frame): Promise<Channels> {
  let channels = frame.channels;
  for (const redirection of redirections) {
    if (redirection.descriptor?.type === 'FileDescriptorVariable')
      throw new ShellError(`{${redirection.descriptor.name}}: a named descriptor is not simulated`);
    const descriptor = redirection.descriptor?.value;
    if (redirection.type === 'HereDoc') {
      const text = await expandHereDoc(redirection, frame);
      channels = withChannel(channels, descriptor ?? 0, { in: textIn(text) });
      continue;
    }
    const { target } = redirection;
    if (!target) throw new ShellError("syntax error near unexpected token `newline'", 2);
    if (redirection.type === 'HereString') {
      channels = withChannel(channels, descriptor ?? 0, { in: textIn(`${await expandText(target, frame)}\n`) });
      continue;
    }
    const names = await expandWords([target], frame);
    const name = names[0];
    if (name === undefined || names.length > 1) throw new ShellError(`${target.text}: ambiguous redirect`);
    switch (redirection.operator) {
      case '<':
        channels = withChannel(channels, descriptor ?? 0, openForReading(name, frame, channels));
        break;
      case '>':
      case '>|':
      case '>>':
        channels = withChannel(channels, descriptor ?? 1, openForWriting(name, redirection.operator, frame, channels));
        break;
      case '&>':
      case '&>>': {
        const file = openForWriting(name, redirection.operator.slice(1), frame, channels);
        channels = withChannel(withChannel(channels, 1, file), 2, file);
        break;
      }
      case '>&':
      case '<&': {
        const from = descriptor ?? (redirection.operator === '>&' ? 1 : 0);
        if (name === '-') channels = withChannel(channels, from, {});
        else if (/^\d+$/.test(name)) {
          const source = channels.get(Number(name));
          if (!source) throw new ShellError(`${name}: Bad file descriptor`);
          channels = withChannel(channels, from, source);
        } else {
          const file = openForWriting(name, '>', frame, channels);
          channels = withChannel(withChannel(channels, 1, file), 2, file);
        }
        break;
      }
      case '<>':
        throw new ShellError('<>: this redirection is not simulated');
    }
  }
  return channels;
}

function device(name: string, frame: Frame, channels: Channels): Channel | undefined {
  switch (name) {
    case '/dev/null':
      return { in: emptyIn, out: guardOut(nullOut, frame.signal) };
    case '/dev/stdin':
      return channels.get(0);
    case '/dev/stdout':
    case '/dev/tty':
      return channels.get(1);
    case '/dev/stderr':
      return channels.get(2);
  }
  return undefined;
}

function openForReading(name: string, frame: Frame, channels: Channels): Channel {
  const special = device(name, frame, channels);
  if (special) return special;
  const { fs } = frame.shell;
  return { in: textIn(orShellError(name, () => fs.read(fs.resolve(frame.state.cwd, name)))) };
}

function openForWriting(name: string, operator: string, frame: Frame, channels: Channels): Channel {
  const special = device(name, frame, channels);
  if (special) return special;
  const { fs } = frame.shell;
  const path = fs.resolve(frame.state.cwd, name);
  if (name === '') throw new ShellError(': No such file or directory');
  if (operator === '>' && frame.state.options.noclobber && fs.exists(path))
    throw new ShellError(`${name}: cannot overwrite existing file`);
  orShellError(name, () => {
    fs.write(path, '', operator === '>>');
  });
  const out = {
    isTTY: false,
    write: (text: string) => {
      try {
        fs.write(path, text, true);
      } catch (error) {
        if (error instanceof FileError) throw new FileError(`write error: ${error.message}`);
        throw error;
      }
    },
  };
  return { out: guardOut(out, frame.signal) };
}

function orShellError<T>(name: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof FileError) throw new ShellError(`${name}: ${error.message}`);
    throw error;
  }
}
