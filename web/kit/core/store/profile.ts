// SPDX-License-Identifier: AGPL-3.0-or-later
/** What the server keeps of the person: preferences, as whom they may write, signatures. */
import type { AccountApi, ProfileData } from '../api/account';
import type { Identity, Signature } from '../model';
import { Store } from './store';

export type PrefValue = string | readonly string[];

const EMPTY: ProfileData = { prefs: {}, identities: [], signatures: [], addresses: [], off: [] };

export class Profile {
  readonly state = new Store<ProfileData>(EMPTY);

  constructor(private readonly api: AccountApi) {}

  reset(data: ProfileData = EMPTY): void {
    this.state.set(data);
  }

  /** The first value; empty if there is none. */
  pref(name: string): string {
    return this.state.value.prefs[name]?.[0] ?? '';
  }

  is(name: string, usual = false): boolean {
    const value = this.pref(name);
    return value === '' ? usual : value === 'TRUE';
  }

  /** Features are there unless the administrator took them away. */
  has(feature: string): boolean {
    return !this.state.value.off.includes(feature);
  }

  /** On screen at once; back as it was if the server refuses, which the caller learns. */
  async setPrefs(changes: Readonly<Record<string, PrefValue>>): Promise<void> {
    const before = this.state.value.prefs;
    const wanted = Object.fromEntries(
      Object.entries(changes).map(([name, value]) => [
        name,
        typeof value === 'string' ? [value] : [...value],
      ]),
    );
    this.state.patch({ prefs: { ...before, ...wanted } });
    try {
      await this.api.modifyPrefs(wanted);
    } catch (error) {
      const { prefs } = this.state.value;
      const old = Object.fromEntries(Object.keys(wanted).map((name) => [name, before[name] ?? []]));
      this.state.patch({ prefs: { ...prefs, ...old } });
      throw error;
    }
  }

  get identities(): readonly Identity[] {
    return this.state.value.identities;
  }

  get signatures(): readonly Signature[] {
    return this.state.value.signatures;
  }

  async saveSignature(signature: Signature): Promise<Signature> {
    const saved = await this.api.saveSignature(signature);
    const others = this.signatures.filter((s) => s.id !== saved.id);
    this.state.patch({ signatures: [...others, saved].sort((a, b) => a.name.localeCompare(b.name)) });
    return saved;
  }

  async removeSignature(id: string): Promise<void> {
    await this.api.deleteSignature(id);
    this.state.patch({ signatures: this.signatures.filter((s) => s.id !== id) });
  }

  async saveIdentity(identity: Identity): Promise<void> {
    const saved = await this.api.saveIdentity(identity);
    const known = this.identities.some((i) => i.id === saved.id);
    const identities = known
      ? this.identities.map((i) => (i.id === saved.id ? saved : i))
      : [...this.identities, saved];
    this.state.patch({ identities });
  }

  async removeIdentity(id: string): Promise<void> {
    await this.api.deleteIdentity(id);
    this.state.patch({ identities: this.identities.filter((i) => i.id !== id) });
  }
}
