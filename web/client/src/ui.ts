// SPDX-License-Identifier: AGPL-3.0-or-later
/** What is open on screen besides mail: drawer, help, pickers, questions. */
import type { Message } from '$kit/core/model';
import { Store } from '$kit/core/store/store';
import type { Key, Params } from '$kit/i18n';

export interface Question {
  title: Key;
  text: Key;
  params: Params;
  confirm: Key;
  yes: () => void;
}

export interface Ui {
  drawer: boolean;
  help: boolean;
  picker: 'move' | 'tag' | 'folder' | 'book' | undefined;
  /** What the picker acts on. */
  targets: readonly string[];
  question: Question | undefined;
  nameAsked: 'folder' | 'book' | 'tag' | 'search' | undefined;
  nameParent: string;
  /** The name is for this, not for something new. */
  renamed: { id: string; name: string; color: number; fixed?: boolean } | undefined;
  /** The folder whose sharing is on screen. */
  shared: string | undefined;
  /** A shared folder is looked for. */
  mounting: boolean;
  /** It is to go on to others. */
  redirected: Message | undefined;
  /** What was deleted is looked through. */
  recovering: boolean;
  /** What a saved search is to search for. */
  query: string;
}

const NOTHING: Ui = {
  drawer: false,
  help: false,
  picker: undefined,
  targets: [],
  question: undefined,
  nameAsked: undefined,
  nameParent: '1',
  renamed: undefined,
  shared: undefined,
  mounting: false,
  redirected: undefined,
  recovering: false,
  query: '',
};

export const ui = new Store<Ui>(NOTHING);

export const closeAll = (): void => ui.set(NOTHING);

/** Set by the search box, so that a key can reach it. */
export const focusSearch = { now: (): void => undefined };
