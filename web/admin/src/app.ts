// SPDX-License-Identifier: AGPL-3.0-or-later
/** The one core of this page. */
import { isSignedOut } from '$kit/core/api/fault';
import { Console } from './core/console';

const TOKEN = 'posthouse.admin.csrf';

export const app = new Console((input, init) => fetch(input, init), {
  load: () => sessionStorage.getItem(TOKEN) ?? undefined,
  save: (token) => (token ? sessionStorage.setItem(TOKEN, token) : sessionStorage.removeItem(TOKEN)),
});

/** For what a view asks for beside its main thing: a failure is told, and does not keep the rest from being shown. */
export async function quietly(asked: Promise<unknown>): Promise<void> {
  try {
    await asked;
  } catch (error) {
    if (!isSignedOut(error)) app.toasts.error(error);
  }
}
