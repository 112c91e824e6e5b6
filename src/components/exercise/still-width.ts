// How wide the pictures of an exercise are laid out, live ones and stills alike.

/** The stills beside it are drawn at these widths (Still.astro, exercise.css). */
export function stillWidth(room: number): number {
  return room >= 520 ? 520 : 318;
}
