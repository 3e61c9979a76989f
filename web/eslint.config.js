// SPDX-License-Identifier: AGPL-3.0-or-later
import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

export default ts.config(
  { ignores: ['dist/', 'dist-setup/', 'dist-admin/', 'node_modules/', 'test-results/'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  { languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'no-undef': 'off',
      'max-lines': ['error', { max: 400, skipBlankLines: false }],
      'svelte/require-each-key': 'error',
    },
  },
  // Made from the server's definitions.
  { files: ['kit/core/api/schema.ts'], rules: { 'max-lines': 'off' } },
  // The core is framework-free and knows nothing of the document, so that it runs in Node.
  {
    files: ['kit/core/**/*.ts', 'admin/src/core/**/*.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { patterns: ['svelte', 'svelte/*', '$client/*', '../../widgets/*'] },
      ],
    },
  },
  // Views ask stores and commands; only kit/core/api and setup/src/api.ts talk to a server.
  {
    files: ['client/**/*.svelte', 'setup/**/*.svelte', 'admin/**/*.svelte', 'kit/widgets/**/*.svelte'],
    rules: { 'no-restricted-globals': ['error', 'fetch', 'XMLHttpRequest', 'localStorage'] },
  },
);
