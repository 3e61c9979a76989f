// SPDX-License-Identifier: AGPL-3.0-or-later
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  resolve: { alias: { $kit: here('./kit'), $client: here('./client/src'), $admin: here('./admin/src') } },
  test: { include: ['tests/unit/**/*.test.ts'], environment: 'node' },
});
