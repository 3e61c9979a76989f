// SPDX-License-Identifier: AGPL-3.0-or-later
/** Address books as files, and the two that are no folders. */
import { FOLDER } from '$kit/core/model';
import { app } from '../../app';

/** In place of a folder's id: everything one's own, and the directory of the server. */
export const ALL_BOOKS = 'all';
export const GAL = 'directory';

/** Somebody else's, which is only read here. */
export const isShared = (folder: string): boolean => app.folders.get(folder)?.kind === 'link';

/** Where something new goes while no address book of one's own is on screen. */
export const bookFor = (folder: string): string =>
  folder === ALL_BOOKS || folder === GAL || folder === FOLDER.trash || isShared(folder)
    ? FOLDER.contacts
    : folder;

const TYPES = { vcf: 'text/vcard;charset=utf-8', csv: 'text/csv;charset=utf-8' } as const;

export async function exportBook(
  format: 'vcf' | 'csv',
  folder: string | undefined,
  name: string,
): Promise<void> {
  try {
    const content = await app.contacts.api.export(format, folder);
    const url = URL.createObjectURL(new Blob([content], { type: TYPES[format] }));
    const link = document.createElement('a');
    link.href = url;
    link.download = `${name}.${format}`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(url), 60_000);
  } catch (error) {
    app.toasts.error(error);
  }
}

/** A file of the person's choice; what it is, its name tells. */
export function importBook(folder: string): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.accept = '.vcf,.vcard,.csv,text/vcard,text/csv';
  input.onchange = () => {
    const [file] = input.files ?? [];
    if (file) void importFile(file, folder);
  };
  input.click();
}

export async function importFile(file: File, folder: string): Promise<void> {
  const format = /\.csv$/i.test(file.name) || file.type === 'text/csv' ? 'csv' : 'vcf';
  try {
    const { aid } = await app.upload(file, () => undefined).done;
    const count = await app.contacts.api.import(format, folder, aid);
    app.toasts.done('toast.contactsImported', { count });
    await app.contacts.load();
  } catch (error) {
    app.toasts.error(error);
  }
}
