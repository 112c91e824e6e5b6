// Every word that the gantry says around its picture. Plain strings, because they cross from the build into an island.
import type { GantryWords } from '../../draw/gantry/words.ts';

export interface GantryFigureWords extends VerdictWords {
  readonly draw: GantryWords;
  readonly pods: string;
  readonly newest: string;
  readonly onNode: string;
  readonly waits: string;
  readonly gated: string;
  readonly place: PlaceWords;
  /** Signs of the picture with what they mean. */
  readonly key: readonly (readonly [
    sign: 'struck' | 'number' | 'won' | 'taint' | 'victim' | 'candidate',
    says: string,
  ])[];
}

export interface VerdictWords {
  readonly about: string;
  readonly ahead: string;
  readonly decided: string;
  readonly before: string;
  readonly untried: string;
  readonly filter: string;
  readonly score: string;
  readonly node: string;
  readonly plugin: string;
  readonly weight: string;
  readonly said: string;
  readonly passes: string;
  readonly refuses: string;
  readonly unasked: string;
  readonly fits: string;
  readonly sum: string;
  readonly winner: string;
  readonly was: string;
  readonly single: string;
  readonly tied: string;
  readonly silent: string;
  readonly preemption: string;
  readonly criteria: string;
  readonly victims: string;
  readonly budgets: string;
  readonly highest: string;
  readonly total: string;
  readonly count: string;
  readonly priority: string;
}

export interface PlaceWords {
  readonly legend: string;
  readonly how: string;
  readonly nowhere: string;
  readonly commit: string;
  readonly need: string;
  readonly yours: string;
  readonly happened: string;
  readonly nowhereChosen: string;
  readonly right: string;
  readonly wrong: string;
  readonly again: string;
  readonly answer: string;
}
