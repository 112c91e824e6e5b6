// Writes a scene as SVG: a string for the stills made at build time, attributes for the live figure. It decides
// nothing. With a theme the tokens are written as colours, for pictures that stand alone (Open Graph, `<img>`).
import { num, type Paint, type Scene, type Shape, type Style } from './shapes.ts';
import { dark, light, type Palette } from './palette.ts';

export interface SvgOptions {
  /** Fixed colours instead of custom properties. */
  readonly theme?: 'light' | 'dark';
  /** Makes ids unique in a page with several pictures. */
  readonly id?: string;
  readonly class?: string;
}

export type Attributes = Readonly<Record<string, string | number>>;

export function toSvg(scene: Scene, options: SvgOptions = {}): string {
  const id = options.id ?? 'bp';
  const palette = options.theme === 'dark' ? dark : options.theme === 'light' ? light : undefined;
  const paint = painter(id, palette);
  const body = scene.shapes.map((shape) => write(shape, paint)).join('');
  const cls = options.class === undefined ? '' : ` class="${options.class}"`;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg"${cls} viewBox="0 0 ${num(scene.width)} ${num(scene.height)}" ` +
    `width="${num(scene.width)}" height="${num(scene.height)}" ${Object.entries(rootAttributes(paint))
      .map(([name, value]) => `${name}="${escape(String(value))}"`)
      .join(' ')} role="img" ` +
    `aria-label="${escape(scene.title)}">` +
    `${body.includes('-hatch)') ? defs(id, paint) : ''}${body}</svg>\n`
  );
}

export interface Painter {
  (value: Paint): string;
  /** The picture stands alone, without a stylesheet. */
  readonly alone: boolean;
}

export function painter(id: string, palette?: Palette): Painter {
  const paint = (value: Paint) => {
    if (value === 'none') return 'none';
    if (value === 'hatch') return `url(#${id}-hatch)`;
    return palette ? palette[value] : `var(--${value})`;
  };
  return Object.assign(paint, { alone: palette !== undefined });
}

/** What most texts share is said once, on the root. */
const ROOT = { size: 12, fill: 'ink' } as const;

export function rootAttributes(paint: Painter): Attributes {
  return {
    'font-family': paint.alone ? 'IBM Plex Sans, sans-serif' : 'var(--sans)',
    'font-size': ROOT.size,
    fill: paint(ROOT.fill),
  };
}

/** Attributes of one shape, for any writer of elements. */
export function attributes(shape: Shape, paint: Painter): Attributes {
  const out: Record<string, string | number> = {};
  if (shape.class !== undefined) out['class'] = shape.class;
  switch (shape.kind) {
    case 'rect':
      Object.assign(out, { x: num(shape.x), y: num(shape.y), width: num(shape.width), height: num(shape.height) });
      if (shape.radius !== undefined) out['rx'] = num(shape.radius);
      styled(out, shape, paint);
      break;
    case 'path':
      out['d'] = shape.d;
      styled(out, shape, paint);
      break;
    case 'circle':
      Object.assign(out, { cx: num(shape.x), cy: num(shape.y), r: num(shape.r) });
      styled(out, shape, paint);
      break;
    case 'text':
      Object.assign(out, { x: num(shape.x), y: num(shape.y) });
      if (shape.size !== ROOT.size) out['font-size'] = num(shape.size);
      if (shape.fill !== ROOT.fill) out['fill'] = paint(shape.fill);
      if (shape.font === 'mono') out['font-family'] = paint.alone ? 'IBM Plex Mono, monospace' : 'var(--mono)';
      if (shape.bold) out['font-weight'] = 600;
      if (shape.anchor !== undefined && shape.anchor !== 'start') out['text-anchor'] = shape.anchor;
      break;
    case 'group': {
      const { x = 0, y = 0, rotate } = shape;
      let transform = x !== 0 || y !== 0 ? `translate(${num(x)} ${num(y)})` : '';
      if (rotate) transform += `rotate(${num(rotate.degrees)} ${num(rotate.cx)} ${num(rotate.cy)})`;
      // As a style, so that the stylesheet can let the water rise slowly.
      if (shape.class === 'water' && !paint.alone) out['style'] = `transform:translate(${num(x)}px,${num(y)}px)`;
      else if (transform !== '') out['transform'] = transform;
      if (shape.subject !== undefined) out['data-subject'] = shape.subject;
      if (shape.state !== undefined) out['data-state'] = shape.state;
      break;
    }
  }
  return out;
}

export const TAG = { rect: 'rect', path: 'path', circle: 'circle', text: 'text', group: 'g' } as const;

/** The lines of the hatch, in its own 7 px square. */
export const HATCH = { size: 7, d: 'M-1 8L8 -1M-1 1L1 -1M6 8L8 6' } as const;

function defs(id: string, paint: Painter): string {
  const { size, d } = HATCH;
  return (
    `<defs><pattern id="${id}-hatch" width="${String(size)}" height="${String(size)}" patternUnits="userSpaceOnUse">` +
    `<path d="${d}" fill="none" stroke="${paint('line')}"/></pattern></defs>`
  );
}

function styled(out: Record<string, string | number>, style: Style, paint: Painter): void {
  if (style.fill !== undefined) out['fill'] = paint(style.fill);
  if (style.stroke !== undefined) out['stroke'] = paint(style.stroke);
  if (style.strokeWidth !== undefined && style.strokeWidth !== 1) out['stroke-width'] = num(style.strokeWidth);
  if (style.dash !== undefined) out['stroke-dasharray'] = style.dash;
  if (style.cap !== undefined) out['stroke-linecap'] = style.cap;
  if (style.opacity !== undefined) out['opacity'] = num(style.opacity);
}

/** A still is one image: what can be asked about in the live figure, and its names, would only weigh. */
function write(shape: Shape, paint: Painter): string {
  const tag = TAG[shape.kind];
  let open = `<${tag}`;
  for (const [name, value] of Object.entries(attributes(shape, paint)))
    if (!name.startsWith('data-')) open += ` ${name}="${escape(String(value))}"`;
  if (shape.kind === 'text') return `${open}>${escape(shape.text)}</text>`;
  if (shape.kind !== 'group') return `${open}/>`;
  if (shape.children.length === 0) return '';
  return `${open}>${shape.children.map((child) => write(child, paint)).join('')}</g>`;
}

function escape(value: string): string {
  return value.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
