// One line of comma-separated values as Go's encoding/csv reads it: `--mount`, `--network` and `--cache-to` are such.

export function readCsv(line: string): string[] {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  for (let at = 0; at < line.length; at++) {
    const sign = line.charAt(at);
    if (quoted) {
      if (sign !== '"') field += sign;
      else if (line[at + 1] === '"') field += line.charAt(++at);
      else quoted = false;
    } else if (sign === '"' && field === '') quoted = true;
    else if (sign === ',') {
      fields.push(field);
      field = '';
    } else field += sign;
  }
  return [...fields, field];
}
