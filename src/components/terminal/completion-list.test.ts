import { expect, it } from 'vitest';
import { applyCompletion, listInColumns } from './completion-list.ts';

const offer = (typed: string, ...items: string[]) => applyCompletion({ from: 0, items }, typed);

it('finishes a word that only one offer fits', () => {
  expect(offer('kubectl', 'kubectl')).toEqual({ kind: 'insert', text: 'kubectl ' });
  expect(offer('manif', 'manifests/')).toEqual({ kind: 'insert', text: 'manifests/' });
  expect(offer('--name', '--namespace=')).toEqual({ kind: 'insert', text: '--namespace=' });
});

it('goes as far as all offers agree', () => {
  expect(offer('pay', 'payments-a', 'payments-b')).toEqual({ kind: 'insert', text: 'payments-' });
});

it('shows the choices when nothing more is certain, of paths the last part', () => {
  expect(offer('s', 'service', 'set')).toEqual({ kind: 'insert', text: 'se' });
  expect(offer('se', 'service', 'set')).toEqual({ kind: 'choices', names: ['service', 'set'] });
  expect(offer('a/', 'a/b.yaml', 'a/c/')).toEqual({ kind: 'choices', names: ['b.yaml', 'c/'] });
});

it('offers nothing where there is nothing', () => {
  expect(offer('x')).toEqual({ kind: 'none' });
});

it('lists downwards in columns', () => {
  expect(listInColumns(['a', 'bb', 'ccc', 'd', 'e'], 12)).toEqual(['a    d', 'bb   e', 'ccc']);
  expect(listInColumns(['a-name-that-is-wider-than-all', 'b'], 10)).toEqual(['a-name-that-is-wider-than-all', 'b']);
});
