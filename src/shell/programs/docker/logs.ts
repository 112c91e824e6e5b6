// `docker logs` (docker/cli 28.2, cli/command/container/logs.go).

import { type Context, Decoder } from './context.ts';
import { boolAt, textAt } from './json.ts';
import { outputOf } from './stream.ts';
import { timestamp } from './times.ts';

export async function run(context: Context): Promise<void> {
  const { flags, engine } = context;
  const found = await engine.get(`/containers/${context.arg(0)}/json`);
  const at = (name: string) => {
    const text = flags.text(name);
    return text === '' ? undefined : timestamp(text, name, context.nowMs);
  };
  const flag = (name: string) => (flags.bool(name) ? 1 : undefined);
  const answer = await engine.request('GET', `/containers/${textAt(found, 'Id')}/logs`, {
    query: {
      details: flag('details'),
      follow: flag('follow'),
      since: at('since'),
      stderr: 1,
      stdout: 1,
      tail: flags.text('tail'),
      timestamps: flag('timestamps'),
      until: at('until'),
    },
  });
  const decoders = { stdout: new Decoder(), stderr: new Decoder() };
  for await (const { stream, bytes } of outputOf(answer, boolAt(found, 'Config', 'Tty'))) {
    const text = decoders[stream].decode(bytes);
    await (stream === 'stdout' ? context.out(text) : context.err(text));
  }
}
