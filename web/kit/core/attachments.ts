// SPDX-License-Identifier: AGPL-3.0-or-later
/** How an attachment can be looked at without another program. */
import type { Attachment } from './model';

export type ViewKind = 'image' | 'pdf' | 'text' | 'html';

/** What browsers draw without running anything. SVG can hold scripts and is only downloaded. */
const IMAGES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif', 'image/bmp']);
const TEXTS =
  /^(?:text\/(?!html|calendar$)|application\/(?:json|xml|x-sh|x-yaml|toml|javascript|sql)$|message\/)/;
/** Types by which careless programs send what its name tells better. */
const VAGUE = new Set([
  'application/octet-stream',
  'application/x-download',
  'application/force-download',
  '',
]);
const BY_NAME: Record<string, ViewKind> = {
  pdf: 'pdf',
  txt: 'text',
  md: 'text',
  csv: 'text',
  log: 'text',
  json: 'text',
  png: 'image',
  jpg: 'image',
  jpeg: 'image',
  gif: 'image',
  webp: 'image',
};

/** Texts beyond this are cut off on screen. */
export const TEXT_SHOWN_BYTES_MAX = 1 << 20;

export function viewKind({ type, name }: Pick<Attachment, 'type' | 'name'>): ViewKind | undefined {
  if (IMAGES.has(type)) return 'image';
  if (type === 'application/pdf') return 'pdf';
  if (type === 'text/html') return 'html';
  if (TEXTS.test(type)) return 'text';
  // A picture by its name only is no picture that the server would show as one.
  const named = VAGUE.has(type) ? BY_NAME[name.split('.').at(-1)?.toLowerCase() ?? ''] : undefined;
  return named === 'image' ? undefined : named;
}

/** `text/plain; charset=iso-8859-1` to text; what can't be read is shown as well as it goes. */
export function decodeText(bytes: ArrayBuffer, contentType: string): string {
  const charset = /charset="?([^";\s]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  let decoder: TextDecoder;
  try {
    decoder = new TextDecoder(charset);
  } catch {
    decoder = new TextDecoder();
  }
  return decoder.decode(bytes.slice(0, TEXT_SHOWN_BYTES_MAX));
}
