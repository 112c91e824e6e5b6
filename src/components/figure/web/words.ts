// Words around the web of libraries, from content/strings.
import type { WebWords } from '../../../draw/web/words.ts';

export interface WebFigureWords {
  readonly draw: WebWords;
  readonly radius: string;
  readonly program: string;
  readonly before: string;
  readonly now: string;
  readonly process: string;
  readonly starts: string;
  readonly fails: string;
  readonly none: string;
  readonly pid: string;
  readonly oldFiles: string;
  readonly choose: string;
  readonly nobody: string;
  readonly order: string;
  readonly says: string;
  /** Before what the reader guessed. */
  readonly guess: string;
  readonly key: readonly (readonly [sample: string, meaning: string])[];
}
