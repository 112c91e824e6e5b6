// What the web of programs and libraries says in its picture and in its words. `{name}` is filled in.
export interface WebWords {
  readonly picture: string;
  readonly board: string;
  readonly ground: string;
  readonly wants: string;
  readonly nothing: string;
  readonly copy: string;
  readonly status: Readonly<Record<ProgramStatus, string>>;
  /** The picture as a list. */
  readonly programs: string;
  readonly libraries: string;
  readonly program: string;
  readonly needs: string;
  readonly loads: string;
  readonly noLibrary: string;
  readonly library: string;
  readonly usedBy: string;
  readonly nobody: string;
  readonly held: string;
  readonly half: string;
}

/**
 * `runs`: and would start again. `starts`: nothing runs, but it would. `before`: it runs with files from before a change
 * and would start again. `last`: it runs with files from before, and will not start again. `copy`: it runs with a library
 * from outside of the shared directories. `fails`: nothing runs, and it will not start.
 */
export type ProgramStatus = 'runs' | 'starts' | 'before' | 'last' | 'copy' | 'fails';
