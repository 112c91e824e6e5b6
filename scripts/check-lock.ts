// Fails when package-lock.json lacks a platform package that some dependency lists as optional: `npm install` leaves
// it out without a word when a registry does not have it (yet), and `npm ci` then fails everywhere.
import { readFileSync } from 'node:fs';

interface Package {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const { packages } = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Package> };

/** The package that `name` resolves to from `from`, walking up the folders as Node does. */
function resolve(from: string, name: string): Package | undefined {
  for (let folder = from; ;) {
    const found = packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`];
    if (found || folder === '') return found;
    const cut = folder.lastIndexOf('/node_modules/');
    folder = cut < 0 ? '' : folder.slice(0, cut);
  }
}

const problems: string[] = [];
for (const [path, { optionalDependencies = {} }] of Object.entries(packages))
  for (const [name, wanted] of Object.entries(optionalDependencies)) {
    const found = resolve(path, name);
    if (!found) problems.push(`${path === '' ? '(root)' : path} wants ${name}@${wanted}: not in the lock file`);
    else if (/^\d/.test(wanted) && found.version !== wanted)
      problems.push(`${path === '' ? '(root)' : path} wants ${name}@${wanted}: lock file has ${found.version ?? '?'}`);
  }
if (problems.length > 0) {
  console.error(problems.join('\n'));
  process.exit(1);
}
console.log(`lock file: ${String(Object.keys(packages).length)} packages, every optional platform package is there`);
