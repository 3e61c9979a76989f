// SPDX-License-Identifier: AGPL-3.0-or-later
/** The pages of the wizard, and which answers each of them asks for. */
import type { Answers, Facts } from './types';

export const PAGES = [
  'language',
  'network',
  'names',
  'administrator',
  'certificate',
  'disk',
  'protection',
  'delivery',
  'summary',
] as const;
export type Page = (typeof PAGES)[number];

const FIELDS: Record<Page, readonly string[]> = {
  language: ['language', 'system.time_zone', 'system.keyboard'],
  network: ['system.network'],
  names: ['hostname', 'domain'],
  administrator: ['administrator'],
  certificate: ['certificate'],
  disk: ['system.store_disk'],
  protection: ['protection'],
  delivery: ['relay', 'alerts'],
  summary: [],
};

/** What a machine is not, it is not asked about. */
export const pagesFor = (facts: Facts): Page[] =>
  PAGES.filter((page) => {
    if (page === 'network') return facts.is_image;
    if (page === 'disk') return facts.disks.length > 0;
    return page !== 'protection' || facts.is_appliance;
  });

export const pageOf = (field: string): Page =>
  PAGES.find((page) => FIELDS[page].some((own) => field === own || field.startsWith(`${own}.`))) ?? 'summary';

export const empty = (): Answers => ({
  language: 'en',
  hostname: '',
  system: { time_zone: null, keyboard: null, store_disk: null, network: null },
  domain: '',
  administrator: { name: 'admin', display_name: '', password: '' },
  certificate: { kind: 'self-signed' },
  protection: { antispam: true, antivirus: true },
  relay: null,
  alerts: [],
});

/** What a machine with these facts is asked first. */
export function proposed(facts: Facts, language: Answers['language']): Answers {
  const answers = { ...empty(), language };
  if (facts.hostname.includes('.')) {
    answers.hostname = facts.hostname;
    answers.domain = facts.hostname.split('.').slice(1).join('.');
  }
  answers.protection.antivirus = facts.memory_bytes >= facts.antivirus_bytes + facts.rest_bytes;
  const first = facts.interfaces[0];
  if (facts.is_image) {
    answers.system.time_zone = facts.time_zone;
    const keyboard = language === 'de' ? 'de' : 'us';
    if (facts.keyboards.includes(keyboard)) answers.system.keyboard = keyboard;
    if (first) answers.system.network = { mode: 'dhcp', interface: first.name };
  }
  return answers;
}

/** example.com of mail.example.com, as long as nobody wrote another one. */
export function followedDomain(before: string, after: string, domain: string): string {
  const parent = (name: string) => name.split('.').slice(1).join('.');
  return domain === '' || domain === parent(before) ? parent(after) : domain;
}
