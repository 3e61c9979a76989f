// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * Foreign HTML. The server has sanitised it; this does it again, because the two would have to fail in the
 * same way for something to pass, and because only here it is known whether the person asked for remote images.
 *
 * What comes out for reading goes into a sandboxed frame without scripts whose own CSP refuses every request
 * that was not asked for. What comes out for the editor is stricter, since it joins our own document.
 */
import DOMPurify, { type Config } from 'dompurify';

export interface CleanOptions {
  /** The person asked for remote images in this message. */
  remote: boolean;
  /** Where the part with this Content-ID is served. */
  contentUrl: (contentId: string) => string | undefined;
  /** Names the button that unfolds a quote. */
  quoteLabel?: string;
  /** False on paper, where nothing unfolds. */
  folded?: boolean;
}

export interface Cleaned {
  html: string;
  /** How many remote resources were held back. */
  blocked: number;
  /** Sets its own colours, so it is shown on paper whatever the theme. */
  coloured: boolean;
}

const FORBIDDEN = [
  'form',
  'input',
  'button',
  'textarea',
  'select',
  'option',
  'iframe',
  'frame',
  'frameset',
  'object',
  'embed',
  'applet',
  'base',
  'meta',
  'link',
  'script',
  'noscript',
  'video',
  'audio',
  'source',
  'track',
  'svg',
  'math',
  'dialog',
  'template',
  'slot',
  'portal',
  'title',
];
const FORBIDDEN_ATTRIBUTES = [
  'srcset',
  'ping',
  'popover',
  'autofocus',
  'contenteditable',
  'tabindex',
  'accesskey',
  'slot',
  'is',
];

const FRAME: Config = {
  FORBID_TAGS: FORBIDDEN,
  FORBID_ATTR: FORBIDDEN_ATTRIBUTES,
  ADD_ATTR: ['dfsrc', 'background', 'bgcolor'],
  WHOLE_DOCUMENT: true,
  RETURN_DOM: true,
  ALLOW_ARIA_ATTR: false,
};
const EDITOR: Config = {
  FORBID_TAGS: [...FORBIDDEN, 'style', 'html', 'head', 'body'],
  FORBID_ATTR: [...FORBIDDEN_ATTRIBUTES, 'id', 'class', 'name', 'background'],
  ADD_ATTR: ['dfsrc'],
  RETURN_DOM: true,
  ALLOW_ARIA_ATTR: false,
};

const REMOTE = /^\s*(?:https?:|\/\/)/i;
const DATA_IMAGE = /^data:image\/(?:png|gif|jpe?g|webp|bmp|avif)[;,]/i;
/** What the server makes of a `cid:` link. Any other address on our own host has no business in a letter. */
const OWN_PART = /^\/service\/home\/(?:~|[0-9a-f-]{36})\/\?auth=co&id=[\w:%-]+&part=[\w.]+$/;
const overTls = (url: string): string => url.trim().replace(/^(?:http:)?\/\//i, 'https://');
const COLOURED = /\b(?:bgcolor|background(?:-color)?|color)\s*[=:]/i;

export function cleanForFrame(html: string, options: CleanOptions): Cleaned {
  const root = DOMPurify.sanitize(html, FRAME) as unknown as HTMLElement;
  const blocked = images(root, options);
  for (const a of root.querySelectorAll('a[href], area[href]')) {
    const href = a.getAttribute('href') ?? '';
    if (/^\s*(?:https?:|mailto:|tel:)/i.test(href)) {
      a.setAttribute('target', '_blank');
      a.setAttribute('rel', 'noopener noreferrer');
      if (!a.hasAttribute('title')) a.setAttribute('title', href);
    } else if (!href.startsWith('#')) {
      a.removeAttribute('href');
    }
  }
  if (options.folded !== false) foldQuotes(root, options.quoteLabel ?? '');
  const sheets = [...root.querySelectorAll('style')].map((s) =>
    quietCss(s.textContent ?? '', options.remote),
  );
  const styles = sheets.map(({ css }) => css);
  const heldInSheets = sheets.reduce((sum, { held }) => sum + held, 0);
  const body = root.querySelector('body');
  const head = styles.map((s) => `<style>${s.replace(/<\/?style/gi, '')}</style>`).join('');
  for (const s of root.querySelectorAll('body style')) s.remove();
  const coloured =
    COLOURED.test(styles.join('\n')) ||
    [body, ...root.querySelectorAll('[style], [bgcolor], [background], font[color]')].some(
      (e) =>
        e !== null &&
        (COLOURED.test(e.getAttribute('style') ?? '') ||
          e.hasAttribute('bgcolor') ||
          e.hasAttribute('background') ||
          e.hasAttribute('color')),
    );
  const wrapper = document.createElement('div');
  if (body) {
    for (const name of ['style', 'bgcolor', 'dir', 'class']) {
      const value = body.getAttribute(name);
      if (value !== null) wrapper.setAttribute(name === 'bgcolor' ? 'data-bgcolor' : name, value);
    }
    wrapper.append(...body.childNodes);
  }
  return {
    html: head + wrapper.outerHTML,
    blocked: options.remote ? 0 : blocked + heldInSheets,
    coloured,
  };
}

/** For quoting in the editor: no styles that reach beyond, no remote loads before the letter is sent. */
export function cleanForEditor(html: string): string {
  const root = DOMPurify.sanitize(html, EDITOR) as unknown as HTMLElement;
  images(root, { remote: false, contentUrl: () => undefined });
  for (const img of root.querySelectorAll('img')) {
    if (!img.hasAttribute('src') && !img.hasAttribute('data-src') && !img.hasAttribute(OWN)) img.remove();
  }
  return root.innerHTML;
}

const OWN = 'data-own';

/**
 * Pictures that this page made (blobs) get past the cleaner, which lets no such address through: known ones are put
 * aside before it, and back after it.
 */
export const hideOwn = (html: string, known: readonly string[]): string =>
  known.reduce((text, url) => text.replaceAll(`src="${url}"`, `${OWN}="${url}"`), html);

export function showOwn(root: ParentNode, known: readonly string[]): void {
  for (const img of root.querySelectorAll(`img[${OWN}]`)) {
    const url = img.getAttribute(OWN) ?? '';
    img.removeAttribute(OWN);
    if (known.includes(url)) img.setAttribute('src', url);
    else img.remove();
  }
}

/** The editor's HTML as it is sent: what was held back goes back in its place. */
export function restoreRemote(html: string): string {
  if (!html.includes('data-src')) return html;
  const doc = new DOMParser().parseFromString(html, 'text/html');
  for (const img of doc.querySelectorAll('img[data-src]')) {
    const src = img.getAttribute('data-src') ?? '';
    img.removeAttribute('data-src');
    if (REMOTE.test(src)) img.setAttribute('src', src);
  }
  return doc.body.innerHTML;
}

/**
 * CSS that asks for nothing: no imports, no addresses except data images. Escapes go first, since `\75rl(` is
 * `url(` too. Fonts, imports and the like stay out even when images were asked for: the frame's CSP sees to it.
 */
function quietCss(text: string, remote: boolean): { css: string; held: number } {
  let held = 0;
  const hold = (found: string): string => {
    if (/https?:|\/\//i.test(found)) held++;
    return 'none';
  };
  const css = text
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll('\\', '')
    .replace(/@(?:import|charset|namespace)[^;]*;?/gi, '')
    .replace(/(?:-webkit-)?image-set\([^)]*\)?/gi, hold);
  if (remote) return { css, held: 0 };
  return { css: css.replace(/(?:url|src)\(\s*(?!["']?data:image\/)[^)]*\)?/gi, hold), held };
}

/** Brings every image address to what may be loaded now. Answers how many were held back. */
function images(root: HTMLElement, { remote, contentUrl }: CleanOptions): number {
  let blocked = 0;
  for (const img of root.querySelectorAll('img')) {
    const held = img.getAttribute('data-src') ?? img.getAttribute('dfsrc');
    const src = (held ?? img.getAttribute('src') ?? '').trim();
    img.removeAttribute('dfsrc');
    img.removeAttribute('data-src');
    img.removeAttribute('src');
    if (/^cid:/i.test(src)) {
      const url = contentUrl(decode(src.slice(4)));
      if (url) img.setAttribute('src', url);
    } else if (DATA_IMAGE.test(src) || OWN_PART.test(src)) {
      img.setAttribute('src', src);
    } else if (REMOTE.test(src)) {
      if (!remote) blocked++;
      // Asked for over TLS whatever the letter says: the path to the image is nobody else's business.
      img.setAttribute(remote ? 'src' : 'data-src', remote ? overTls(src) : src);
      img.setAttribute('referrerpolicy', 'no-referrer');
    }
    img.setAttribute('loading', 'lazy');
  }
  for (const element of root.querySelectorAll('[background], [data-background]')) {
    const src = element.getAttribute('data-background') ?? element.getAttribute('background') ?? '';
    element.removeAttribute('background');
    element.removeAttribute('data-background');
    if (!REMOTE.test(src)) continue;
    if (remote) element.setAttribute('background', overTls(src));
    else blocked++;
  }
  for (const element of root.querySelectorAll('[style]')) {
    const { css, held } = quietCss(element.getAttribute('style') ?? '', remote);
    element.setAttribute('style', css);
    blocked += held;
  }
  return blocked;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const QUOTES =
  'blockquote[type="cite"], blockquote.gmail_quote, div.gmail_quote, #divRplyFwdMsg, .moz-cite-prefix + blockquote, div.yahoo_quoted, .ph-quote';

/** Quotes at the end fold up; `details` needs no script. */
function foldQuotes(root: HTMLElement, label: string): void {
  for (const quote of root.querySelectorAll(QUOTES)) {
    if (quote.parentElement?.closest(QUOTES) || quote.closest('details')) continue;
    const before = root.textContent?.length ?? 0;
    if ((quote.textContent?.length ?? 0) >= before - 1) continue; // nothing else is there to read
    const details = document.createElement('details');
    details.className = 'ph-fold';
    const summary = document.createElement('summary');
    summary.textContent = '•••';
    summary.setAttribute('aria-label', label);
    quote.replaceWith(details);
    details.append(summary, quote);
  }
}

/** What a person would read of it, for quoting in plain text. The document is inert: nothing loads. */
export function htmlToText(html: string): string {
  const doc = new DOMParser().parseFromString(html, 'text/html');
  for (const e of doc.querySelectorAll('style, script, title')) e.remove();
  for (const br of doc.querySelectorAll('br')) br.replaceWith('\n');
  for (const block of doc.querySelectorAll('p, div, tr, li, h1, h2, h3, h4, blockquote, pre'))
    block.append('\n');
  return (doc.body.textContent ?? '')
    .replace(/[ \t\u00a0]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .trim();
}
