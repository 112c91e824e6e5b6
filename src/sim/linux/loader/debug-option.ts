// The environment variable LD_DEBUG: which categories of messages the loader is to print.
// Source: ld.so(8) and the help text of glibc 2.36. Categories that are not simulated are named.

export const debugHelp = `Valid options for the LD_DEBUG environment variable are:

  libs        display library search paths
  reloc       display relocation processing
  files       display progress for input file
  symbols     display symbol table processing
  bindings    display information about symbol binding
  versions    display version dependencies
  scopes      display scope information
  all         all previous options combined
  statistics  display relocation statistics
  unused      determined unused DSOs
  help        display this help message and exit

To direct the debugging output into a file instead of standard output
a filename can be specified using the LD_DEBUG_OUTPUT environment variable.
`;
const debugCategories = ['libs', 'reloc', 'files', 'symbols', 'bindings', 'versions', 'scopes', 'statistics', 'unused'];
const simulatedCategories: readonly string[] = ['libs', 'files', 'versions', 'unused'];

export interface DebugOption {
  readonly categories: ReadonlySet<string>;
  readonly help: boolean;
  readonly warnings: string;
}

export function readDebugOption(value: string): DebugOption {
  const categories = new Set<string>();
  let warnings = '';
  for (const option of value.split(/[ ,:]+/)) {
    if (option === '') continue;
    if (option === 'help') return { categories, help: true, warnings };
    const wanted = option === 'all' ? debugCategories : [option];
    for (const category of wanted) {
      if (simulatedCategories.includes(category)) categories.add(category);
      else if (debugCategories.includes(category)) warnings += `ld.so: LD_DEBUG=${category} is not simulated\n`;
      else warnings += `warning: debug option \`${category}' unknown; try LD_DEBUG=help\n`;
    }
  }
  return { categories, help: false, warnings };
}
