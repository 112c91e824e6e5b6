// How wide words will be, without a browser: layout happens at build time and in tests too. Advance widths of IBM Plex
// Sans (400) in thousandths of the size for the printable ASCII range; the rest is taken from a few wide classes.
import type { Box, Group, Shape, Text } from './shapes.ts';

// prettier-ignore
const SANS = [
  236, 284, 419, 713, 598, 927, 694, 242, 335, 335, 450, 600, 272, 399, 272, 383, 600, 600, 600, 600, 600, 600, 600, 600,
  600, 600, 292, 292, 600, 600, 600, 477, 891, 641, 653, 621, 671, 583, 559, 695, 707, 400, 510, 634, 501, 812, 707, 708,
  606, 708, 640, 581, 572, 678, 609, 891, 613, 593, 580, 317, 383, 317, 600, 565, 600, 534, 580, 503, 580, 549, 324, 528,
  568, 250, 250, 527, 272, 873, 568, 560, 580, 580, 367, 487, 351, 568, 492, 768, 507, 499, 464, 343, 314, 343,
];
/** Plex Sans 600 runs this much wider than 400. */
const BOLD = 1.05;
const MONO = 600;
/** Hangul, kana and ideographs. */
const WIDE = 920;
const OTHER = 600;

/** Width in px. */
export function textWidth(value: string, size: number, font: 'sans' | 'mono' = 'sans', bold = false): number {
  let sum = 0;
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i);
    if (code >= 0x1100) sum += code >= 0x2000 && code <= 0x22ff ? (code === 0x2009 ? 200 : OTHER) : WIDE;
    else if (font === 'mono') sum += MONO;
    else sum += SANS[code - 32] ?? OTHER;
  }
  return (sum * size * (bold && font === 'sans' ? BOLD : 1)) / 1000;
}

/** Cuts `value` in the middle so that it fits; pod names keep their telling end. */
export function fit(value: string, width: number, size: number, font: 'sans' | 'mono' = 'sans', bold = false): string {
  if (textWidth(value, size, font, bold) <= width) return value;
  for (let keep = value.length - 2; keep > 1; keep--) {
    const head = Math.floor(keep / 2);
    const cut = `${value.slice(0, head)}…${value.slice(value.length - (keep - head))}`;
    if (textWidth(cut, size, font, bold) <= width) return cut;
  }
  return value.slice(0, 1);
}

/** Breaks at spaces into lines no wider than `width`. */
export function wrap(value: string, width: number, size: number): readonly string[] {
  const lines: string[] = [];
  let current = '';
  for (const word of value.split(' ')) {
    const next = current === '' ? word : `${current} ${word}`;
    if (current !== '' && textWidth(next, size) > width) {
      lines.push(current);
      current = word;
    } else current = next;
  }
  if (current !== '') lines.push(current);
  return lines;
}

function textBox(shape: Text): Box {
  const width = textWidth(shape.text, shape.size, shape.font, shape.bold);
  const x = shape.anchor === 'middle' ? shape.x - width / 2 : shape.anchor === 'end' ? shape.x - width : shape.x;
  // Capitals and figures stand on the line.
  const below = /[^A-Z0-9 .%×+]/.test(shape.text) ? 0.22 : 0;
  return { x, y: shape.y - shape.size * 0.78, width, height: shape.size * (0.78 + below) };
}

/** Where labels stand: every text, and every plate (a group of class `plate`), in scene coordinates. Turns are ignored. */
export function labelBoxes(shapes: readonly Shape[], x = 0, y = 0): Box[] {
  const out: Box[] = [];
  for (const shape of shapes) {
    if (shape.kind === 'text') {
      const box = textBox(shape);
      out.push({ ...box, x: box.x + x, y: box.y + y });
    } else if (shape.kind === 'group') {
      if (shape.class === 'plate') out.push(plateBox(shape, x, y));
      else out.push(...labelBoxes(shape.children, x + (shape.x ?? 0), y + (shape.y ?? 0)));
    }
  }
  return out;
}

function plateBox(plate: Group, x: number, y: number): Box {
  return { x: x + (plate.x ?? 0), y: y + (plate.y ?? 0), width: PLATE.width, height: PLATE.height };
}

/** The sheet-coloured plate that carries a glyph. */
export const PLATE = { width: 17, height: 15 } as const;
