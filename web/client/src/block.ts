// SPDX-License-Identifier: AGPL-3.0-or-later
/** Keeping a sender out from now on: their mail goes to Junk, what is here too. */
import type { Person } from '$kit/core/model';
import { app } from './app';
import { ui } from './ui';

async function block(sender: Person, rows: readonly string[]): Promise<void> {
  const address = sender.address.toLowerCase();
  try {
    await app.account.changeSender('blocked', address, true);
    void app.actions.spam(rows, true);
    app.toasts.done(
      'toast.blocked',
      { name: address },
      () =>
        void app.account
          .changeSender('blocked', address, false)
          .catch((error: unknown) => app.toasts.error(error)),
    );
  } catch (error) {
    app.toasts.error(error);
  }
}

export function askToBlock(sender: Person, rows: readonly string[]): void {
  ui.patch({
    question: {
      title: 'confirm.block.title',
      text: 'confirm.block.text',
      params: { name: sender.address },
      confirm: 'action.block',
      yes: () => void block(sender, rows),
    },
  });
}

/** Oneself can't be kept out, nor somebody without an address. */
export const mayBlock = (sender: Person | undefined): sender is Person =>
  sender !== undefined &&
  sender.address.includes('@') &&
  !app.profile.state.value.addresses.some((a) => a.toLowerCase() === sender.address.toLowerCase());
