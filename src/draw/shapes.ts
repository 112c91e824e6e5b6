// The drawing as data: a list of shapes that knows neither theme nor medium. Colours are names of tokens
// (styles/tokens.css), so one picture serves light, dark, print and forced colours. The writers (svg.ts, canvas.ts and
// the live figure) only write this list; nothing is decided in them.

/** A colour token of styles/tokens.css, without its dashes. */
export type Token =
  | 'paper'
  | 'sheet'
  | 'sea'
  | 'buff'
  | 'ink'
  | 'ink-2'
  | 'ink-3'
  | 'line'
  | 'hair'
  | 'note'
  | 'fair'
  | 'wait'
  | 'foul'
  | `wl-${WorkloadKey}`
  | `wl-${WorkloadKey}-label`
  | `load-${0 | 1 | 2 | 3 | 4 | 5 | 6}`;
export type WorkloadKey = 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g' | 'h';
/** `hatch` is the diagonal hatch of the scene's own pattern. */
export type Paint = Token | 'none' | 'hatch';

export interface Style {
  readonly fill?: Paint;
  readonly stroke?: Paint;
  readonly strokeWidth?: number;
  readonly dash?: string;
  readonly cap?: 'round' | 'butt';
  readonly opacity?: number;
}

interface Keyed {
  /** Stable among its siblings from frame to frame; where it is left out, the place in the list serves. */
  readonly key?: string;
  /** For the stylesheet (transitions, patterns) and for the tests. */
  readonly class?: string;
}

export interface Rect extends Keyed, Style {
  readonly kind: 'rect';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly radius?: number;
}
export interface Path extends Keyed, Style {
  readonly kind: 'path';
  readonly d: string;
}
export interface Circle extends Keyed, Style {
  readonly kind: 'circle';
  readonly x: number;
  readonly y: number;
  readonly r: number;
}
export interface Text extends Keyed {
  readonly kind: 'text';
  readonly x: number;
  /** Of the base line. */
  readonly y: number;
  readonly text: string;
  readonly size: number;
  readonly fill: Token;
  readonly font?: 'sans' | 'mono';
  readonly bold?: boolean;
  readonly anchor?: 'start' | 'middle' | 'end';
}
export interface Group extends Keyed {
  readonly kind: 'group';
  readonly children: readonly Shape[];
  readonly x?: number;
  readonly y?: number;
  /** Degrees about (`cx`, `cy`) in the group's own coordinates. */
  readonly rotate?: { readonly degrees: number; readonly cx: number; readonly cy: number };
  /** What a click on it asks about: a journal subject such as `pods/default/payments-1`. */
  readonly subject?: string;
  /** What a screen reader says of it; only with `subject`. */
  readonly label?: string;
  /** Status and the like, for tests and stylesheets. */
  readonly state?: string;
}
export type Shape = Rect | Path | Circle | Text | Group;

/** A finished picture. */
export interface Scene {
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly shapes: readonly Shape[];
  /** Lines that must not cross a label: channels and leaders, as polylines. For the tests. */
  readonly routes: readonly (readonly Point[])[];
}

export interface Point {
  readonly x: number;
  readonly y: number;
}
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export function rect(
  x: number,
  y: number,
  width: number,
  height: number,
  style: Style & Keyed & { radius?: number },
): Rect {
  return { kind: 'rect', x, y, width, height, ...style };
}
export function path(d: string, style: Style & Keyed): Path {
  return { kind: 'path', d, fill: 'none', ...style };
}
export function circle(x: number, y: number, r: number, style: Style & Keyed): Circle {
  return { kind: 'circle', x, y, r, ...style };
}
export function text(
  x: number,
  y: number,
  value: string,
  style: Partial<Omit<Text, 'kind' | 'text' | 'x' | 'y'>> = {},
): Text {
  return { kind: 'text', x, y, text: value, size: 12, fill: 'ink', ...style };
}
export function mono(
  x: number,
  y: number,
  value: string,
  style: Partial<Omit<Text, 'kind' | 'text' | 'x' | 'y'>> = {},
): Text {
  return text(x, y, value, { size: 12, fill: 'ink-3', font: 'mono', ...style });
}
export function group(children: readonly Shape[], rest: Omit<Group, 'kind' | 'children'> = {}): Group {
  return { kind: 'group', children, ...rest };
}

/** A straight line through the points. */
export function line(...points: readonly number[]): string {
  let d = '';
  for (let i = 0; i < points.length; i += 2) {
    const x = num(points[i] ?? 0);
    const y = num(points[i + 1] ?? 0);
    if (i === 0) d += `M${x} ${y}`;
    else if (y === num(points[i - 1] ?? 0)) d += `H${x}`;
    else if (x === num(points[i - 2] ?? 0)) d += `V${y}`;
    else d += `L${x} ${y}`;
  }
  return d;
}

/** A rectangle as part of a path, for many of one kind. */
export function boxPath({ x, y, width, height }: Box): string {
  return `M${num(x)} ${num(y)}h${num(width)}v${num(height)}h${num(-width)}z`;
}

/** At most one decimal, so that pictures are small and equal on every machine. */
export function num(value: number): string {
  return String(Math.round(value * 10) / 10);
}
