import { expect, it } from 'vitest';
import { refusalIn } from './Editor.tsx';

const HEADER = `# Please edit the object below. Lines beginning with a '#' will be ignored,
# and an empty file will abort the edit. If an error occurs while saving this file will be
# reopened with the relevant failures.
#
`;

it('finds the reasons why a file was refused, as kubectl writes them', () => {
  const reasons =
    '# deployments.apps "web" was not valid:\n# * spec.replicas: Invalid value: -1: must be greater than or equal to 0\n#\n';
  expect(refusalIn(`${HEADER}${reasons}apiVersion: apps/v1\n`)).toBe(
    'deployments.apps "web" was not valid:\n* spec.replicas: Invalid value: -1: must be greater than or equal to 0',
  );
});

it('finds none in a file that is opened for the first time, or is none of kubectl', () => {
  expect(refusalIn(`${HEADER}apiVersion: v1\n# a comment\n`)).toBe('');
  expect(refusalIn('# mine\nkind: Pod\n')).toBe('');
});
