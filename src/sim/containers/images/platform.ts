// Platforms of images, as containerd/platforms normalises and prints them. Left out: versions of an operating system and
// the older variants that a newer processor can also run.
import type { ElfMachine } from '../../linux/elf.ts';
import { DaemonError } from './errors.ts';

export interface Platform {
  readonly os: string;
  /** In Go's words: `amd64`, `arm64`. */
  readonly architecture: string;
  readonly variant?: string;
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return `${os}/${architecture}${variant === undefined || variant === '' ? '' : `/${variant}`}`;
}

/** What `--platform` names: `linux/arm64`, `linux/arm/v7`, `arm64`, `linux` (with the host's processor). */
export function parsePlatform(text: string, host: Platform): Platform {
  const parts = text.split('/');
  const bad = parts.find((part) => !/^[A-Za-z0-9_.-]+$/.test(part));
  if (bad !== undefined)
    throw new DaemonError(
      400,
      bad === parts[0]
        ? `"${bad}" is an invalid OS component of "${text}": OSAndVersion specifier component must match "^([A-Za-z0-9_-]+)(?:\\\\(([A-Za-z0-9_.-]*)\\\\))?$": invalid argument`
        : `"${bad}" is an invalid component of "${text}": platform specifier component must match "^[A-Za-z0-9_.-]+$": invalid argument`,
    );
  const [first = '', second, third] = parts.map((part) => part.toLowerCase());
  if (parts.length > 3) throw new DaemonError(400, `"${text}": cannot parse platform specifier: invalid argument`);
  if (second === undefined) {
    if (KNOWN_OS.includes(first)) return { ...host, os: first };
    const platform = normalizePlatform({ os: host.os, architecture: first });
    if (KNOWN_ARCHITECTURES.includes(platform.architecture)) return platform;
    throw new DaemonError(400, `"${text}": unknown operating system or architecture: invalid argument`);
  }
  const platform = normalizePlatform({
    os: first === 'macos' ? 'darwin' : first,
    architecture: second,
    ...(third !== undefined && { variant: third }),
  });
  if (third !== undefined && platform.architecture === 'arm64' && platform.variant === undefined)
    return { ...platform, variant: 'v8' };
  return second === 'arm' && third === undefined ? { os: platform.os, architecture: 'arm' } : platform;
}

const KNOWN_OS = ['linux', 'windows', 'darwin', 'freebsd'];
const KNOWN_ARCHITECTURES = ['386', 'amd64', 'arm', 'arm64', 'ppc64le', 's390x', 'riscv64', 'mips64', 'mips64le'];

function normalizePlatform({ os, architecture, variant = '' }: Platform): Platform {
  let held = variant.toLowerCase();
  let name = architecture.toLowerCase();
  if (name === 'i386') [name, held] = ['386', ''];
  else if (['x86_64', 'x86-64', 'amd64'].includes(name)) [name, held] = ['amd64', held === 'v1' ? '' : held];
  else if (name === 'aarch64' || name === 'arm64') [name, held] = ['arm64', /^v?8(\.0)?$/.test(held) ? '' : held];
  else if (name === 'armhf') [name, held] = ['arm', 'v7'];
  else if (name === 'armel') [name, held] = ['arm', 'v6'];
  else if (name === 'arm') held = held === '' ? 'v7' : /^\d$/.test(held) ? `v${held}` : held;
  return { os: os.toLowerCase(), architecture: name, ...(held !== '' && { variant: held }) };
}

export function samePlatform(a: Platform, b: Platform): boolean {
  return formatPlatform(normalizePlatform(a)) === formatPlatform(normalizePlatform(b));
}

/** What a machine asks a registry for. */
export function platformOf(machine: ElfMachine): Platform {
  return { os: 'linux', ...architectures[machine] };
}

const architectures: Readonly<Record<ElfMachine, Omit<Platform, 'os'>>> = {
  x86_64: { architecture: 'amd64' },
  i686: { architecture: '386' },
  aarch64: { architecture: 'arm64', variant: 'v8' },
  armv7l: { architecture: 'arm', variant: 'v7' },
  riscv64: { architecture: 'riscv64' },
  mips64: { architecture: 'mips64' },
  ppc64le: { architecture: 'ppc64le' },
  s390x: { architecture: 's390x' },
};
