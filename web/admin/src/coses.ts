// SPDX-License-Identifier: AGPL-3.0-or-later
/** The classes of service that the person may see: few, and named on many pages. */
import { Store } from '$kit/core/store/store';
import { app } from './app';
import type { Entry } from './core/api';

export const coses = new Store<readonly Entry[]>([]);

/** What can't be seen is not offered. */
export async function loadCoses(): Promise<readonly Entry[]> {
  coses.set((await app.admin.found(app.cos.all())) ?? []);
  return coses.value;
}

export const cosName = (id: string): string => coses.value.find((cos) => cos.id === id)?.name ?? '';
