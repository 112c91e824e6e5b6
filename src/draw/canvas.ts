// Writes shapes on a canvas, for pictures of many boxes: no element is made, so a frame costs only its pixels. It
// decides nothing. Colours are looked up by token, because a canvas has no stylesheet.
import { HATCH } from './svg.ts';
import { num, type Paint, type Shape, type Style } from './shapes.ts';

export interface CanvasPaint {
  readonly colour: (token: Exclude<Paint, 'none' | 'hatch'>) => string;
  readonly hatch: CanvasPattern | string;
  readonly sans: string;
  readonly mono: string;
}

type Context = CanvasRenderingContext2D;

export function drawShapes(context: Context, shapes: readonly Shape[], paint: CanvasPaint): void {
  for (const shape of shapes) drawShape(context, shape, paint);
}

function drawShape(context: Context, shape: Shape, paint: CanvasPaint): void {
  switch (shape.kind) {
    case 'rect':
      if (shape.dash === undefined && shape.opacity === undefined) {
        const { x, y, width, height } = shape;
        if (style(context, 'fillStyle', shape.fill ?? 'ink', paint)) context.fillRect(x, y, width, height);
        if (stroke(context, shape, paint)) context.strokeRect(x, y, width, height);
        return;
      }
      ink(context, rectangle(shape), shape, paint);
      return;
    case 'path':
      ink(context, new Path2D(shape.d), shape.fill === undefined ? { ...shape, fill: 'none' } : shape, paint);
      return;
    case 'circle': {
      const circle = new Path2D();
      circle.arc(shape.x, shape.y, shape.r, 0, Math.PI * 2);
      ink(context, circle, shape, paint);
      return;
    }
    case 'text':
      context.fillStyle = paint.colour(shape.fill);
      context.font = `${shape.bold ? '600 ' : ''}${num(shape.size)}px ${shape.font === 'mono' ? paint.mono : paint.sans}`;
      context.textAlign = shape.anchor === 'middle' ? 'center' : shape.anchor === 'end' ? 'right' : 'left';
      context.fillText(shape.text, shape.x, shape.y);
      return;
    case 'group': {
      context.save();
      context.translate(shape.x ?? 0, shape.y ?? 0);
      if (shape.rotate) {
        const { degrees, cx, cy } = shape.rotate;
        context.translate(cx, cy);
        context.rotate((degrees * Math.PI) / 180);
        context.translate(-cx, -cy);
      }
      drawShapes(context, shape.children, paint);
      context.restore();
    }
  }
}

function rectangle({ x, y, width, height }: Extract<Shape, { kind: 'rect' }>): Path2D {
  const path = new Path2D();
  path.rect(x, y, width, height);
  return path;
}

function ink(context: Context, path: Path2D, shape: Style, paint: CanvasPaint): void {
  const held = context.globalAlpha;
  if (shape.opacity !== undefined) context.globalAlpha = held * shape.opacity;
  if (style(context, 'fillStyle', shape.fill ?? 'ink', paint)) context.fill(path);
  if (stroke(context, shape, paint)) context.stroke(path);
  context.globalAlpha = held;
}

function stroke(context: Context, shape: Style, paint: CanvasPaint): boolean {
  if (shape.stroke === undefined || !style(context, 'strokeStyle', shape.stroke, paint)) return false;
  context.lineWidth = shape.strokeWidth ?? 1;
  context.lineCap = shape.cap ?? 'butt';
  context.setLineDash(shape.dash?.split(' ').map(Number) ?? []);
  return true;
}

function style(context: Context, which: 'fillStyle' | 'strokeStyle', value: Paint, paint: CanvasPaint): boolean {
  if (value === 'none') return false;
  context[which] = value === 'hatch' ? paint.hatch : paint.colour(value);
  return true;
}

/** The hatch of the drawings as a pattern in this colour. */
export function canvasHatch(context: Context, colour: string): CanvasPattern | string {
  const square = document.createElement('canvas');
  square.width = HATCH.size;
  square.height = HATCH.size;
  const on = square.getContext('2d');
  if (!on) return colour;
  on.strokeStyle = colour;
  on.stroke(new Path2D(HATCH.d));
  return context.createPattern(square, 'repeat') ?? colour;
}
