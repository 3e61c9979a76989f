// SPDX-License-Identifier: AGPL-3.0-or-later
/** How the global settings are grouped and searched. What has no group comes last, as the server describes it. */
import type { Known } from './config';
import { SERVICE_GROUPS, type FieldGroup, type FieldKind, type FieldSpec } from './fields';

const field = (name: string, kind: FieldKind, more: Partial<FieldSpec> = {}): FieldSpec => ({
  name,
  kind,
  inherits: true,
  ...more,
});
const isGlobal = (name: string): boolean => name === 'zimbraMailQuota' || name.startsWith('zimbraPassword');

export const SETTING_GROUPS: readonly FieldGroup[] = [
  {
    key: 'mta',
    fields: [
      field('zimbraMtaMaxMessageSize', 'size', { usual: '52428800' }),
      field('zimbraMtaRelayHost', 'lines'),
      field('zimbraMtaSmtpTlsSecurityLevel', 'choice', { words: ['none', 'may', 'encrypt'], usual: 'may' }),
      field('posthouseTlsPolicy', 'lines'),
      field('zimbraMtaDnsLookupsEnabled', 'bool', { usual: 'TRUE' }),
      field('zimbraMtaRestriction', 'lines'),
      field('zimbraMtaPostscreenAccessList', 'lines'),
      field('zimbraMtaMyNetworks', 'lines'),
      field('zimbraMtaSmtpdMilters', 'lines'),
    ],
  },
  {
    key: 'scan',
    fields: [
      field('zimbraSpamTagPercent', 'number', { usual: '33' }),
      field('zimbraSpamKillPercent', 'number', { usual: '75' }),
      field('zimbraSpamSubjectTag', 'text'),
      field('zimbraMtaBlockedExtension', 'lines'),
      field('zimbraVirusWarnRecipient', 'bool', { usual: 'FALSE' }),
    ],
  },
  {
    key: 'people',
    fields: [
      ...SERVICE_GROUPS.flatMap((group) => group.fields).filter(({ name }) => isGlobal(name)),
      field('zimbraAuthTokenLifetime', 'duration', { usual: '2d' }),
      field('zimbraAdminAuthTokenLifetime', 'duration', { usual: '12h' }),
    ],
  },
  {
    key: 'web',
    fields: [
      field('zimbraDefaultDomainName', 'text'),
      field('zimbraPublicServiceHostname', 'text'),
      field('zimbraPublicServicePort', 'number'),
      field('zimbraPublicServiceProtocol', 'choice', { words: ['http', 'https'] }),
      field('posthouseDataSourceTrustedHost', 'lines'),
    ],
  },
  {
    key: 'login',
    fields: [
      field('zimbraAuthMech', 'choice', { words: ['zimbra', 'ldap', 'ad'] }),
      field('zimbraAuthFallbackToLocal', 'bool', { usual: 'FALSE' }),
      field('zimbraGalMode', 'choice', { words: ['zimbra', 'ldap', 'both'] }),
      field('zimbraGalMaxResults', 'number'),
    ],
  },
];

/** Changed on pages of their own. */
const ELSEWHERE = new Set(['zimbraHsmPolicy', 'cn', 'zimbraMailPurgeSystemPolicy']);

export interface Shown extends FieldGroup {
  /** Of attributes without words of ours: what the server says. */
  about: Readonly<Record<string, string>>;
}

/** Every attribute once: ours in their groups, then all others that the server lets one set. */
export function grouped(known: readonly Known[], groups: readonly FieldGroup[]): Shown[] {
  const there = new Set(known.map(({ spec }) => spec.name));
  const ours = groups.map(({ key, fields }) => ({
    key,
    fields: fields.filter(({ name }) => there.has(name)),
    about: {},
  }));
  const named = new Set(ours.flatMap(({ fields }) => fields.map(({ name }) => name)));
  const others = known.filter(
    ({ spec, readOnly }) => !readOnly && !named.has(spec.name) && !ELSEWHERE.has(spec.name),
  );
  const rest = {
    key: 'others',
    fields: others.map(({ spec }) => spec),
    about: Object.fromEntries(others.map(({ spec, about }) => [spec.name, about])),
  };
  return [...ours, rest].filter(({ fields }) => fields.length > 0);
}

/** Each word must be in what is written there about an attribute. */
export function matching(
  groups: readonly Shown[],
  text: string,
  about: (name: string, group: Shown) => string,
  wanted: (name: string) => boolean = () => true,
): Shown[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const finds = (name: string, group: Shown): boolean => {
    const all = about(name, group).toLowerCase();
    return words.every((word) => all.includes(word));
  };
  return groups
    .map((group) => ({
      ...group,
      fields: group.fields.filter(({ name }) => wanted(name) && finds(name, group)),
    }))
    .filter(({ fields }) => fields.length > 0);
}
