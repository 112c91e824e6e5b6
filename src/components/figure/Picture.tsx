// The picture of a cluster, live: the scene of src/draw written as SVG elements. It holds no state of the world; the
// same props always give the same picture. Parts that did not change since the last frame are left alone, by identity.
import { Component, type VNode } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Room } from '../../draw/layout.ts';
import { createMemo, scene } from '../../draw/scene.ts';
import type { Shape } from '../../draw/shapes.ts';
import { attributes, HATCH, painter, rootAttributes, TAG, type Painter } from '../../draw/svg.ts';
import type { DrawWords } from '../../draw/words.ts';
import type { ClusterSnapshot } from '../../sim/snapshot.ts';
import './picture.css';

export interface PictureProps {
  readonly snapshot: ClusterSnapshot;
  /** Width of the room it has, px; the picture lays itself out for it ({@link layoutWidth}) and fills it. */
  readonly room: number;
  /** Lays out for this width instead. */
  readonly width?: number | undefined;
  readonly words: DrawWords;
  /** Unique in the page; names the hatch. */
  readonly id: string;
  /** Subject that is asked about: `pods/default/payments-1`, `nodes/node-a`, `services/default/payments`. */
  readonly chosen?: string | undefined;
  /** Subjects that changed since the last step: outlined in magenta. For readers who want less motion. */
  readonly changed?: ReadonlySet<string> | undefined;
  /** The reader's guess, dashed in the picture. */
  readonly guess?: string | undefined;
  /** Draws requests on their way. Default true; at high speed they only flicker, and `queues` draws those that wait. */
  readonly flights?: boolean | 'queues' | undefined;
  /** Probe clocks under the nodes. Default true. */
  readonly clocks?: boolean | undefined;
  /** The fullest moment of the run (`roomOf`, `mostRoom`), so that the picture keeps its height. */
  readonly keep?: Room | undefined;
  /** With it, everything that has a subject can be clicked, reached with Tab and the arrow keys, and chosen with Enter. */
  readonly onChoose?: ((subject: string) => void) | undefined;
}

export function Picture({ room, width = layoutWidth(room), id, onChoose, ...props }: PictureProps) {
  const { snapshot, words, chosen, changed, guess, flights, clocks, keep } = props;
  const memo = useMemo(createMemo, []);
  const paint = useMemo(() => painter(id), [id]);
  const drawn = scene(snapshot, { width, words, chosen, changed, guess, flights, clocks, room: keep, memo });
  const svg = useRef<SVGSVGElement>(null);
  const here = useRef('');

  // One thing in the picture can be reached with Tab; the arrow keys go on from there.
  useEffect(() => {
    if (!onChoose || !svg.current) return;
    const things = [...svg.current.querySelectorAll<SVGGElement>('[data-subject]')];
    const present = things.find((thing) => thing.dataset['subject'] === here.current) ?? first(svg.current, snapshot);
    for (const thing of things) {
      const wanted = thing === present ? '0' : '-1';
      if (thing.getAttribute('tabindex') !== wanted) thing.setAttribute('tabindex', wanted);
    }
  });

  const onKeyDown = (event: KeyboardEvent) => {
    const at = subjectAt(event.target);
    if (at === undefined || !svg.current) return;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      onChoose?.(at);
      return;
    }
    const order = readingOrder(snapshot);
    const i = order.indexOf(at);
    const next =
      event.key === 'ArrowRight' || event.key === 'ArrowDown'
        ? order[i + 1]
        : event.key === 'ArrowLeft' || event.key === 'ArrowUp'
          ? order[i - 1]
          : event.key === 'Home'
            ? order[0]
            : event.key === 'End'
              ? order.at(-1)
              : undefined;
    if (next === undefined) return;
    event.preventDefault();
    svg.current.querySelector<SVGGElement>(`[data-subject="${CSS.escape(next)}"]`)?.focus();
  };

  return (
    <svg
      ref={svg}
      class="bp-picture"
      {...rootAttributes(paint)}
      viewBox={`0 0 ${String(drawn.width)} ${String(drawn.height)}`}
      role={onChoose ? 'group' : 'img'}
      aria-label={drawn.title}
      {...(onChoose
        ? {
            onClick: (event: MouseEvent) => {
              const at = subjectAt(event.target);
              if (at !== undefined) onChoose(at);
            },
            onKeyDown,
            onFocusIn: (event: FocusEvent) => {
              here.current = subjectAt(event.target) ?? here.current;
            },
          }
        : {})}
    >
      <defs>
        <pattern id={`${id}-hatch`} width={HATCH.size} height={HATCH.size} patternUnits="userSpaceOnUse">
          <path d={HATCH.d} fill="none" stroke="var(--line)" />
        </pattern>
      </defs>
      {drawn.shapes.map((shape, i) => (
        <ShapeView key={shape.key ?? String(i)} shape={shape} paint={paint} live={onChoose !== undefined} />
      ))}
    </svg>
  );
}

/** The widths that pictures are laid out for; in between they are scaled up, so that no label is ever below 12 px. */
export const WIDTHS = [318, 640, 900, 1080] as const;

/** The widest layout that fits into `room` px. */
function layoutWidth(room: number): number {
  return WIDTHS.findLast((width) => width <= room) ?? WIDTHS[0];
}

interface ShapeProps {
  readonly shape: Shape;
  readonly paint: Painter;
  readonly live: boolean;
}

class ShapeView extends Component<ShapeProps> {
  override shouldComponentUpdate(next: ShapeProps): boolean {
    return next.shape !== this.props.shape || next.paint !== this.props.paint;
  }

  override render({ shape, paint, live }: ShapeProps): VNode {
    const Tag = TAG[shape.kind] as 'g';
    const rest = attributes(shape, paint);
    if (shape.kind === 'text') return <Tag {...rest}>{shape.text}</Tag>;
    if (shape.kind !== 'group') return <Tag {...rest} />;
    const interactive = live && shape.subject !== undefined ? { role: 'button' as const, tabindex: -1 } : {};
    return (
      <Tag {...rest} {...interactive}>
        {shape.label !== undefined && <title>{shape.label}</title>}
        {shape.children.map((child, i) => (
          <ShapeView key={child.key ?? String(i)} shape={child} paint={paint} live={live} />
        ))}
      </Tag>
    );
  }
}

function subjectAt(target: EventTarget | null): string | undefined {
  return target instanceof Element ? target.closest<SVGElement>('[data-subject]')?.dataset['subject'] : undefined;
}

function first(svg: SVGSVGElement, snapshot: ClusterSnapshot): Element | null {
  const subject = readingOrder(snapshot)[0];
  return subject === undefined ? null : svg.querySelector(`[data-subject="${CSS.escape(subject)}"]`);
}

/** Services, then each node with its pods from left to right, then who waits on the quay. */
function readingOrder({ services, nodes, pods }: ClusterSnapshot): readonly string[] {
  const byPlace = [...pods].sort(
    (a, b) => (a.berth?.x ?? 0) - (b.berth?.x ?? 0) || (a.berth?.y ?? 0) - (b.berth?.y ?? 0),
  );
  return [
    ...services.map(({ key }) => `services/${key}`),
    ...nodes.flatMap(({ name }) => [
      `nodes/${name}`,
      ...byPlace.filter((pod) => pod.node === name).map(({ key }) => `pods/${key}`),
    ]),
    ...pods.filter((pod) => pod.node === null && pod.phase === 'Pending').map(({ key }) => `pods/${key}`),
  ];
}
