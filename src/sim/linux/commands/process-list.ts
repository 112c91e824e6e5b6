// The processes that a command sees: it reads /proc as procps does, so what it finds depends on which /proc is mounted.
import type { Files } from '../contract.ts';
import { LinuxError } from '../contract.ts';
import { userName } from './common.ts';

export interface ProcessInfo {
  readonly pid: number;
  readonly ppid: number;
  readonly pgid: number;
  readonly sid: number;
  readonly comm: string;
  readonly args: string;
  readonly state: string;
  readonly tty: string;
  readonly tpgid: number;
  readonly kernel: boolean;
  readonly ticks: number;
  readonly nice: number;
  readonly priority: number;
  readonly threads: number;
  /** Hundredths of seconds after boot. */
  readonly startTicks: number;
  readonly vszKiB: number;
  readonly rssKiB: number;
  readonly shrKiB: number;
  readonly uid: number;
  readonly ruid: number;
  readonly gid: number;
  readonly user: string;
}

export interface Clock {
  readonly uptimeSeconds: number;
  readonly bootUnixMs: number;
  readonly totalKiB: number;
}

export function hasProc(files: Files): boolean {
  return files.exists('/proc/self/stat') || files.exists('/proc/uptime');
}

export function readClock(files: Files, unixMs: number): Clock {
  const uptimeSeconds = Number(files.readText('/proc/uptime').split(' ')[0]);
  const total = /MemTotal:\s+(\d+)/.exec(files.readText('/proc/meminfo'))?.[1];
  return { uptimeSeconds, bootUnixMs: unixMs - Math.round(uptimeSeconds * 1000), totalKiB: Number(total ?? 1) };
}

/** All of them, by number. */
export function listProcesses(files: Files): readonly ProcessInfo[] {
  return files
    .list('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .sort((a, b) => a - b)
    .flatMap((pid) => {
      const info = readProcess(files, pid);
      return info ? [info] : [];
    });
}

function readProcess(files: Files, pid: number): ProcessInfo | undefined {
  try {
    const base = `/proc/${String(pid)}`;
    const stat = files.readText(`${base}/stat`);
    const open = stat.indexOf('(');
    const close = stat.lastIndexOf(')');
    const comm = stat.slice(open + 1, close);
    const fields = stat
      .slice(close + 2)
      .trim()
      .split(' ');
    const number = (i: number) => Number(fields[i - 3] ?? 0);
    const status = files.readText(`${base}/status`);
    const ids = (name: string) =>
      (new RegExp(`^${name}:\\t(.*)$`, 'm').exec(status)?.[1] ?? '').split('\t').map(Number);
    const words = files.readText(`${base}/cmdline`).split('\0').slice(0, -1);
    const [ruid = 0, uid = 0] = ids('Uid');
    const shared = Number(files.readText(`${base}/statm`).split(' ')[2] ?? 0) * 4;
    const state = fields[0] ?? '?';
    return {
      pid,
      ppid: number(4),
      pgid: number(5),
      sid: number(6),
      comm,
      args: words.length > 0 ? words.join(' ') : state === 'Z' ? `[${comm}] <defunct>` : `[${comm}]`,
      state,
      tty: ttyName(number(7)),
      tpgid: number(8),
      kernel: words.length === 0 && state !== 'Z',
      ticks: number(14) + number(15),
      priority: number(18),
      nice: number(19),
      threads: number(20),
      startTicks: number(22),
      vszKiB: Math.floor(number(23) / 1024),
      rssKiB: number(24) * 4,
      shrKiB: shared,
      uid,
      ruid,
      gid: ids('Gid')[1] ?? 0,
      user: userName(files, uid) ?? String(uid),
    };
  } catch (error) {
    // It ended meanwhile, or is hidden.
    if (error instanceof LinuxError) return undefined;
    throw error;
  }
}

function ttyName(number: number): string {
  if (number === 0) return '?';
  const major = Math.floor(number / 256);
  const minor = number % 256;
  return major === 4 ? `tty${String(minor)}` : `pts/${String(minor + (major - 136) * 256)}`;
}

/** ps's STAT: the letter and what is special about the process. */
export function statOf(info: ProcessInfo): string {
  return (
    info.state +
    (info.nice < 0 ? '<' : info.nice > 0 ? 'N' : '') +
    (info.sid === info.pid ? 's' : '') +
    (info.threads > 1 ? 'l' : '') +
    (info.tpgid > 0 && info.tpgid === info.pgid ? '+' : '')
  );
}
