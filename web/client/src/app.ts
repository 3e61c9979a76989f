// SPDX-License-Identifier: AGPL-3.0-or-later
/** The one core of this page. */
import { App } from '$kit/core/app';
import { uploader } from '$kit/core/api/upload';

const TOKEN = 'posthouse.csrf';

export const app = new App((input, init) => fetch(input, init), uploader, {
  load: () => sessionStorage.getItem(TOKEN) ?? undefined,
  save: (token) => (token ? sessionStorage.setItem(TOKEN, token) : sessionStorage.removeItem(TOKEN)),
});
