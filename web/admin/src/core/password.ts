// SPDX-License-Identifier: AGPL-3.0-or-later
/** A password that can be read out on the telephone: no letter that looks like another one. */
const LETTERS = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz', '23456789', '-_.+:'] as const;
const LENGTH = 16;

/** Without the bias that a remainder has. */
function below(limit: number): number {
  const most = Math.floor(2 ** 32 / limit) * limit;
  for (;;) {
    const [n = 0] = crypto.getRandomValues(new Uint32Array(1));
    if (n < most) return n % limit;
  }
}

const pick = (letters: string): string => letters.charAt(below(letters.length));

/** At least one of each kind, in any order. */
export function newPassword(): string {
  const all = LETTERS.join('');
  const letters = [...LETTERS.map(pick), ...Array.from({ length: LENGTH - LETTERS.length }, () => pick(all))];
  for (let at = letters.length - 1; at > 0; at--) {
    const other = below(at + 1);
    [letters[at], letters[other]] = [letters[other] ?? '', letters[at] ?? ''];
  }
  return letters.join('');
}
