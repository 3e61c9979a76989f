// SPDX-License-Identifier: AGPL-3.0-or-later
/** The administrators' console: served below /admin on the admin port, by the admin listener of mailboxd. */
import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const server = process.env['POSTHOUSE_ADMIN_URL'] ?? 'https://127.0.0.1:17071';

export default defineConfig({
  root: here('./admin'),
  base: '/admin/',
  plugins: [svelte({ configFile: here('./svelte.config.js') })],
  resolve: { alias: { $kit: here('./kit'), $client: here('./client/src'), $admin: here('./admin/src') } },
  build: {
    outDir: here('./dist-admin'),
    emptyOutDir: true,
    target: 'es2022',
    manifest: true,
    // The page's CSP allows no inline script and no data: module.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '/service': { target: server, secure: false } } },
});
