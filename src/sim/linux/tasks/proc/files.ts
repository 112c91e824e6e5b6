// /proc as a file system: which files there are for whom. A mounted /proc belongs to the PID namespace of whoever mounted
// it, so `unshare --pid --fork` without a new /proc still shows the machine's processes.
import { LinuxError } from '../../contract.ts';
import type { Caller } from '../../files/file-system.ts';
import type { VirtualFiles, VirtualNode } from '../../files/virtual.ts';
import { registerBinfmt } from '../binfmt.ts';
import { type Kernel, pidIn, taskByPid, tasksIn } from '../kernel.ts';
import type { TaskRecord } from '../state.ts';
import { lockedLink, mayTrace, nsEntries, nsLink, type ProcContext, processFiles, processLink } from './process.ts';
import { binfmtDirectory, binfmtText, mayAdministrate, systemFiles } from './system.ts';

const links: Readonly<Record<string, string>> = { mounts: 'self/mounts', net: 'self/net' };
const processDirectories = ['ns', 'net', 'task', 'fd'];

export function procFiles(kernel: Kernel, { pid: namespace }: { readonly pid: number }): VirtualFiles {
  const readerOf = (caller: Caller): TaskRecord => kernel.state.tasks.get(caller.pid) ?? kernel.get(1);

  /** `/123/ns/pid` as its task and the rest. */
  function process(path: string, caller: Caller): { context: ProcContext; rest: readonly string[] } | undefined {
    const [first = '', ...rest] = path.slice(1).split('/');
    if (!/^[1-9]\d*$/.test(first)) return undefined;
    const task = taskByPid(kernel, namespace, Number(first));
    if (!task) return undefined;
    return { context: { kernel, namespace, task, reader: kernel.state.tasks.get(caller.pid) }, rest };
  }

  function selfOf(caller: Caller): string | undefined {
    const task = kernel.state.tasks.get(caller.pid);
    const pid = task && pidIn(kernel, task, namespace);
    return pid === undefined ? undefined : String(pid);
  }

  const system = (path: string) => (Object.hasOwn(systemFiles, path) ? systemFiles[path] : undefined);
  const isSystemDirectory = (path: string) =>
    path === '/' || path === binfmtDirectory || Object.keys(systemFiles).some((key) => key.startsWith(`${path}/`));

  const handler = (path: string) =>
    path.startsWith(`${binfmtDirectory}/`)
      ? kernel.state.binfmt.get(path.slice(binfmtDirectory.length + 1))
      : undefined;

  function processNode(context: ProcContext, rest: readonly string[]): VirtualNode | undefined {
    const { task } = context;
    const owner = { uid: task.uid, gid: task.gid };
    const [name = '', second, ...more] = rest;
    if (name === '') return { type: 'directory', mode: 0o555, nlink: 9, ...owner };
    if (second === undefined) {
      if (processDirectories.includes(name))
        return { type: 'directory', mode: name === 'ns' ? 0o511 : 0o555, ...owner };
      const link = processLink(context, name);
      if (link) {
        if (!mayTrace(context)) return lockedLink(owner);
        return { ...link, ...owner };
      }
      const file = Object.hasOwn(processFiles, name) ? processFiles[name] : undefined;
      return file && { type: 'file', mode: file.mode ?? 0o444, ...owner };
    }
    if (more.length > 0) return undefined;
    if (name === 'ns') {
      const link = nsLink(context, second);
      return link && (mayTrace(context) ? { ...link, ...owner } : lockedLink(owner));
    }
    if (name === 'net' && system(`/net/${second}`)) return { type: 'file' };
    if (name === 'task' && second === String(pidIn(kernel, task, namespace))) return { type: 'directory', ...owner };
    return undefined;
  }

  return {
    type: 'proc',
    lookup(path, caller): VirtualNode | undefined {
      const name = path.slice(1);
      if (name === 'self' || name === 'thread-self') {
        const target = selfOf(caller);
        if (target === undefined) return undefined;
        return { type: 'symlink', target: name === 'self' ? target : `${target}/task/${target}` };
      }
      if (Object.hasOwn(links, name)) return { type: 'symlink', target: links[name] ?? '' };
      const found = process(path, caller);
      if (found) return processNode(found.context, found.rest);
      if (isSystemDirectory(path)) return { type: 'directory' };
      const file = system(path);
      if (file) return { type: 'file', mode: file.write ? 0o644 : 0o444 };
      if (path === `${binfmtDirectory}/register`) return { type: 'file', mode: 0o200 };
      return handler(path) && { type: 'file', mode: 0o644 };
    },
    list(path, caller) {
      const found = process(path, caller);
      if (found) {
        const { context, rest } = found;
        const [name] = rest;
        if (name === undefined)
          return [...Object.keys(processFiles), ...processDirectories, 'cwd', 'exe', 'root'].filter(
            (entry) => processNode(context, [entry]) !== undefined,
          );
        if (name === 'ns') return nsEntries;
        if (name === 'net') return netEntries;
        return name === 'task' && rest.length === 1 ? [String(pidIn(kernel, context.task, namespace))] : [];
      }
      const prefix = path === '/' ? '/' : `${path}/`;
      const names = new Set(
        Object.keys(systemFiles)
          .filter((key) => key.startsWith(prefix))
          .map((key) => key.slice(prefix.length).split('/')[0] ?? ''),
      );
      if (path === binfmtDirectory) for (const name of ['register', ...kernel.state.binfmt.keys()]) names.add(name);
      if (path !== '/') return [...names];
      const self = selfOf(caller) === undefined ? [] : ['self', 'thread-self'];
      const pids = tasksIn(kernel, namespace).map(({ pid }) => String(pid));
      return [...new Set([...names, ...Object.keys(links), ...self, ...pids])];
    },
    read(path, caller) {
      const found = process(path, caller);
      if (found) {
        const { context, rest } = found;
        const [name = '', second] = rest;
        if (name === 'net' && second !== undefined) return readSystem(`/net/${second}`, context.task);
        const file = Object.hasOwn(processFiles, name) ? processFiles[name] : undefined;
        if (!file) throw new LinuxError('ENOENT');
        if (file.guarded === true && !mayTrace(context)) throw new LinuxError('EACCES');
        return file.read(context);
      }
      const one = handler(path);
      if (one) return binfmtText(one);
      return readSystem(path, readerOf(caller));
    },
    write(path, text, caller) {
      const reader = readerOf(caller);
      const found = process(path, caller);
      if (found) {
        const file = processFiles[found.rest[0] ?? ''];
        if (!file?.write) throw new LinuxError('EACCES');
        file.write(found.context, text);
        return;
      }
      if (path.startsWith(`${binfmtDirectory}/`)) {
        if (!mayAdministrate(kernel, reader)) throw new LinuxError('EPERM');
        registerBinfmt(kernel, path.slice(binfmtDirectory.length + 1), text, kernel.fileWorld.view(reader));
        return;
      }
      const file = system(path);
      if (!file?.write) throw new LinuxError('EACCES');
      file.write({ kernel, namespace, reader }, text);
    },
  };

  function readSystem(path: string, reader: TaskRecord): string {
    const file = system(path);
    if (!file) throw new LinuxError('ENOENT');
    return file.read({ kernel, namespace, reader });
  }
}

const netEntries = Object.keys(systemFiles)
  .filter((path) => path.startsWith('/net/'))
  .map((path) => path.slice('/net/'.length));
