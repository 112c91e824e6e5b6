// Configuration and other text files of the base system's packages.
import type { Plain, PlainTree } from '../files/populate.ts';

const passwd = `root:x:0:0:root:/root:/bin/bash
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
bin:x:2:2:bin:/bin:/usr/sbin/nologin
sys:x:3:3:sys:/dev:/usr/sbin/nologin
sync:x:4:65534:sync:/bin:/bin/sync
mail:x:8:8:mail:/var/mail:/usr/sbin/nologin
www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin
backup:x:34:34:backup:/var/backups:/usr/sbin/nologin
_apt:x:42:65534::/nonexistent:/usr/sbin/nologin
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
`;
const group = `root:x:0:
daemon:x:1:
bin:x:2:
sys:x:3:
adm:x:4:
tty:x:5:
disk:x:6:
mail:x:8:
www-data:x:33:
backup:x:34:
sudo:x:27:
staff:x:50:
users:x:100:
nogroup:x:65534:
`;
const osRelease = `PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"
NAME="Debian GNU/Linux"
VERSION_ID="12"
VERSION="12 (bookworm)"
VERSION_CODENAME=bookworm
ID=debian
HOME_URL="https://www.debian.org/"
SUPPORT_URL="https://www.debian.org/support"
BUG_REPORT_URL="https://bugs.debian.org/"
`;
const directory = (mode = 0o755): Plain => ({ directory: true, mode });

const files: Readonly<Record<string, PlainTree>> = {
  'base-files': {
    '/boot': directory(),
    '/dev': directory(),
    '/home': directory(),
    '/media': directory(),
    '/mnt': directory(),
    '/opt': directory(),
    '/proc': directory(0o555),
    '/root': directory(0o700),
    '/run': directory(),
    '/srv': directory(),
    '/sys': directory(0o555),
    '/tmp': directory(0o1777),
    '/usr/local/bin': directory(),
    '/usr/local/lib': directory(),
    '/usr/local/sbin': directory(),
    '/usr/src': directory(),
    '/var/backups': directory(),
    '/var/cache': directory(),
    '/var/lib': directory(),
    '/var/log': directory(),
    '/var/mail': directory(),
    '/var/spool': directory(),
    '/var/tmp': directory(0o1777),
    '/usr/lib/os-release': osRelease,
    '/etc/os-release': { symlink: '../usr/lib/os-release' },
    '/etc/debian_version': '12.12\n',
    '/etc/issue': 'Debian GNU/Linux 12 \\n \\l\n\n',
    '/etc/issue.net': 'Debian GNU/Linux 12\n',
    '/etc/host.conf': 'multi on\n',
    '/etc/motd': '',
    '/root/.profile': '# ~/.profile: executed by Bourne-compatible login shells.\n',
  },
  'base-passwd': { '/etc/passwd': passwd, '/etc/group': group, '/usr/share/base-passwd/passwd.master': passwd },
  'libc-bin': {
    '/etc/ld.so.conf': 'include /etc/ld.so.conf.d/*.conf\n\n',
    '/etc/ld.so.conf.d/libc.conf': '# libc default configuration\n/usr/local/lib\n',
    '/etc/nsswitch.conf':
      'passwd:         files\ngroup:          files\nshadow:         files\nhosts:          files dns\nnetworks:       files\n',
    '/etc/gai.conf': '# Configuration for getaddrinfo(3).\n',
  },
  bash: {
    '/etc/bash.bashrc': '# System-wide .bashrc file for interactive bash(1) shells.\n',
    '/etc/skel/.bashrc': '# ~/.bashrc: executed by bash(1) for non-login shells.\n',
    '/etc/skel/.profile': '# ~/.profile: executed by the command interpreter for login shells.\n',
  },
  dash: { '/usr/bin/sh': { symlink: 'dash' } },
  mawk: { '/etc/alternatives/awk': { symlink: '/usr/bin/mawk' }, '/usr/bin/awk': { symlink: '/etc/alternatives/awk' } },
  login: { '/etc/login.defs': 'UMASK\t\t022\nUID_MIN\t\t\t 1000\nUID_MAX\t\t\t60000\n', '/etc/securetty': '' },
  passwd: { '/etc/default/useradd': '# Default values for useradd(8)\nSHELL=/bin/sh\n' },
  netbase: {
    '/etc/protocols': 'ip\t0\tIP\nicmp\t1\tICMP\ntcp\t6\tTCP\nudp\t17\tUDP\n',
    '/etc/services': 'ssh\t\t22/tcp\ndomain\t\t53/tcp\ndomain\t\t53/udp\nhttp\t\t80/tcp\nhttps\t\t443/tcp\n',
  },
  apt: {
    '/etc/apt/apt.conf.d/01autoremove': 'APT\n{\n  NeverAutoRemove\n  {\n  };\n};\n',
    '/etc/apt/preferences.d': directory(),
    '/etc/apt/sources.list.d': directory(),
    '/etc/apt/trusted.gpg.d': directory(),
    '/var/lib/apt/lists/partial': directory(0o700),
    '/var/cache/apt/archives/partial': directory(0o700),
  },
  dpkg: {
    '/etc/dpkg/dpkg.cfg': '# dpkg configuration file\nlog /var/log/dpkg.log\n',
    '/var/lib/dpkg/info': directory(),
    '/var/lib/dpkg/updates': directory(),
    '/var/lib/dpkg/triggers': directory(),
  },
  'ca-certificates': {
    '/etc/ssl/certs/ca-certificates.crt': {
      opaque: { sizeBytes: 219_342, id: 'ca-certificates', magic: 'PEM certificate' },
    },
    '/etc/ca-certificates.conf': '# This file lists certificates that you wish to use or to ignore.\n',
  },
  'openssh-client': {
    '/etc/ssh/ssh_config':
      'Include /etc/ssh/ssh_config.d/*.conf\n\nHost *\n    SendEnv LANG LC_*\n    HashKnownHosts yes\n',
  },
  openssl: { '/etc/ssl/openssl.cnf': '# OpenSSL example configuration file.\n' },
  'python3-minimal': { '/usr/bin/python3': { symlink: 'python3.11' } },
  'ncurses-base': {
    '/etc/terminfo/README': 'Local terminfo descriptions go here.\n',
    '/usr/share/terminfo/x/xterm-256color': {
      opaque: { sizeBytes: 3780, id: 'xterm-256color', magic: 'Compiled 32-bit terminfo entry "xterm-256color"' },
    },
  },
  'libpam-runtime': { '/etc/pam.conf': '# PAM configuration file\n' },
  procps: { '/etc/sysctl.conf': '# /etc/sysctl.conf - Configuration file for setting system variables\n' },
};

export const etcFiles = (name: string): PlainTree => files[name] ?? {};

/** Programs that are scripts. */
export function packageScripts(name: string): PlainTree {
  if (name === 'adduser')
    return { '/usr/sbin/adduser': '#!/usr/bin/perl\n# adduser: a utility to add users to the system\n' };
  return {};
}
