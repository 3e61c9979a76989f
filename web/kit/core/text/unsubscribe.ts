// SPDX-License-Identifier: AGPL-3.0-or-later
/** List-Unsubscribe (RFC 2369 §3.2): addresses in angle brackets, the preferred one first. */
import type { Unsubscribe } from '../model';

const HEADER_CHARS_MAX = 8_192;

export function unsubscribe(header: string): Unsubscribe | undefined {
  const links = [...header.slice(0, HEADER_CHARS_MAX).matchAll(/<\s*([^<>\s]+)\s*>/g)].map((m) => m[1] ?? '');
  const mailto = links.find((l) => /^mailto:[^?]+@/i.test(l));
  // Only over TLS: the address often names the person.
  const https = links.find((l) => /^https:\/\/[^/]/i.test(l) && URL.canParse(l));
  return mailto === undefined && https === undefined ? undefined : { mailto, https };
}
