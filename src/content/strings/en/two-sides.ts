// Words of the two-sided figure on the front page.
export const twoSides = {
  label: 'The same four programs, shared and contained',
  shared: 'One machine, everything shared',
  contained: 'Containers: one kernel, private worlds',
  board: 'shared libraries',
  kernel: 'one Linux kernel',
  sharedNote: 'payments needed libtls 3; storefront does not start',
  containedNote: 'payments has libtls 3; nobody minds',
  sharedText:
    'Four programs, storefront, payments, search and reports, hang on one board of shared libraries. libtls was upgraded to version 3 for payments; storefront needs version 1 and does not start.',
  containedText:
    'The same four programs, each in a container with libraries of its own above one Linux kernel. payments has libtls 3, storefront keeps libtls 1, and all four run.',
  caption:
    'After the same upgrade. Versions are the shapes of the notches: two programs that need different notches cannot sit on one peg. In a container each brings its own little board; what they still share is the kernel, drawn as one unbroken line.',
} as const;
