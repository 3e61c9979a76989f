// SPDX-License-Identifier: AGPL-3.0-or-later
// What the first view of mail loads, gzipped, against its budget: the entry, what it imports statically,
// their styles, and one locale. Run after `npm run build`.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const BUDGET_BYTES = 150_000;
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(fileURLToPath(new URL('.vite/manifest.json', dist)), 'utf8'));

const files = new Set(['index.html']);
function take(key) {
  const chunk = manifest[key];
  if (!chunk || files.has(chunk.file)) return;
  files.add(chunk.file);
  for (const css of chunk.css ?? []) files.add(css);
  for (const other of chunk.imports ?? []) take(other);
}
take('index.html');
take('src/locale/en.json');

let total = 0;
for (const file of files) {
  const bytes = gzipSync(readFileSync(fileURLToPath(new URL(file, dist)))).length;
  total += bytes;
  console.log(`${String(bytes).padStart(8)}  ${file}`);
}
console.log(`${String(total).padStart(8)}  of ${BUDGET_BYTES} bytes (gzip)`);
if (total > BUDGET_BYTES) {
  console.error('the first view is over its budget');
  process.exit(1);
}
