// SPDX-License-Identifier: AGPL-3.0-or-later
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** One browser, one server, one walk at a time: the flows share the demo mailboxes. */
export default defineConfig({
  resolve: { alias: { $kit: here('./kit'), $client: here('./client/src'), $admin: here('./admin/src') } },
  test: {
    include: ['tests/e2e/**/*.e2e.ts'],
    environment: 'node',
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
