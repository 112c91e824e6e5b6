// ss(8) of iproute2 6.1.0: who listens in the network namespace. Connections do not exist.
import type { Command } from '../contract.ts';
import { parseOptions, withCalls } from './common.ts';

export const ss: Command = withCalls((sys) => {
  const options = parseOptions(sys, [
    { names: ['l', 'listening'] },
    { names: ['t', 'tcp'] },
    { names: ['u', 'udp'] },
    { names: ['n', 'numeric'] },
    { names: ['p', 'processes'] },
    { names: ['a', 'all'] },
    { names: ['4', 'ipv4'] },
    { names: ['6', 'ipv6'] },
    { names: ['H', 'no-header'] },
    { names: ['s', 'summary'], refused: true },
    { names: ['x', 'unix'], refused: true },
    { names: ['e', 'extended'], refused: true },
    { names: ['m', 'memory'], refused: true },
    { names: ['o', 'options'], refused: true },
    { names: ['K', 'kill'], refused: true },
  ]);
  if (typeof options === 'number') return options;
  const { set } = options;
  const kinds = [...(set.has('u') ? ['udp'] : []), ...(set.has('t') ? ['tcp'] : [])];
  const wanted = kinds.length > 0 ? kinds : ['udp', 'tcp'];
  const both = wanted.length > 1;
  const listening = set.has('l') || set.has('a');
  const { kernel, self } = sys.calls;
  const sockets = listening ? sys.calls.net().sockets.filter(({ protocol }) => wanted.includes(protocol)) : [];
  const rows = wanted.flatMap((protocol) =>
    sockets
      .filter((one) => one.protocol === protocol)
      .map((one) => {
        const owner = kernel.state.tasks.get(one.pid);
        const visible = owner && (self.uid === 0 || owner.uid === self.uid);
        const pid = owner?.pids[self.pids.length - 1] ?? one.pid;
        const process =
          set.has('p') && visible ? ` users:(("${owner.comm}",pid=${String(pid)},fd=${String(one.fd)}))` : '';
        return {
          protocol,
          state: protocol === 'udp' ? 'UNCONN' : 'LISTEN',
          queue: String(protocol === 'udp' ? 0 : one.backlog),
          local: one.address,
          port: String(one.port),
          peer: one.address === '*' ? '*' : one.address.includes(':') ? '[::]' : '0.0.0.0',
          process,
        };
      }),
  );
  const width = (title: string, cells: readonly string[]) =>
    Math.max(title.length, ...cells.map((cell) => cell.length));
  const state = width(
    'State',
    rows.map((row) => row.state),
  );
  const queue = width(
    'Send-Q',
    rows.map((row) => row.queue),
  );
  const local = width(
    'Local Address',
    rows.map((row) => row.local),
  );
  const port = width(
    'Port',
    rows.map((row) => row.port),
  );
  const peer = width(
    'Peer Address',
    rows.map((row) => row.peer),
  );
  const process = width(
    'Process',
    rows.map((row) => row.process),
  );
  const line = (
    kind: string,
    a: string,
    b: string,
    c: string,
    d: string,
    e: string,
    f: string,
    g: string,
    h: string,
  ) => {
    sys.out(`${both ? `${kind.padEnd(5)} ` : ''}${a.padEnd(state)} ${b.padEnd(6)} ${c.padEnd(queue)} ${d.padStart(local)}:${e.padEnd(port)} ${f.padStart(peer)}:${g.padEnd(4)}${h.padEnd(process)}\n`); // prettier-ignore
  };
  if (!set.has('H')) line('Netid', 'State', 'Recv-Q', 'Send-Q', 'Local Address', 'Port', 'Peer Address', 'Port', rows.some((row) => row.process !== '') ? 'Process'.padEnd(process) : 'Process'); // prettier-ignore
  for (const row of rows)
    line(row.protocol, row.state, '0', row.queue, row.local, row.port, row.peer, '*', row.process);
  return 0;
});
