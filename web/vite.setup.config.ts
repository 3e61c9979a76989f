// SPDX-License-Identifier: AGPL-3.0-or-later
/** The installer's page: an app of its own, since it is served by another program, to a machine without mail. */
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const server = process.env['POSTHOUSE_SETUP_URL'] ?? 'https://127.0.0.1:10443';

export default defineConfig({
  root: here('./setup'),
  plugins: [svelte({ configFile: here('./svelte.config.js') })],
  resolve: { alias: { $kit: here('./kit'), $client: here('./client/src') } },
  build: {
    outDir: here('./dist-setup'),
    emptyOutDir: true,
    target: 'es2022',
    manifest: true,
    // The page's CSP allows no inline script and no data: module.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/api': { target: server, secure: false } } },
});
