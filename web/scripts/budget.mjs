// SPDX-License-Identifier: AGPL-3.0-or-later
// What the first view of each app loads, gzipped, against its budget: the entry, what it imports statically,
// their styles, and one locale. Run after `npm run build`.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const BUDGETS_BYTES = { dist: 150_000, 'dist-setup': 60_000, 'dist-admin': 100_000 };

function measure(name, budget) {
  const dist = new URL(`../${name}/`, import.meta.url);
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
    console.log(`${String(bytes).padStart(8)}  ${name}/${file}`);
  }
  console.log(`${String(total).padStart(8)}  of ${budget} bytes (gzip)`);
  return total <= budget;
}

const all = Object.entries(BUDGETS_BYTES).map(([name, budget]) => measure(name, budget));
if (all.includes(false)) {
  console.error('a first view is over its budget');
  process.exit(1);
}
