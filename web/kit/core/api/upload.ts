// SPDX-License-Identifier: AGPL-3.0-or-later
/** One file to `/service/upload`, with progress, which only XMLHttpRequest reports. */
import { Unreachable } from './fault';

export interface Uploaded {
  aid: string;
  name: string;
  size: number;
}

export interface UploadJob {
  done: Promise<Uploaded>;
  cancel: () => void;
}

export type Upload = (file: File, progress: (part: number) => void) => UploadJob;

export class UploadRefused extends Error {
  constructor(readonly status: number) {
    super(`upload refused: ${status}`);
    this.name = 'UploadRefused';
  }
}

/** `200,'request id',[{"aid":…}]`: the raw, extended form of the answer. */
export function parseUploadAnswer(answer: string): { aid: string; filename: string; s: number }[] {
  const status = Number(/^\s*(\d+)/.exec(answer)?.[1] ?? 0);
  if (status !== 200) throw new UploadRefused(status);
  const start = answer.indexOf('[');
  const parsed: unknown = start < 0 ? [] : JSON.parse(answer.slice(start, answer.lastIndexOf(']') + 1));
  if (!Array.isArray(parsed)) throw new UploadRefused(0);
  return parsed.flatMap((item: unknown) => {
    const { aid, filename, s } = (item ?? {}) as { aid?: unknown; filename?: unknown; s?: unknown };
    return typeof aid === 'string' ? [{ aid, filename: String(filename ?? ''), s: Number(s ?? 0) }] : [];
  });
}

export const uploader =
  (csrfToken: () => string | undefined): Upload =>
  (file, progress) => {
    const xhr = new XMLHttpRequest();
    const done = new Promise<Uploaded>((resolve, reject) => {
      xhr.open('POST', '/service/upload?fmt=extended,raw');
      const token = csrfToken();
      if (token) xhr.setRequestHeader('X-Zimbra-Csrf-Token', token);
      xhr.upload.onprogress = (e) => progress(e.lengthComputable ? e.loaded / e.total : 0);
      xhr.onerror = () => reject(new Unreachable('upload'));
      xhr.onabort = () => reject(new DOMException('cancelled', 'AbortError'));
      xhr.onload = () => {
        try {
          const first = parseUploadAnswer(xhr.responseText)[0];
          if (!first) throw new UploadRefused(xhr.status);
          resolve({ aid: first.aid, name: first.filename || file.name, size: first.s || file.size });
        } catch (error) {
          reject(error instanceof Error ? error : new UploadRefused(xhr.status));
        }
      };
      const form = new FormData();
      form.append('file', file, file.name);
      xhr.send(form);
    });
    return { done, cancel: () => xhr.abort() };
  };
