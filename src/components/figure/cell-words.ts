// Every word around the picture of a large cell. Plain strings, because they cross from the build into an island.
import type { Measure } from '../../draw/heat-map/measure.ts';

export interface CellWords {
  readonly size: string;
  readonly nodes: string;
  readonly rollOut: string;
  readonly pause: string;
  readonly play: string;
  readonly making: string;
  readonly measure: string;
  readonly measures: Readonly<Record<Measure, string>>;
  readonly measureNotes: Readonly<Record<Measure, string>>;
  readonly pods: string;
  readonly tally: string;
  readonly tallyNodes: string;
  readonly allReady: string;
  readonly lostNodes: string;
  readonly map: string;
  readonly mapHelp: string;
  readonly tile: string;
  readonly tileLost: string;
  readonly closed: string;
  readonly point: string;
  readonly onNode: string;
  readonly more: string;
  readonly noPods: string;
  readonly lookingUp: string;
  readonly notKept: string;
  /** Said otherwise than in other figures. */
  readonly transport: {
    readonly step: string;
    readonly back: string;
    readonly forward: string;
    readonly timeText: string;
  };
  readonly present: string;
  readonly lookingBack: string;
  readonly changed: string;
  readonly parts: string;
  readonly partNames: Readonly<Record<'rack' | 'pool' | 'zone', string>>;
  readonly part: Readonly<Record<'rack' | 'pool' | 'zone', string>>;
  readonly switchOff: string;
  readonly switchOn: string;
  readonly taint: string;
  readonly untaint: string;
  readonly faultNote: string;
  readonly twin: string;
  readonly twinCaption: string;
  readonly step: string;
  readonly count: string;
  readonly andMore: string;
  readonly noData: string;
  readonly lost: string;
  readonly notReady: string;
  readonly rackLine: string;
  readonly still: string;
  readonly broken: string;
  readonly refused: string;
  readonly noScript: string;
}
