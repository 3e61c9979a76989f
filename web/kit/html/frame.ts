// SPDX-License-Identifier: AGPL-3.0-or-later
/** The document that shows one HTML body: its own CSP, our few base styles, the cleaned letter. */
import { escapeHtml } from '../core/text/plain';
import type { Cleaned } from './clean';

export interface FrameLook {
  dark: boolean;
  /** Ink and paper without tints. */
  contrast: boolean;
  remote: boolean;
}

/**
 * `allow-same-origin` lets this page measure the content and nothing else: without `allow-scripts` there is
 * no code in the frame that could use it.
 */
export const FRAME_SANDBOX = 'allow-same-origin allow-popups allow-popups-to-escape-sandbox';

export const frameCsp = (remote: boolean): string =>
  [
    "default-src 'none'",
    `img-src 'self' data: blob:${remote ? ' https:' : ''}`,
    "style-src 'unsafe-inline'",
    "form-action 'none'",
    "base-uri 'none'",
  ].join('; ');

const PAPER = { text: '#1c1e22', quiet: '#696d75', line: '#d8d6d0', link: '#1d6b58', page: '#ffffff' };
const NIGHT = { text: '#e8e9eb', quiet: '#9299a4', line: '#3a3e46', link: '#74c9b0', page: '#1b1d21' };

const PAPER_PURE = { text: '#000000', quiet: '#262626', line: '#595959', link: '#00433a', page: '#ffffff' };
const NIGHT_PURE = { text: '#ffffff', quiet: '#e6e6e6', line: '#a6a6a6', link: '#8ff0d8', page: '#000000' };

export function frameDocument(cleaned: Cleaned, look: FrameLook): string {
  const night = look.dark && !cleaned.coloured;
  const c = night ? (look.contrast ? NIGHT_PURE : NIGHT) : look.contrast ? PAPER_PURE : PAPER;
  const paper = look.dark && cleaned.coloured;
  const css = `
    :root { color-scheme: ${night ? 'dark' : 'light'}; }
    html { overflow-x: auto; overflow-y: hidden; }
    body { margin: 0; padding: ${paper ? '16px' : '1px 0'}; background: ${c.page}; color: ${c.text};
      font: 15px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', Arial, sans-serif;
      overflow-wrap: anywhere; }
    a { color: ${c.link}; }
    img { max-width: 100%; height: auto; }
    img[data-src] { min-width: 14px; min-height: 14px; background: ${c.line}; border-radius: 3px; }
    img[data-src][width="1"], img[data-src][width="0"] { display: none; }
    pre { white-space: pre-wrap; }
    table { max-width: 100%; }
    p { margin: 0 0 .8em; }
    blockquote { margin: 0 0 0 2px; padding: 0 0 0 12px; border-left: 2px solid ${c.line}; color: ${c.quiet}; }
    ::highlight(ph-hit) { background-color: ${night ? '#5c4a12' : '#ffe9a8'}; color: ${night ? '#ffffff' : '#000000'}; }
    .ph-fold > summary { width: max-content; margin: 8px 0; padding: 0 10px; border-radius: 9px; line-height: 18px;
      background: ${c.line}; color: ${c.text}; font-size: 11px; cursor: pointer; list-style: none; }
    .ph-fold > summary:focus-visible { outline: 2px solid ${c.link}; }
  `;
  return `<!doctype html><html lang=""><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${frameCsp(look.remote)}"><meta name="referrer" content="no-referrer"><style>${css}</style></head><body dir="auto">${cleaned.html}</body></html>`;
}

/** A letter on paper: who, when, what, in black. */
export function printDocument(
  cleaned: Cleaned,
  subject: string,
  fields: readonly [string, string][],
): string {
  const css = `
    body { margin: 0; color: #000; background: #fff;
      font: 11pt/1.45 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', Arial, sans-serif; overflow-wrap: anywhere; }
    h1 { font-size: 15pt; margin: 0 0 8pt; }
    dl { display: grid; grid-template-columns: max-content 1fr; gap: 1pt 10pt; margin: 0 0 12pt; padding: 0 0 10pt;
      border-bottom: 1pt solid #999; font-size: 9.5pt; }
    dt { color: #555; }
    dd { margin: 0; }
    img { max-width: 100%; }
    pre { white-space: pre-wrap; }
  `;
  const list = fields
    .map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`)
    .join('');
  return `<!doctype html><html lang=""><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${frameCsp(false)}"><meta name="referrer" content="no-referrer"><title>${escapeHtml(subject)}</title><style>${css}</style></head><body dir="auto"><h1>${escapeHtml(subject)}</h1><dl>${list}</dl>${cleaned.html}</body></html>`;
}
