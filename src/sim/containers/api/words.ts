// Durations as Docker's server writes them (docker/go-units).

/** `2 minutes`, `About an hour`. */
export function humanDuration(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${String(seconds)} seconds`;
  const minutes = Math.floor(seconds / 60);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${String(minutes)} minutes`;
  const hours = Math.floor(seconds / 3600 + 0.5);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${String(hours)} hours`;
  const days = Math.floor(hours / 24);
  if (hours < 24 * 7 * 2) return `${String(days)} days`;
  if (hours < 24 * 30 * 2) return `${String(Math.floor(days / 7))} weeks`;
  if (hours < 24 * 365 * 2) return `${String(Math.floor(days / 30))} months`;
  return `${String(Math.floor(seconds / 3600 / 24 / 365))} years`;
}
