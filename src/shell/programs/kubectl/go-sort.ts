// Go's sort.Sort (package sort, go1.23): pattern-defeating quicksort, which is not stable. kubectl sorts events and
// `--sort-by` with it, so what comes first among equals follows from these very steps.

const INSERTION_MAX = 12;

/** A sorted copy. */
export function goSort<T>(items: readonly T[], less: (a: T, b: T) => boolean): T[] {
  const data = new Data(items, less);
  data.sort(0, items.length, bitLength(items.length));
  return data.items;
}

const bitLength = (value: number): number => (value === 0 ? 0 : 32 - Math.clz32(value));

type Hint = 'increasing' | 'decreasing' | 'unknown';

class Data<T> {
  readonly items: T[];
  readonly #less: (a: T, b: T) => boolean;
  /** Swaps made while a pivot was looked for. */
  #swaps = 0;

  constructor(items: readonly T[], less: (a: T, b: T) => boolean) {
    this.items = [...items];
    this.#less = less;
  }

  /** @param limit bad pivots allowed before heapsort takes over */
  sort(from: number, to: number, limit: number): void {
    let [a, b, left] = [from, to, limit];
    let wasBalanced = true;
    let wasPartitioned = true;
    for (;;) {
      const length = b - a;
      if (length <= INSERTION_MAX) {
        this.#insertionSort(a, b);
        return;
      }
      if (left === 0) {
        this.#heapSort(a, b);
        return;
      }
      if (!wasBalanced) {
        this.#breakPatterns(a, b);
        left--;
      }
      let [pivot, hint] = this.#choosePivot(a, b);
      if (hint === 'decreasing') {
        this.#reverse(a, b);
        pivot = b - 1 - (pivot - a);
        hint = 'increasing';
      }
      if (wasBalanced && wasPartitioned && hint === 'increasing' && this.#partialInsertionSort(a, b)) return;
      if (a > 0 && !this.#lessAt(a - 1, pivot)) {
        a = this.#partitionEqual(a, b, pivot);
        continue;
      }
      const [middle, already] = this.#partition(a, b, pivot);
      wasPartitioned = already;
      const [leftLength, rightLength] = [middle - a, b - middle];
      const threshold = Math.floor(length / 8);
      if (leftLength < rightLength) {
        wasBalanced = leftLength >= threshold;
        this.sort(a, middle, left);
        a = middle + 1;
      } else {
        wasBalanced = rightLength >= threshold;
        this.sort(middle + 1, b, left);
        b = middle;
      }
    }
  }

  #lessAt(i: number, j: number): boolean {
    return this.#less(this.items[i] as T, this.items[j] as T);
  }

  #swap(i: number, j: number): void {
    const held = this.items[i] as T;
    this.items[i] = this.items[j] as T;
    this.items[j] = held;
  }

  #insertionSort(a: number, b: number): void {
    for (let i = a + 1; i < b; i++) for (let j = i; j > a && this.#lessAt(j, j - 1); j--) this.#swap(j, j - 1);
  }

  #heapSort(a: number, b: number): void {
    const end = b - a;
    for (let i = Math.floor((end - 1) / 2); i >= 0; i--) this.#siftDown(i, end, a);
    for (let i = end - 1; i >= 0; i--) {
      this.#swap(a, a + i);
      this.#siftDown(0, i, a);
    }
  }

  #siftDown(from: number, end: number, first: number): void {
    for (let root = from; ;) {
      let child = 2 * root + 1;
      if (child >= end) return;
      if (child + 1 < end && this.#lessAt(first + child, first + child + 1)) child++;
      if (!this.#lessAt(first + root, first + child)) return;
      this.#swap(first + root, first + child);
      root = child;
    }
  }

  /** Scatters some elements around, so that an unlucky pattern does not repeat. */
  #breakPatterns(a: number, b: number): void {
    const length = b - a;
    if (length < 8) return;
    let random = BigInt(length);
    const modulus = 1n << BigInt(bitLength(length));
    const index = a + Math.floor(length / 4) * 2 - 1;
    for (let i = 0; i < 3; i++) {
      random = BigInt.asUintN(64, random ^ (random << 13n));
      random ^= random >> 17n;
      random = BigInt.asUintN(64, random ^ (random << 5n));
      let other = Number(random & (modulus - 1n));
      if (other >= length) other -= length;
      this.#swap(index + i, a + other);
    }
  }

  #choosePivot(a: number, b: number): [pivot: number, hint: Hint] {
    const [ninther, mostSwaps] = [50, 12];
    const length = b - a;
    const quarter = Math.floor(length / 4);
    let [i, j, k] = [a + quarter, a + quarter * 2, a + quarter * 3];
    this.#swaps = 0;
    if (length >= 8) {
      if (length >= ninther) {
        i = this.#median(i - 1, i, i + 1);
        j = this.#median(j - 1, j, j + 1);
        k = this.#median(k - 1, k, k + 1);
      }
      j = this.#median(i, j, k);
    }
    return [j, this.#swaps === 0 ? 'increasing' : this.#swaps === mostSwaps ? 'decreasing' : 'unknown'];
  }

  #median(a: number, b: number, c: number): number {
    let [low, middle, high] = [a, b, c];
    [low, middle] = this.#ordered(low, middle);
    [middle, high] = this.#ordered(middle, high);
    [low, middle] = this.#ordered(low, middle);
    return middle;
  }

  #ordered(a: number, b: number): [number, number] {
    if (!this.#lessAt(b, a)) return [a, b];
    this.#swaps++;
    return [b, a];
  }

  #reverse(a: number, b: number): void {
    for (let i = a, j = b - 1; i < j; i++, j--) this.#swap(i, j);
  }

  /** Puts a few elements right; true when everything is sorted then. */
  #partialInsertionSort(a: number, b: number): boolean {
    const [mostSteps, shortest] = [5, 50];
    let i = a + 1;
    for (let step = 0; step < mostSteps; step++) {
      while (i < b && !this.#lessAt(i, i - 1)) i++;
      if (i === b) return true;
      if (b - a < shortest) return false;
      this.#swap(i, i - 1);
      if (i - a >= 2) for (let j = i - 1; j >= 1 && this.#lessAt(j, j - 1); j--) this.#swap(j, j - 1);
      if (b - i >= 2) for (let j = i + 1; j < b && this.#lessAt(j, j - 1); j++) this.#swap(j, j - 1);
    }
    return false;
  }

  /** Elements equal to the pivot to the left, greater ones to the right. */
  #partitionEqual(a: number, b: number, pivot: number): number {
    this.#swap(a, pivot);
    let [i, j] = [a + 1, b - 1];
    for (;;) {
      while (i <= j && !this.#lessAt(a, i)) i++;
      while (i <= j && this.#lessAt(a, j)) j--;
      if (i > j) return i;
      this.#swap(i, j);
      i++;
      j--;
    }
  }

  /** Where the pivot came to stand, and whether nothing had to move. */
  #partition(a: number, b: number, pivot: number): [middle: number, already: boolean] {
    this.#swap(a, pivot);
    let [i, j] = [a + 1, b - 1];
    let already = true;
    for (;;) {
      while (i <= j && this.#lessAt(i, a)) i++;
      while (i <= j && !this.#lessAt(j, a)) j--;
      if (i > j) break;
      already = false;
      this.#swap(i, j);
      i++;
      j--;
    }
    this.#swap(j, a);
    return [j, already];
  }
}
