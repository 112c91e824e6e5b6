import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AstroIntegration } from 'astro';
import * as pagefind from 'pagefind';

/**
 * Writes the search index a second time, from memory. Starlight lets the Pagefind service write the files and stops
 * the service at once; some files are then empty or cut short (Pagefind 1.5.2, issue 1271). Must come after starlight().
 */
export default function searchIndex(): AstroIntegration {
  return {
    name: 'search-index',
    hooks: {
      'astro:build:done': async ({ dir, logger }) => {
        const root = fileURLToPath(dir);
        const checked = <T extends { errors: string[] }>(result: T) => {
          if (result.errors.length > 0) throw new Error(`pagefind: ${result.errors.join('; ')}`);
          return result;
        };
        try {
          const { index } = checked(await pagefind.createIndex());
          if (!index) throw new Error('pagefind: no index');
          checked(await index.addDirectory({ path: root }));
          const { files } = checked(await index.getFiles());
          for (const { path, content } of files) {
            const file = join(root, 'pagefind', path);
            await mkdir(dirname(file), { recursive: true });
            await writeFile(file, content);
          }
          logger.info(`${String(files.length)} files written`);
        } finally {
          await pagefind.close();
        }
      },
    },
  };
}
