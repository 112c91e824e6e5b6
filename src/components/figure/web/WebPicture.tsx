// The web in its place: what the frames say.
import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { webScene } from '../../../draw/web/scene.ts';
import type { WebWords } from '../../../draw/web/words.ts';
import type { MachineSnapshot } from '../../../sim/machines/snapshot.ts';
import { SceneSvg } from '../SceneSvg.tsx';
import { Stage } from '../Stage.tsx';
import { layoutWidth } from '../widths.ts';

export function WebPicture({
  id,
  snapshot,
  before,
  chosen,
  still,
  words,
  widthOf = layoutWidth,
  onChoose,
}: {
  readonly id: string;
  readonly snapshot: ReadonlySignal<MachineSnapshot | undefined>;
  readonly before: MachineSnapshot | undefined;
  readonly chosen: string | undefined;
  readonly still: ComponentChildren;
  readonly words: WebWords;
  /** The width to lay it out for, by the room there is; the stills beside it may have widths of their own. */
  readonly widthOf?: (room: number) => number;
  readonly onChoose?: ((subject: string) => void) | undefined;
}) {
  return (
    <Stage snapshot={snapshot} still={still}>
      {(now, room) => (
        <SceneSvg
          drawn={webScene(now, { width: widthOf(room), words, before, chosen })}
          id={`${id}-live`}
          order={subjects(now)}
          onChoose={onChoose}
        />
      )}
    </Stage>
  );
}

function subjects({ machines: [machine] }: MachineSnapshot): readonly string[] {
  return [
    ...(machine?.programs ?? []).map(({ key }) => `program/${key}`),
    ...(machine?.libraries ?? []).map(({ key }) => `library/${key}`),
  ];
}
