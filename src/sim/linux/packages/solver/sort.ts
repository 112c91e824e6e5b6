// Sorting as the C++ library of apt sorts: not stable for more than sixteen elements, and which of two equals comes first
// decides what apt does.
// Source: the algorithm known as introsort, with the choices of libstdc++.

const few = 16;

export function unstableSort<T>(items: T[], before: (a: T, b: T) => boolean): void {
  let limit = 0;
  for (let size = items.length; size > 1; size >>= 1) limit += 2;
  loop(items, 0, items.length, limit, before);
  insertion(items, 0, Math.min(few, items.length), before);
  for (let i = few; i < items.length; i++) insert(items, i, before);
}

function swap(items: unknown[], a: number, b: number): void {
  const kept = items[a];
  items[a] = items[b];
  items[b] = kept;
}

function loop<T>(items: T[], first: number, end: number, limit: number, before: (a: T, b: T) => boolean): void {
  let last = end;
  let depth = limit;
  while (last - first > few) {
    if (depth-- === 0) {
      heap(items, first, last, before);
      return;
    }
    const cut = partition(items, first, last, before);
    loop(items, cut, last, depth, before);
    last = cut;
  }
}

function partition<T>(items: T[], first: number, last: number, before: (a: T, b: T) => boolean): number {
  const less = (a: number, b: number): boolean => before(items[a] as T, items[b] as T);
  const a = first + 1;
  const b = first + ((last - first) >> 1);
  const c = last - 1;
  // The middle one of three goes to the front and divides the rest.
  if (less(a, b)) swap(items, first, less(b, c) ? b : less(a, c) ? c : a);
  else swap(items, first, less(a, c) ? a : less(b, c) ? c : b);
  let low = first + 1;
  let high = last;
  for (;;) {
    while (less(low, first)) low++;
    high--;
    while (less(first, high)) high--;
    if (low >= high) return low;
    swap(items, low, high);
    low++;
  }
}

function insert<T>(items: T[], at: number, before: (a: T, b: T) => boolean): void {
  const value = items[at] as T;
  let hole = at;
  while (hole > 0 && before(value, items[hole - 1] as T)) {
    items[hole] = items[hole - 1] as T;
    hole--;
  }
  items[hole] = value;
}

function insertion<T>(items: T[], first: number, last: number, before: (a: T, b: T) => boolean): void {
  for (let i = first + 1; i < last; i++) insert(items, i, before);
}

/** Only for inputs that defeat the partition, which lists of packages do not. */
function heap<T>(items: T[], first: number, last: number, before: (a: T, b: T) => boolean): void {
  const part = items.slice(first, last).sort((a, b) => (before(a, b) ? -1 : before(b, a) ? 1 : 0));
  items.splice(first, last - first, ...part);
}
