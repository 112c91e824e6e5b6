// The commands of a machine that are about processes, namespaces, mounts, networks and the machine itself, by the name
// that an executable's `program` field gives.
import type { Commands } from '../contract.ts';
import type { Programs } from '../tasks/program.ts';
import { echo, env, fail, hostname, id, nproc, pwd, sleep, succeed, uname, whoami } from './basics.ts';
import { chown, ln, stat } from './file-tools.ts';
import { dmesg, free, top, uptime } from './load.ts';
import { lsns } from './lsns.ts';
import { df, findmnt, mount, umount } from './mounts.ts';
import { chroot, nsenter, unshare } from './namespaces.ts';
import { ip } from './network.ts';
import { kill, pgrep, pkill } from './processes.ts';
import { ps } from './ps.ts';
import { ss } from './ss.ts';
import { systemctl } from './systemctl.ts';

export const commands: Commands = {
  chgrp: chown,
  chown,
  chroot,
  df,
  dmesg,
  echo,
  env,
  false: fail,
  findmnt,
  free,
  hostname,
  id,
  ip,
  kill,
  ln,
  lsns,
  mount,
  nproc,
  nsenter,
  pgrep,
  pkill,
  ps,
  pwd,
  ss,
  stat,
  sync: succeed,
  systemctl,
  top,
  true: succeed,
  umount,
  uname,
  unshare,
  uptime,
  whoami,
};

/** Programs of the base system that stay for a while. */
export const basePrograms: Programs = { sleep };
