// The character devices of every machine, by number (Documentation/admin-guide/devices.txt, Linux 6.1).
import type { Content } from '../contract.ts';
import { contentBytes } from './bytes.ts';
import { refuse, type Device } from './file-system.ts';

/** What devtmpfs and container engines put into /dev, with their modes. */
export const standardDevices: readonly { readonly name: string; readonly mode: number; readonly device: Device }[] = [
  { name: 'null', mode: 0o666, device: { major: 1, minor: 3 } },
  { name: 'zero', mode: 0o666, device: { major: 1, minor: 5 } },
  { name: 'full', mode: 0o666, device: { major: 1, minor: 7 } },
  { name: 'random', mode: 0o666, device: { major: 1, minor: 8 } },
  { name: 'urandom', mode: 0o666, device: { major: 1, minor: 9 } },
  { name: 'tty', mode: 0o666, device: { major: 5, minor: 0 } },
];

/** Endless devices give one page, so that whoever reads only a part of it has enough. */
const PAGE = 4096;

export function readDevice(device: Device | undefined): string {
  switch (numberOf(device)) {
    case '1:3':
    case '5:0':
      return '';
    case '1:5':
    case '1:7':
      return '\0'.repeat(PAGE);
    case '1:8':
    case '1:9':
      return noise();
    default:
      return refuse('ENODEV');
  }
}

export function writeDevice(device: Device | undefined, content: Content): void {
  switch (numberOf(device)) {
    case '1:3':
    case '1:5':
    case '1:8':
    case '1:9':
    case '5:0':
      return;
    case '1:7':
      if (contentBytes(content) > 0) refuse('ENOSPC');
      return;
    default:
      refuse('ENODEV');
  }
}

function numberOf(device: Device | undefined): string {
  return device ? `${String(device.major)}:${String(device.minor)}` : '';
}

/** Text that looks like chance and is the same each time: a page of it, in ASCII. */
function noise(): string {
  let state = 0x9e3779b9;
  let text = '';
  for (let i = 0; i < PAGE; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    text += String.fromCharCode((state >>> 24) & 0x7f);
  }
  return text;
}
