// ldd(1): a shell script around the loader's LD_TRACE_LOADED_OBJECTS.
// Source: the behaviour of Debian 12's ldd.
import type { Command } from '../contract.ts';
import { architectureOf } from './architecture.ts';
import { look } from './elf-facts.ts';
import { load } from './load.ts';

const usage = `Usage: ldd [OPTION]... FILE...
      --help              print this help and exit
      --version           print version information and exit
  -d, --data-relocs       process data relocations
  -r, --function-relocs   process data and function relocations
  -u, --unused            print unused direct dependencies
  -v, --verbose           print all information

For bug reporting instructions, please see:
<http://www.debian.org/Bugs/>.
`;

export const ldd: Command = (sys) => {
  const env: Record<string, string> = {
    ...sys.env,
    LD_TRACE_LOADED_OBJECTS: '1',
    LD_WARN: '',
    LD_BIND_NOW: '',
    LD_VERBOSE: '',
  };
  const names = sys.argv.slice(1);
  while (names[0]?.startsWith('-') === true) {
    const option = names.shift() ?? '';
    if (option === '--') break;
    if (option === '--version') {
      sys.out(
        'ldd (Debian GLIBC 2.36-9+deb12u14) 2.36\nCopyright (C) 2022 Free Software Foundation, Inc.\n' +
          'This is free software; see the source for copying conditions.  There is NO\n' +
          'warranty; not even for MERCHANTABILITY or FITNESS FOR A PARTICULAR PURPOSE.\n' +
          'Written by Roland McGrath and Ulrich Drepper.\n',
      );
      return 0;
    }
    if (option === '--help') {
      sys.out(usage);
      return 0;
    }
    if (option === '-d' || option === '--data-relocs') env['LD_WARN'] = 'yes';
    else if (option === '-r' || option === '--function-relocs') env['LD_WARN'] = env['LD_BIND_NOW'] = 'yes';
    else if (option === '-v' || option === '--verbose') env['LD_VERBOSE'] = 'yes';
    else if (option === '-u' || option === '--unused') {
      env['LD_DEBUG'] = sys.env['LD_DEBUG'] === undefined ? 'unused' : `${sys.env['LD_DEBUG']},unused`;
    } else {
      sys.err(`ldd: unrecognized option \`${option}'\nTry \`ldd --help' for more information.\n`);
      return 1;
    }
  }
  if (names.length === 0) {
    sys.err("ldd: missing file arguments\nTry `ldd --help' for more information.\n");
    return 1;
  }
  let result = 0;
  for (const name of names) {
    if (names.length > 1) sys.out(`${name}:\n`);
    const file = name.includes('/') ? name : `./${name}`;
    sys.takes(4);
    if (!sys.files.exists(file)) {
      sys.err(`ldd: ${file}: No such file or directory\n`);
      result = 1;
    } else if (sys.files.stat(file).type !== 'file') {
      sys.err(`ldd: ${file}: not regular file\n`);
      result = 1;
    } else if (!sys.files.access(file, 'read')) {
      sys.err(`ldd: error: you do not have read permission for \`${file}'\n`);
      result = 1;
    } else {
      const looked = look(sys.files, file);
      const elf = !(looked instanceof Error) && looked.kind === 'elf' ? looked.elf : undefined;
      const static_ =
        elf === undefined || (elf.interpreter === undefined && elf.needed.length === 0 && elf.soname === undefined);
      if (static_ || !sys.files.exists(architectureOf(elf).interpreter)) {
        sys.err('\tnot a dynamic executable\n');
        result = 1;
        continue;
      }
      const told = load(sys.files, file, env, { name: file, pid: sys.task.pid });
      if (told.kind !== 'told') continue;
      sys.out(told.together);
      if (told.exitCode !== 0) result = 1;
    }
  }
  return result;
};
