// `--format` of the commands that list something (docker/cli 28.2, cli/command/formatter): a table, JSON, or a template
// for each line; `table` before a template makes a table of it.

import { TabWriter } from '../kubectl/printers/table.ts';
import type { Context } from './context.ts';
import { DockerError } from './errors.ts';
import { BadTemplate, compileTemplate, type Row, type Template } from './template/index.ts';

export interface Listing {
  /** The template of the table that is printed without `--format`. */
  readonly table: string;
  /** With `--quiet`. */
  readonly quiet: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** The template that is meant. */
export function formatOf(context: Context, listing: Pick<Listing, 'table' | 'quiet'>, preset = ''): string {
  const { flags } = context;
  const quiet = flags.has('quiet') && flags.bool('quiet');
  const given = (flags.has('format') ? flags.text('format') : '') || preset;
  if (given === '' || given === 'table') return quiet ? listing.quiet : `table ${listing.table}`;
  if (given === 'raw') return listing.quiet;
  return given;
}

export function formatRows(format: string, { headers }: Pick<Listing, 'headers'>, rows: readonly Row[]): string {
  const isTable = format.startsWith('table');
  const text = (isTable ? format.slice('table'.length) : format === 'json' ? '{{json .}}' : format)
    .replace(/^ +| +$/g, '')
    .replaceAll('\\t', '\t')
    .replaceAll('\\n', '\n');
  const template = parsed(text);
  let body = '';
  for (const row of rows) body += `${executed(template, row)}\n`;
  if (!isTable) return body;
  const writer = new TabWriter({ minWidth: 10, padding: 3, remember: false });
  writer.write(`${template.execute(headers, true)}\n`);
  writer.write(body);
  return writer.flush();
}

function parsed(text: string): Template {
  try {
    return compileTemplate(text);
  } catch (error) {
    if (error instanceof BadTemplate) throw new DockerError(`failed to parse template: ${error.message}`);
    throw error;
  }
}

function executed(template: Template, row: Row): string {
  try {
    return template.execute(row);
  } catch (error) {
    if (error instanceof BadTemplate) throw new DockerError(`template parsing error: ${error.message}`);
    throw error;
  }
}
