// SPDX-License-Identifier: AGPL-3.0-or-later
/** The one core of this page. */
import { App } from '$kit/core/app';
import { uploader } from '$kit/core/api/upload';

export const app = new App((input, init) => fetch(input, init), uploader);
