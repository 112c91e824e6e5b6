// lsns(8) of util-linux 2.38.1: namespaces by what /proc shows of each process, those of other users' processes left out.
import { type Command, LinuxError, type NamespaceKind, namespaceKinds, type Sys } from '../contract.ts';
import type { KernelSys } from '../tasks/system-calls.ts';
import { json, parseOptions, table, truncate, userName, withCalls } from './common.ts';
import { listProcesses, type ProcessInfo } from './process-list.ts';

interface NamespaceRow {
  readonly id: number;
  readonly kind: NamespaceKind;
  readonly processes: ProcessInfo[];
}

const lsnsColumns: Readonly<
  Record<string, { readonly right: boolean; show(row: NamespaceRow, sys: KernelSys): string }>
> = {
  // prettier-ignore
  NS: { right: true, show: ({ id }) => String(id) },
  TYPE: { right: false, show: ({ kind }) => kind },
  PATH: { right: false, show: ({ kind, processes }) => `/proc/${String(processes[0]?.pid)}/ns/${kind}` },
  NPROCS: { right: true, show: ({ processes }) => String(processes.length) },
  PID: { right: true, show: ({ processes }) => String(processes[0]?.pid) },
  PPID: { right: true, show: ({ processes }) => String(processes[0]?.ppid) },
  UID: { right: true, show: ({ processes }) => String(processes[0]?.uid) },
  USER: { right: false, show: ({ processes }, sys) => userOf(sys, processes[0]) },
  COMMAND: { right: false, show: ({ processes }) => lsnsCommand(processes[0]) },
  NETNSID: { right: true, show: ({ kind }) => (kind === 'net' ? 'unassigned' : '') },
  NSFS: { right: false, show: () => '' },
};

const userOf = (sys: Sys, info: ProcessInfo | undefined) =>
  info ? (userName(sys.files, info.uid) ?? String(info.uid)) : '';
/** The command line; of the kernel's threads the name without brackets. */
const lsnsCommand = (info: ProcessInfo | undefined) => (info ? (info.kernel ? info.comm : info.args) : '');

export const lsns: Command = withCalls((sys) => {
  const options = parseOptions(sys, [
    { names: ['J', 'json'] },
    { names: ['l', 'list'] },
    { names: ['n', 'noheadings'] },
    { names: ['o', 'output'], value: 'required' },
    { names: ['p', 'task'], value: 'required' },
    { names: ['r', 'raw'] },
    { names: ['u', 'notruncate'] },
    { names: ['W', 'nowrap'] },
    { names: ['t', 'type'], value: 'required' },
    { names: ['T', 'tree'], value: 'optional', refused: true },
    { names: ['output-all'], refused: true },
    { names: ['V', 'version'] },
  ]);
  if (typeof options === 'number') return options;
  const { set, operands } = options;
  if (set.has('V')) {
    sys.out('lsns from util-linux 2.38.1\n');
    return 0;
  }
  const type = set.get('t');
  if (typeof type === 'string' && !(namespaceKinds as readonly string[]).includes(type)) {
    sys.err(`lsns: unknown namespace type: ${type}\n`);
    return 1;
  }
  const processes = listProcesses(sys.files);
  const rows = collect(sys, processes);
  if (operands.length > 0) return oneNamespace(sys, rows, operands[0] ?? '', set);
  const task = set.get('p');
  const shown = rows.filter(
    ({ kind, processes: members }) =>
      (type === undefined || kind === type) && (task === undefined || members.some(({ pid }) => String(pid) === task)),
  );
  if (typeof task === 'string' && shown.length === 0 && type === undefined) {
    sys.err(`lsns: not found process ${task}\n`);
    return 1;
  }
  const names =
    typeof set.get('o') === 'string'
      ? (set.get('o') as string)
          .split(',')
          .map((name) => (Object.hasOwn(lsnsColumns, name.toUpperCase()) ? name.toUpperCase() : name))
      : type === 'net'
        ? ['NS', 'TYPE', 'NPROCS', 'PID', 'USER', 'NETNSID', 'NSFS', 'COMMAND']
        : ['NS', 'TYPE', 'NPROCS', 'PID', 'USER', 'COMMAND'];
  const unknown = names.find((name) => !Object.hasOwn(lsnsColumns, name));
  if (unknown !== undefined) {
    sys.err(`lsns: unknown column: ${unknown}\n`);
    return 1;
  }
  const cell = (row: NamespaceRow, name: string) => lsnsColumns[name]?.show(row, sys) ?? '';
  if (set.has('J')) {
    sys.out(json('namespaces', shown.map((row) => names.map((name) => [name.toLowerCase(), cell(row, name), ['NS', 'NPROCS', 'PID', 'PPID', 'UID'].includes(name)] as const)))); // prettier-ignore
    return 0;
  }
  const ordered = set.has('l') || set.has('r') ? shown.map((row) => ({ row, prefix: '' })) : forest(shown);
  const columns = names.map((title) => ({ title, right: lsnsColumns[title]?.right ?? false }));
  const drawn = ordered.map(({ row, prefix }) =>
    names.map((name) => (name === 'COMMAND' ? prefix : '') + cell(row, name)),
  );
  sys.out(truncate(table(columns, drawn, !set.has('n')), sys.tty && !set.has('u') ? sys.columns : Infinity));
  return 0;
});

function collect(sys: Sys, processes: readonly ProcessInfo[]): readonly NamespaceRow[] {
  const found = new Map<number, NamespaceRow>();
  for (const info of processes)
    for (const kind of namespaceKinds) {
      let text: string;
      try {
        text = sys.files.readlink(`/proc/${String(info.pid)}/ns/${kind}`);
      } catch (error) {
        // Somebody else's process.
        if (error instanceof LinuxError) continue;
        throw error;
      }
      const id = Number(/\[(\d+)\]/.exec(text)?.[1]);
      const row = found.get(id);
      if (row) row.processes.push(info);
      else found.set(id, { id, kind, processes: [info] });
    }
  return [...found.values()].sort((a, b) => a.id - b.id);
}

/** A namespace hangs below the last line of its first process's parent, where that parent has one. */
function forest(rows: readonly NamespaceRow[]): readonly { readonly row: NamespaceRow; readonly prefix: string }[] {
  interface Node {
    readonly row: NamespaceRow;
    readonly children: Node[];
  }
  const outline = new Map<number, Node>();
  const roots: Node[] = [];
  for (const row of rows) {
    const first = row.processes[0] as ProcessInfo;
    const node: Node = { row, children: [] };
    (outline.get(first.ppid)?.children ?? roots).push(node);
    outline.set(first.pid, node);
  }
  const out: { row: NamespaceRow; prefix: string }[] = [];
  const visit = (node: Node, stem: string, branch: string): void => {
    out.push({ row: node.row, prefix: stem + branch });
    const below = branch === '' ? stem : stem + (branch === '├─' ? '│ ' : '  ');
    node.children.forEach((child, i) => {
      visit(child, below, i === node.children.length - 1 ? '└─' : '├─');
    });
  };
  for (const root of roots) visit(root, '', '');
  return out;
}

function oneNamespace(
  sys: Sys,
  rows: readonly NamespaceRow[],
  operand: string,
  set: ReadonlyMap<string, string | true>,
): number {
  if (!/^\d+$/.test(operand)) {
    sys.err(`lsns: invalid namespace argument: '${operand}'\n`);
    return 1;
  }
  const row = rows.find(({ id }) => String(id) === operand);
  if (!row) {
    sys.err(`lsns: not found namespace: ${operand}\n`);
    return 1;
  }
  const cells: string[][] = [];
  const visit = (info: ProcessInfo, stem: string, branch: string): void => {
    cells.push([String(info.pid), String(info.ppid), userOf(sys, info), stem + branch + lsnsCommand(info)]);
    const children = row.processes.filter(({ ppid }) => ppid === info.pid);
    const below = branch === '' ? stem : stem + (branch === '├─' ? '│ ' : '  ');
    children.forEach((child, i) => {
      visit(child, below, i === children.length - 1 ? '└─' : '├─');
    });
  };
  for (const info of row.processes) if (!row.processes.some(({ pid }) => pid === info.ppid)) visit(info, '', '');
  const columns = [
    { title: 'PID', right: true },
    { title: 'PPID', right: true },
    { title: 'USER' },
    { title: 'COMMAND' },
  ];
  sys.out(truncate(table(columns, cells, !set.has('n')), sys.tty && !set.has('u') ? sys.columns : Infinity));
  return 0;
}
