// SPDX-License-Identifier: AGPL-3.0-or-later
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
/** Where `npm run dev` sends API requests. */
const server = process.env['POSTHOUSE_URL'] ?? 'http://127.0.0.1:10080';

export default defineConfig({
  root: here('./client'),
  plugins: [svelte({ configFile: here('./svelte.config.js') })],
  resolve: { alias: { $kit: here('./kit'), $client: here('./client/src') } },
  build: {
    outDir: here('./dist'),
    emptyOutDir: true,
    target: 'es2022',
    manifest: true,
    // The page's CSP allows no inline script and no data: module.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/service': server, '/home': server } },
});
