import { createHash } from 'node:crypto';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';

// Writes a Content-Security-Policy into every built page. Astro's own `security.csp` does not hash
// `<script is:inline>`, so the hashes are taken from the finished HTML: exactly the inline scripts of that page.
// It also takes off the theme that the page frame was built with, so that a page without scripts follows the system.

export interface CspOptions {
  readonly directives: Readonly<Record<string, readonly string[]>>;
}

const SCRIPT = /<script\b([^>]*)>([\s\S]*?)<\/script\s*>/gi;
const HANDLER = /<[a-z][^>]*\son[a-z]+\s*=/i;
const EXECUTABLE = new Set(['module', 'text/javascript', 'importmap', 'speculationrules']);

function inlineScriptHashes(html: string): string[] {
  const hashes = new Set<string>();
  for (const [, attributes = '', body = ''] of html.matchAll(SCRIPT)) {
    if (/\ssrc\s*=/i.test(attributes)) continue;
    const type = /\stype\s*=\s*["']?([^"'\s>]+)/i.exec(attributes)?.[1]?.toLowerCase();
    if (type !== undefined && !EXECUTABLE.has(type)) continue;
    hashes.add(`'sha256-${createHash('sha256').update(body, 'utf8').digest('base64')}'`);
  }
  return [...hashes].sort();
}

function withCsp(html: string, { directives }: CspOptions): string {
  const policy = Object.entries(directives)
    .map(([name, values]) => [name, ...values, ...(name === 'script-src' ? inlineScriptHashes(html) : [])].join(' '))
    .join('; ');
  const meta = `<meta http-equiv="content-security-policy" content="${policy}">`;
  const out = html.replace(/<meta charset="?utf-8"?\s*\/?>/i, (charset) => charset + meta);
  if (out === html) throw new Error('csp: no <meta charset> to put the policy after');
  return out;
}

export default function csp(options: CspOptions): AstroIntegration {
  return {
    name: 'csp',
    hooks: {
      'astro:build:done': async ({ dir, logger }) => {
        const root = fileURLToPath(dir);
        const pages = (await readdir(root, { recursive: true })).filter((file) => file.endsWith('.html'));
        for (const page of pages) {
          const file = join(root, page);
          const html = (await readFile(file, 'utf8')).replace(/(<html\b[^>]*?)\sdata-theme="dark"/i, '$1');
          if (HANDLER.test(html.replace(SCRIPT, ''))) throw new Error(`csp: inline event handler in ${page}`);
          await writeFile(file, withCsp(html, options));
        }
        logger.info(`policy written into ${String(pages.length)} pages`);
      },
    },
  };
}
