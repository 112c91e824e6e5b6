// Signals by name and number as on x86-64, and what they do to a process without a handler. Source: signal(7).

const numbers = {
  HUP: 1, INT: 2, QUIT: 3, ILL: 4, TRAP: 5, ABRT: 6, BUS: 7, FPE: 8, KILL: 9, USR1: 10, SEGV: 11, USR2: 12, PIPE: 13,
  ALRM: 14, TERM: 15, STKFLT: 16, CHLD: 17, CONT: 18, STOP: 19, TSTP: 20, TTIN: 21, TTOU: 22, URG: 23, XCPU: 24,
  XFSZ: 25, VTALRM: 26, PROF: 27, WINCH: 28, POLL: 29, PWR: 30, SYS: 31,
} as const; // prettier-ignore

/** A signal's name without `SIG`. */
export type Signal = keyof typeof numbers;

export const signalNumbers: Readonly<Record<Signal, number>> = numbers;
export const signalNames = Object.keys(numbers) as readonly Signal[];

/** `9`, `KILL`, `SIGKILL`, `kill`; undefined for what is none. */
export function signalNamed(text: string): Signal | undefined {
  if (/^\d+$/.test(text)) return signalNames.find((name) => numbers[name] === Number(text));
  const name = text.toUpperCase().replace(/^SIG/, '');
  return name === 'IO' ? 'POLL' : signalNames.find((one) => one === name);
}

/** What happens to a process that neither handles nor ignores it. */
export function defaultAction(signal: Signal): 'end' | 'ignore' | 'stop' | 'continue' {
  switch (signal) {
    case 'CHLD':
    case 'URG':
    case 'WINCH':
      return 'ignore';
    case 'STOP':
    case 'TSTP':
    case 'TTIN':
    case 'TTOU':
      return 'stop';
    case 'CONT':
      return 'continue';
    default:
      return 'end';
  }
}
