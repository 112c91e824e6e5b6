// The widths that pictures are laid out for; in between they are scaled up, so that no label is ever below 12 px.
export const WIDTHS = [318, 640, 900, 1080] as const;

/** The widest layout that fits into `room` px. */
export function layoutWidth(room: number): number {
  return WIDTHS.findLast((width) => width <= room) ?? WIDTHS[0];
}
