// A scene of src/draw written as SVG elements. Parts that did not change since the last frame are left alone, by
// identity. With `onChoose` everything that has a subject can be clicked, reached with Tab and the arrow keys, and
// chosen with Enter.
import { Component, type VNode } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Scene, Shape } from '../../draw/shapes.ts';
import { attributes, HATCH, painter, rootAttributes, TAG, type Painter } from '../../draw/svg.ts';
import './picture.css';

interface Props {
  readonly drawn: Scene;
  /** Unique in the page; names the hatch. */
  readonly id: string;
  /** Subjects in the order in which the arrow keys go through them. */
  readonly order: readonly string[];
  readonly onChoose?: ((subject: string) => void) | undefined;
}

export function SceneSvg({ drawn, id, order, onChoose }: Props) {
  const paint = useMemo(() => painter(id), [id]);
  const svg = useRef<SVGSVGElement>(null);
  const here = useRef('');

  // One thing in the picture can be reached with Tab; the arrow keys go on from there.
  useEffect(() => {
    if (!onChoose || !svg.current) return;
    const things = [...svg.current.querySelectorAll<SVGGElement>('[data-subject]')];
    const present = things.find((thing) => thing.dataset['subject'] === here.current) ?? first(svg.current, order);
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

function first(svg: SVGSVGElement, order: readonly string[]): Element | null {
  const [subject] = order;
  return subject === undefined ? null : svg.querySelector(`[data-subject="${CSS.escape(subject)}"]`);
}
