// @ts-check
import mdx from '@astrojs/mdx';
import preact from '@astrojs/preact';
import starlight from '@astrojs/starlight';
import { defineConfig, fontProviders } from 'astro/config';
import csp from './integrations/csp.ts';
import searchIndex from './integrations/search-index.ts';

/** What the latin files of the two faces cover. */
const latin = /** @type {[string, ...string[]]} */ ([
  'U+0000-00FF',
  'U+0131',
  'U+0152-0153',
  'U+02BB-02BC',
  'U+02C6',
  'U+02DA',
  'U+02DC',
  'U+2000-206F',
  'U+20AC',
  'U+2122',
  'U+2191',
  'U+2193',
  'U+2212',
  'U+2215',
  'U+FEFF',
  'U+FFFD',
]);

export default defineConfig({
  site: 'https://bayplan.example',
  trailingSlash: 'always',
  devToolbar: { enabled: false },
  vite: {
    build: {
      // A font as a data: URI would be blocked by `font-src 'self'`.
      assetsInlineLimit: (file) => (/\.woff2?$/.test(file) ? false : undefined),
      rolldownOptions: { checks: { moduleLevelDirective: false } },
    },
    worker: { format: 'es' },
  },
  fonts: [
    {
      provider: fontProviders.local(),
      name: 'IBM Plex Sans',
      cssVariable: '--font-plex',
      fallbacks: ['system-ui', 'sans-serif'],
      options: {
        variants: [
          {
            weight: '100 700',
            style: 'normal',
            src: ['@fontsource-variable/ibm-plex-sans/files/ibm-plex-sans-latin-wght-normal.woff2'],
            unicodeRange: latin,
          },
        ],
      },
    },
    {
      provider: fontProviders.local(),
      name: 'IBM Plex Mono',
      cssVariable: '--font-plex-mono',
      fallbacks: ['ui-monospace', 'monospace'],
      options: {
        variants: [
          {
            weight: 400,
            style: 'normal',
            src: ['@fontsource/ibm-plex-mono/files/ibm-plex-mono-latin-400-normal.woff2'],
          },
        ],
      },
    },
  ],
  integrations: [
    starlight({
      title: 'Bayplan',
      description:
        'Containers by contrast: one machine, containers, a fleet, Kubernetes, GKE. A course with a live cluster in the page.',
      defaultLocale: 'root',
      locales: { root: { label: 'English', lang: 'en' } },
      tableOfContents: false,
      pagination: false,
      credits: false,
      customCss: ['./src/styles/tokens.css', './src/styles/base.css', './src/styles/print.css'],
      components: {
        ContentPanel: './src/components/site/ContentPanel.astro',
        Footer: './src/components/site/Footer.astro',
        Head: './src/components/site/Head.astro',
        Header: './src/components/site/Header.astro',
        PageFrame: './src/components/site/PageFrame.astro',
        PageTitle: './src/components/site/PageTitle.astro',
        Search: './src/components/site/Search.astro',
        Sidebar: './src/components/site/Voyage.astro',
        ThemeProvider: './src/components/site/ThemeProvider.astro',
        ThemeSelect: './src/components/site/ThemeSelect.astro',
        TwoColumnContent: './src/components/site/Columns.astro',
      },
      expressiveCode: {
        // No window is pretended around a command.
        defaultProps: { frame: 'none' },
        themes: ['github-light-high-contrast', 'github-dark-high-contrast'],
        styleOverrides: { borderRadius: '0px', frames: { shadowColor: 'transparent' } },
      },
    }),
    mdx(),
    preact(),
    searchIndex(),
    csp({
      directives: {
        'default-src': ["'none'"],
        'script-src': ["'self'", "'wasm-unsafe-eval'"],
        // xterm writes <style> elements and the code blocks carry style attributes.
        'style-src': ["'self'", "'unsafe-inline'"],
        'img-src': ["'self'", 'data:'],
        'font-src': ["'self'"],
        'connect-src': ["'self'"],
        'worker-src': ["'self'"],
        'manifest-src': ["'self'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
      },
    }),
  ],
});
