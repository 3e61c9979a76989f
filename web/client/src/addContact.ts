// SPDX-License-Identifier: AGPL-3.0-or-later
import { splitName } from '$kit/core/fields';
import { FOLDER, type Person } from '$kit/core/model';
import { app } from './app';

/** A correspondent becomes a contact, by name and address. */
export async function addContact(person: Person): Promise<void> {
  try {
    const made = await app.contacts.api.create(FOLDER.contacts, {
      ...splitName(person.name, person.address),
      email: person.address,
    });
    if (app.contacts.state.value.loaded) app.contacts.put(made);
    app.toasts.done(
      'toast.contactAdded',
      { name: person.name || person.address },
      () => void app.contacts.api.act([made.id], 'delete').catch((error: unknown) => app.toasts.error(error)),
    );
  } catch (error) {
    app.toasts.error(error);
  }
}
