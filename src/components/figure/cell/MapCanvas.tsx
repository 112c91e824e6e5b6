// The map of a cell on a canvas: pixels where a node is a tile, a few rectangles where it is a hull, boxes where there is
// room. Each level draws again only what changed. The mark of the chosen node lies above, as an element of its own.
import { untracked, useSignal, useSignalEffect, type ReadonlySignal, type Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { canvasHatch, drawShapes, type CanvasPaint } from '../../../draw/canvas.ts';
import { stepsOf, type Measure, type Scale } from '../../../draw/heat-map/measure.ts';
import { smallBay, stripedNode } from '../../../draw/heat-map/nodes.ts';
import { neighbour, nodeAt, planCell, type CellPlan } from '../../../draw/heat-map/plan.ts';
import { cellLabels } from '../../../draw/heat-map/still.ts';
import { Tiles, type TileColours } from '../../../draw/heat-map/tiles.ts';
import type { Box, Token } from '../../../draw/shapes.ts';
import { COLOURS, type CellLoad, type CellMap } from '../../../sim/cell-snapshot.ts';
import type { ClusterSnapshot } from '../../../sim/snapshot.ts';
import { blocksOf, type CellChange } from './changes.ts';

interface Props {
  readonly map: ReadonlySignal<CellMap | undefined>;
  readonly load: ReadonlySignal<CellLoad | undefined>;
  readonly looked: ReadonlySignal<ClusterSnapshot | undefined>;
  readonly measure: ReadonlySignal<Measure>;
  readonly scale: ReadonlySignal<Scale>;
  readonly plan: Signal<CellPlan | undefined>;
  readonly chosen: ReadonlySignal<number | undefined>;
  /** Outlined until the next step. */
  readonly change: ReadonlySignal<CellChange | undefined>;
  readonly label: string;
  readonly helpId: string;
  readonly onPoint: (node: number) => void;
  /** Holds it, by a click or Enter. */
  readonly onHold: (node: number, byKey: boolean) => void;
  readonly onMove: (node: number) => void;
  readonly onLetGo: () => void;
}

/** Device pixels a px, at most: more can hardly be seen and cost time. */
const FINEST = 2;

export function MapCanvas(props: Props) {
  const { map, load, looked, measure, scale, plan, chosen, change } = props;
  const place = useRef<HTMLDivElement>(null);
  const canvas = useRef<HTMLCanvasElement>(null);
  const room = useSignal(0);
  /** Goes up whenever colours may have changed. */
  const look = useSignal(0);
  const painter = useRef<Painter | undefined>(undefined);

  useEffect(() => {
    if (!place.current) return;
    const observer = new ResizeObserver(([entry]) => {
      room.value = Math.floor(entry?.contentRect.width ?? 0);
    });
    observer.observe(place.current);
    const recolour = () => (look.value = look.peek() + 1);
    const theme = new MutationObserver(recolour);
    theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    const forced = matchMedia('(forced-colors: active)');
    forced.addEventListener('change', recolour);
    return () => {
      observer.disconnect();
      theme.disconnect();
      forced.removeEventListener('change', recolour);
    };
  }, []);

  useSignalEffect(() => {
    plan.value = map.value && room.value > 0 ? planCell(map.value, room.value) : undefined;
  });

  // Another plan or other colours: everything is drawn anew.
  useSignalEffect(() => {
    const { current } = canvas;
    const [cell, now] = [map.value, plan.value];
    const drawable = look.value >= 0 && cell && now && current;
    painter.current = drawable ? new Painter(current, cell, now) : undefined;
    untracked(paintNow);
  });
  useSignalEffect(paintNow);

  function paintNow(): void {
    // Read whether there is a painter or not, so that the effect knows what it waits for.
    const [now, seen, by, steps] = [load.value, looked.value, measure.value, scale.value];
    painter.current?.paint(now, seen, by, steps);
  }

  const at = (event: MouseEvent) => {
    const { current } = canvas;
    if (!plan.value || !current) return -1;
    const box = current.getBoundingClientRect();
    const factor = plan.value.width / box.width;
    return nodeAt(plan.value, (event.clientX - box.left) * factor, (event.clientY - box.top) * factor);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const now = plan.value;
    if (!now) return;
    const from = chosen.peek() ?? -1;
    if (event.key === 'Enter' || event.key === ' ') {
      event.preventDefault();
      props.onHold(Math.max(0, from), true);
      return;
    }
    if (event.key === 'Escape') {
      props.onLetGo();
      return;
    }
    const way = WAYS[event.key];
    const last = now.x.length - 1;
    if (!way && event.key !== 'Home' && event.key !== 'End') return;
    event.preventDefault();
    if (event.key === 'Home') props.onMove(0);
    else if (event.key === 'End') props.onMove(last);
    else if (way) props.onMove(from < 0 ? 0 : neighbour(now, from, way[0], way[1]));
  };
  const now = plan.value;
  const mark = now && chosen.value !== undefined ? boxOf(now, chosen.value) : undefined;
  const blocks = map.value && now && change.value ? blocksOf(map.value, now, change.value.nodes) : [];
  return (
    <div ref={place} class="map" data-level={now?.level}>
      <div
        class="surface"
        role="application"
        tabIndex={0}
        aria-label={props.label}
        aria-describedby={props.helpId}
        style={now ? { blockSize: `${String(now.height)}px` } : {}}
        onKeyDown={onKeyDown}
        onPointerMove={(event) => {
          if (event.pointerType !== 'mouse') return;
          const i = at(event);
          if (i >= 0) props.onPoint(i);
        }}
        onClick={(event) => {
          const i = at(event);
          if (i >= 0) props.onHold(i, false);
        }}
      >
        <canvas ref={canvas} aria-hidden="true" />
        {blocks.map((block) => (
          <span key={`${String(block.x)} ${String(block.y)}`} class="mark changed" style={around(block, 1)} />
        ))}
        {mark && <span class="mark" style={around(mark, 3)} />}
      </div>
    </div>
  );
}

/** An element that lies around a box, so far off. */
function around({ x, y, width, height }: Box, by: number): Readonly<Record<string, string>> {
  const px = (value: number) => `${String(value)}px`;
  return {
    insetInlineStart: px(x - by),
    insetBlockStart: px(y - by),
    inlineSize: px(width + 2 * by),
    blockSize: px(height + 2 * by),
  };
}

const WAYS: Readonly<Record<string, readonly [-1 | 0 | 1, -1 | 0 | 1]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

function boxOf(plan: CellPlan, i: number): Box {
  return { x: plan.x[i] ?? 0, y: plan.y[i] ?? 0, ...plan.size };
}

/** Draws one plan in one set of colours. */
class Painter {
  readonly #context: CanvasRenderingContext2D | null;
  readonly #map: CellMap;
  readonly #plan: CellPlan;
  readonly #paint: CanvasPaint;
  readonly #tiles: Tiles | undefined;
  readonly #image: ImageData | undefined;
  readonly #steps: Uint8Array;
  #measure: Measure | undefined;
  #before: CellLoad | undefined;
  #seen: ClusterSnapshot | undefined;

  constructor(canvas: HTMLCanvasElement, map: CellMap, plan: CellPlan) {
    const fine = Math.min(FINEST, Math.max(1, devicePixelRatio));
    canvas.width = Math.round(plan.width * fine);
    canvas.height = Math.round(plan.height * fine);
    canvas.style.inlineSize = `${String(plan.width)}px`;
    canvas.style.blockSize = `${String(plan.height)}px`;
    const context = canvas.getContext('2d');
    this.#context = context;
    this.#map = map;
    this.#plan = plan;
    this.#steps = new Uint8Array(map.names.length);
    const css = getComputedStyle(canvas);
    const colours = new Map<string, string>();
    const colour = (token: string) => {
      const known = colours.get(token) ?? css.getPropertyValue(`--${token}`).trim();
      colours.set(token, known);
      return known;
    };
    context?.scale(fine, fine);
    this.#paint = {
      colour,
      hatch: context ? canvasHatch(context, colour('line')) : '',
      sans: css.getPropertyValue('--sans'),
      mono: css.getPropertyValue('--mono'),
    };
    if (plan.level === 'tiles') {
      this.#tiles = new Tiles(plan, fine, tileColours(colour));
      this.#image = new ImageData(
        new Uint8ClampedArray(this.#tiles.pixels.buffer as ArrayBuffer),
        this.#tiles.width,
        this.#tiles.height,
      );
    } else if (context) {
      context.fillStyle = colour('sheet');
      context.fillRect(0, 0, plan.width, plan.height);
      drawShapes(context, cellLabels(plan), this.#paint);
    }
  }

  paint(load: CellLoad | undefined, looked: ClusterSnapshot | undefined, measure: Measure, scale: Scale): void {
    const context = this.#context;
    if (!context || load?.flags.length !== this.#steps.length) return;
    if (this.#tiles && this.#image) {
      stepsOf(this.#map, load, measure, scale, this.#steps);
      if (this.#tiles.update(this.#steps, load.flags) === 0) return;
      context.putImageData(this.#image, 0, 0);
      drawShapes(context, cellLabels(this.#plan), this.#paint);
    } else if (this.#plan.level === 'stripes') this.#stripes(context, load, measure);
    else this.#bays(context, looked);
  }

  #stripes(context: CanvasRenderingContext2D, load: CellLoad, measure: Measure): void {
    const before = this.#measure === measure ? this.#before : undefined;
    this.#measure = measure;
    this.#before = load;
    for (let i = 0; i < this.#steps.length; i++) {
      if (before !== undefined && sameNode(before, load, i)) continue;
      drawShapes(context, stripedNode(this.#map, load, i, boxOf(this.#plan, i), measure), this.#paint);
    }
  }

  #bays(context: CanvasRenderingContext2D, looked: ClusterSnapshot | undefined): void {
    if (looked?.nodes.length !== this.#steps.length) return;
    if (this.#seen?.pods === looked.pods && this.#seen.nodes === looked.nodes) return;
    this.#seen = looked;
    this.#map.names.forEach((name, i) => {
      const node = looked.nodes.find((one) => one.name === name);
      if (!node) return;
      const box = boxOf(this.#plan, i);
      context.fillStyle = this.#paint.colour('sheet');
      context.fillRect(box.x - 4, box.y - 6, box.width + 8, box.height + 8);
      drawShapes(context, smallBay(looked, node, box), this.#paint);
    });
  }
}

function sameNode(a: CellLoad, b: CellLoad, i: number): boolean {
  const [x, y] = [a.stripes, b.stripes];
  if (a.flags[i] !== b.flags[i] || a.pods[i] !== b.pods[i] || !x || !y) return false;
  for (let c = i * COLOURS; c < (i + 1) * COLOURS; c++)
    if (x.cpuMilli[c] !== y.cpuMilli[c] || x.memoryMi[c] !== y.memoryMi[c]) return false;
  return true;
}

/** Colours as numbers. A one-pixel canvas reads whatever a stylesheet can say, the system's colours included. */
function tileColours(colour: (token: Token) => string): TileColours {
  const canvas = document.createElement('canvas');
  canvas.width = 1;
  canvas.height = 1;
  const context = canvas.getContext('2d', { willReadFrequently: true });
  const read = (token: Token) => {
    if (!context) return 0;
    context.fillStyle = colour(token);
    context.fillRect(0, 0, 1, 1);
    return new Uint32Array(context.getImageData(0, 0, 1, 1).data.buffer)[0] ?? 0;
  };
  return {
    steps: ([0, 1, 2, 3, 4, 5, 6] as const).map((step) => read(`load-${step}`)),
    paper: read('paper'),
    ground: read('sheet'),
    ink: read('ink'),
    line: read('line'),
    foul: read('foul'),
  };
}
