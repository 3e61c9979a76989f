// SPDX-License-Identifier: AGPL-3.0-or-later
/** How many changes of the page on screen are not saved. */
import { Store } from '$kit/core/store/store';

export const unsaved = new Store(0);
