// Registrations with binfmt_misc: which interpreter runs files of another machine. Models fs/binfmt_misc.c of Linux 6.1:
// `:name:type:offset:magic:mask:interpreter:flags` written to `register`; 1, 0 and -1 written to an entry. Only magic is
// simulated (type M), and only the machine number in an ELF header counts in it.
import { type Files, LinuxError } from '../contract.ts';
import type { ElfMachine } from '../elf.ts';
import type { Kernel } from './kernel.ts';
import type { Binfmt } from './state.ts';

/** e_machine, low byte first, at offset 18. */
const numbers: Readonly<Record<ElfMachine, number>> = {
  x86_64: 62,
  i686: 3,
  aarch64: 183,
  armv7l: 40,
  riscv64: 243,
  mips64: 8,
  ppc64le: 21,
  s390x: 22,
};

/** The longest line that may be registered. */
const LONGEST = 1920;

/** What `qemu-user-static` of Debian registers for a machine: opened at once (F), so that containers have it too. */
export function qemuFor(machine: ElfMachine, flags = 'F'): Binfmt {
  const name = `qemu-${machine === 'armv7l' ? 'arm' : machine}`;
  const header = magicOf(machine);
  return {
    name,
    enabled: true,
    interpreter: `/usr/libexec/qemu-binfmt/${name.slice(5)}-binfmt-P`,
    flags,
    offset: 0,
    magic: header,
    mask: 'ffffffffffffff00fffffffffffffffffeffffff',
    machine,
    fixed: flags.includes('F'),
  };
}

function magicOf(machine: ElfMachine): string {
  const wide = machine !== 'i686' && machine !== 'armv7l';
  const big = machine === 's390x' || machine === 'mips64';
  const hex = numbers[machine].toString(16).padStart(2, '0');
  const number = big ? `0002 00${hex}`.replace(' ', '') : `0200${hex}00`;
  return `7f454c460${wide ? '2' : '1'}0${big ? '2' : '1'}01${'0'.repeat(18)}${number}`;
}

/** @param entry `register`, `status`, or the name of a registration */
export function registerBinfmt(kernel: Kernel, entry: string, text: string, files: Files): void {
  const { state } = kernel;
  if (entry === 'register') {
    const handler = parse(text.trimEnd());
    if (!handler) throw new LinuxError('EINVAL');
    if (state.binfmt.has(handler.name)) throw new LinuxError('EEXIST');
    if (handler.fixed && !files.exists(handler.interpreter)) throw new LinuxError('ENOENT');
    // The newest is asked first.
    state.binfmt = new Map([[handler.name, handler], ...state.binfmt]);
    return;
  }
  const command = text.trim();
  if (!['0', '1', '-1'].includes(command)) throw new LinuxError('EINVAL');
  const next = new Map(state.binfmt);
  if (entry === 'status') {
    if (command === '-1') next.clear();
    else for (const one of state.binfmt.values()) next.set(one.name, { ...one, enabled: command === '1' });
  } else {
    const found = state.binfmt.get(entry);
    if (!found) throw new LinuxError('ENOENT');
    if (command === '-1') next.delete(entry);
    else next.set(entry, { ...found, enabled: command === '1' });
  }
  state.binfmt = next;
}

function parse(text: string): Binfmt | undefined {
  if (text.length < 11 || text.length > LONGEST) return undefined;
  const fields = text.slice(1).split(text[0] ?? ':');
  if (fields.length !== 7) return undefined;
  const [name = '', type = '', offset = '', magic = '', mask = '', interpreter = '', flags = ''] = fields;
  if (name === '' || name === '.' || name === '..' || name.includes('/')) return undefined;
  if (type !== 'M' || interpreter === '' || interpreter.length > 127 || !/^[POCF]*$/.test(flags)) return undefined;
  if (offset !== '' && !/^\d+$/.test(offset)) return undefined;
  const bytes = hexOf(magic);
  if (bytes === '') return undefined;
  const machine = (Object.keys(numbers) as ElfMachine[]).find((one) => sameHeader(bytes, one));
  return {
    name,
    enabled: true,
    interpreter,
    flags,
    offset: Number(offset || '0'),
    magic: bytes,
    mask: hexOf(mask),
    ...(machine && { machine }),
    fixed: flags.includes('F'),
  };
}

/** `\x7fELF…` as hexadecimal digits. */
function hexOf(text: string): string {
  let out = '';
  for (let i = 0; i < text.length;) {
    const escape = /^\\x([0-9a-fA-F]{2})/.exec(text.slice(i));
    if (escape) {
      out += (escape[1] ?? '').toLowerCase();
      i += 4;
    } else {
      out += text.charCodeAt(i).toString(16).padStart(2, '0');
      i++;
    }
  }
  return out;
}

function sameHeader(hex: string, machine: ElfMachine): boolean {
  const expected = magicOf(machine);
  return hex.slice(0, 12) === expected.slice(0, 12) && hex.slice(36, 40) === expected.slice(36, 40);
}
