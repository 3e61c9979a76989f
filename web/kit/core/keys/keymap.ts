// SPDX-License-Identifier: AGPL-3.0-or-later
/** Which key means which command. The help sheet is made from the same table. */
export type Command =
  | 'next'
  | 'previous'
  | 'open'
  | 'back'
  | 'extendNext'
  | 'extendPrevious'
  | 'mark'
  | 'markAll'
  | 'compose'
  | 'reply'
  | 'replyAll'
  | 'forward'
  | 'delete'
  | 'spam'
  | 'move'
  | 'tag'
  | 'flag'
  | 'toggleRead'
  | 'undo'
  | 'print'
  | 'preferences'
  | 'search'
  | 'goInbox'
  | 'goSent'
  | 'goDrafts'
  | 'goContacts'
  | 'expandAll'
  | 'refresh'
  | 'help';

export interface Binding {
  command: Command;
  /** `KeyboardEvent.key` values; two in a row for a sequence. */
  keys: readonly (readonly string[])[];
  group: 'go' | 'act' | 'write' | 'app';
}

export const BINDINGS: readonly Binding[] = [
  { command: 'next', keys: [['j'], ['ArrowDown']], group: 'go' },
  { command: 'previous', keys: [['k'], ['ArrowUp']], group: 'go' },
  { command: 'open', keys: [['o'], ['Enter']], group: 'go' },
  { command: 'back', keys: [['Escape']], group: 'go' },
  { command: 'goInbox', keys: [['g', 'i']], group: 'go' },
  { command: 'goSent', keys: [['g', 's']], group: 'go' },
  { command: 'goDrafts', keys: [['g', 'd']], group: 'go' },
  { command: 'goContacts', keys: [['g', 'c']], group: 'go' },
  { command: 'expandAll', keys: [['e']], group: 'go' },
  { command: 'mark', keys: [['x']], group: 'act' },
  { command: 'extendNext', keys: [['J'], ['Shift+ArrowDown']], group: 'act' },
  { command: 'extendPrevious', keys: [['K'], ['Shift+ArrowUp']], group: 'act' },
  { command: 'markAll', keys: [['*', 'a']], group: 'act' },
  { command: 'flag', keys: [['s']], group: 'act' },
  { command: 'tag', keys: [['l']], group: 'act' },
  { command: 'move', keys: [['v']], group: 'act' },
  { command: 'toggleRead', keys: [['u']], group: 'act' },
  { command: 'delete', keys: [['#'], ['Delete']], group: 'act' },
  { command: 'spam', keys: [['!']], group: 'act' },
  { command: 'undo', keys: [['z']], group: 'act' },
  { command: 'compose', keys: [['c']], group: 'write' },
  { command: 'reply', keys: [['r']], group: 'write' },
  { command: 'replyAll', keys: [['a']], group: 'write' },
  { command: 'forward', keys: [['f']], group: 'write' },
  { command: 'search', keys: [['/']], group: 'app' },
  { command: 'refresh', keys: [['.']], group: 'app' },
  { command: 'print', keys: [['p']], group: 'app' },
  { command: 'preferences', keys: [['g', 'p']], group: 'app' },
  { command: 'help', keys: [['?']], group: 'app' },
];

export interface KeyPress {
  key: string;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  shiftKey?: boolean;
}

export const SEQUENCE_MS = 1_000;

/** Reads one key after the other; remembers the first of a sequence for a moment. */
export class KeyReader {
  private pending: { key: string; at_ms: number } | undefined;

  /** The command, `'pending'` for the start of a sequence, or undefined. */
  read(press: KeyPress, now_ms: number): Command | 'pending' | undefined {
    if (press.ctrlKey || press.altKey || press.metaKey) return undefined;
    // Letters say by themselves that Shift is down.
    const key = press.shiftKey && press.key.startsWith('Arrow') ? `Shift+${press.key}` : press.key;
    const first = this.pending && now_ms - this.pending.at_ms < SEQUENCE_MS ? this.pending.key : undefined;
    this.pending = undefined;
    if (first !== undefined) {
      const both = BINDINGS.find((b) => b.keys.some((k) => k[0] === first && k[1] === key));
      if (both) return both.command;
    }
    const one = BINDINGS.find((b) => b.keys.some((k) => k.length === 1 && k[0] === key));
    if (one) return one.command;
    if (BINDINGS.some((b) => b.keys.some((k) => k.length > 1 && k[0] === key))) {
      this.pending = { key: key, at_ms: now_ms };
      return 'pending';
    }
    return undefined;
  }
}
