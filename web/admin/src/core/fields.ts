// SPDX-License-Identifier: AGPL-3.0-or-later
/** Which attributes the console shows, in which groups, and how each is written. Only such that this server heeds. */
import { STATUSES } from './filter';

export type FieldKind =
  'text' | 'area' | 'bool' | 'number' | 'integer' | 'size' | 'duration' | 'choice' | 'many' | 'lines' | 'cos';

export interface FieldSpec {
  name: string;
  kind: FieldKind;
  /** Values of a choice. */
  words?: readonly string[];
  /** May come from the class of service, the domain or the global settings. */
  inherits?: boolean;
  /** What holds where nothing is set anywhere. */
  usual?: string;
}

export interface FieldGroup {
  key: string;
  fields: readonly FieldSpec[];
}

const field = (name: string, kind: FieldKind, more: Partial<FieldSpec> = {}): FieldSpec => ({
  name,
  kind,
  ...more,
});
const inherited = (name: string, kind: FieldKind, more: Partial<FieldSpec> = {}): FieldSpec =>
  field(name, kind, { inherits: true, ...more });

/** Of accounts and classes of service alike. */
export const SERVICE_GROUPS: readonly FieldGroup[] = [
  {
    key: 'limits',
    fields: [
      inherited('zimbraMailQuota', 'size'),
      inherited('zimbraIdentityMaxNumEntries', 'number'),
      inherited('zimbraSignatureMaxNumEntries', 'number'),
    ],
  },
  {
    key: 'access',
    fields: [
      inherited('zimbraImapEnabled', 'bool', { usual: 'TRUE' }),
      inherited('zimbraPop3Enabled', 'bool', { usual: 'TRUE' }),
      inherited('zimbraFeatureGalEnabled', 'bool', { usual: 'TRUE' }),
      inherited('zimbraFeatureGalSyncEnabled', 'bool', { usual: 'TRUE' }),
      inherited('zimbraAllowAnyFromAddress', 'bool', { usual: 'FALSE' }),
      inherited('zimbraAuthTokenLifetime', 'duration'),
      inherited('zimbraAdminAuthTokenLifetime', 'duration'),
    ],
  },
  {
    key: 'passwords',
    fields: [
      inherited('zimbraPasswordMinLength', 'number'),
      inherited('zimbraPasswordMaxLength', 'number'),
      inherited('zimbraPasswordMinUpperCaseChars', 'number'),
      inherited('zimbraPasswordMinLowerCaseChars', 'number'),
      inherited('zimbraPasswordMinNumericChars', 'number'),
      inherited('zimbraPasswordMinPunctuationChars', 'number'),
      inherited('zimbraPasswordMaxAge', 'number'),
      inherited('zimbraPasswordEnforceHistory', 'number'),
      inherited('zimbraPasswordLocked', 'bool', { usual: 'FALSE' }),
      inherited('zimbraPasswordLockoutEnabled', 'bool', { usual: 'FALSE' }),
      inherited('zimbraPasswordLockoutMaxFailures', 'number'),
      inherited('zimbraPasswordLockoutDuration', 'duration'),
      inherited('zimbraPasswordLockoutFailureLifetime', 'duration'),
    ],
  },
  {
    key: 'retention',
    fields: [
      inherited('zimbraMailMessageLifetime', 'duration'),
      inherited('zimbraMailTrashLifetime', 'duration'),
      inherited('zimbraMailSpamLifetime', 'duration'),
      inherited('zimbraDumpsterEnabled', 'bool', { usual: 'FALSE' }),
      inherited('zimbraDumpsterPurgeEnabled', 'bool', { usual: 'TRUE' }),
      inherited('zimbraDumpsterUserVisibleAge', 'duration'),
      inherited('zimbraMailDumpsterLifetime', 'duration'),
    ],
  },
];

export const PERSON: readonly FieldSpec[] = [
  field('displayName', 'text'),
  field('givenName', 'text'),
  field('sn', 'text'),
  field('description', 'text'),
  field('zimbraNotes', 'area'),
];

export const STANDING: readonly FieldSpec[] = [
  field('zimbraAccountStatus', 'choice', { words: STATUSES }),
  field('zimbraCOSId', 'cos', { inherits: true }),
  field('zimbraHideInGal', 'bool', { usual: 'FALSE' }),
  field('zimbraPasswordMustChange', 'bool', { usual: 'FALSE' }),
];

export const COS_FIELDS: readonly FieldSpec[] = [field('description', 'text'), field('zimbraNotes', 'area')];

export const ROLE: readonly FieldSpec[] = [
  field('zimbraIsAdminAccount', 'bool', { usual: 'FALSE' }),
  field('zimbraIsDelegatedAdminAccount', 'bool', { usual: 'FALSE' }),
];

export const FORWARDING: readonly FieldSpec[] = [
  field('zimbraPrefMailForwardingAddress', 'text'),
  field('zimbraPrefMailLocalDeliveryDisabled', 'bool', { usual: 'FALSE' }),
  field('zimbraMailForwardingAddress', 'many'),
  field('zimbraAllowFromAddress', 'many'),
];

export const DOMAIN_GROUPS: readonly FieldGroup[] = [
  {
    key: 'domain',
    fields: [
      field('zimbraDomainStatus', 'choice', {
        words: ['active', 'maintenance', 'locked', 'closed', 'suspended', 'shutdown'],
      }),
      field('description', 'text'),
      field('zimbraNotes', 'area'),
      field('zimbraDomainDefaultCOSId', 'cos'),
      field('zimbraDomainMaxAccounts', 'number'),
      field('zimbraMailQuota', 'size'),
    ],
  },
  {
    key: 'mailFlow',
    fields: [
      field('zimbraMailCatchAllForwardingAddress', 'many'),
      inherited('posthouseRelayHost', 'text'),
      field('amavisWhitelistSender', 'many'),
      field('amavisBlacklistSender', 'many'),
    ],
  },
  {
    key: 'web',
    fields: [
      inherited('zimbraPublicServiceHostname', 'text'),
      inherited('zimbraPublicServicePort', 'number'),
      inherited('zimbraPublicServiceProtocol', 'choice', { words: ['http', 'https'] }),
      field('zimbraVirtualHostname', 'many'),
    ],
  },
  {
    key: 'login',
    fields: [
      inherited('zimbraAuthMech', 'choice', { words: ['zimbra', 'ldap', 'ad'], usual: 'zimbra' }),
      inherited('zimbraAuthFallbackToLocal', 'bool', { usual: 'FALSE' }),
      field('zimbraAuthLdapURL', 'many'),
      field('zimbraAuthLdapStartTlsEnabled', 'bool', { usual: 'FALSE' }),
      field('zimbraAuthLdapBindDn', 'text'),
      field('zimbraAuthLdapSearchBase', 'text'),
      field('zimbraAuthLdapSearchFilter', 'text'),
      field('zimbraAuthLdapSearchBindDn', 'text'),
    ],
  },
  {
    key: 'gal',
    fields: [
      inherited('zimbraGalMode', 'choice', { words: ['zimbra', 'ldap', 'both'], usual: 'zimbra' }),
      inherited('zimbraGalMaxResults', 'number', { usual: '100' }),
      field('zimbraGalLdapURL', 'many'),
      field('zimbraGalLdapStartTlsEnabled', 'bool', { usual: 'FALSE' }),
      field('zimbraGalLdapSearchBase', 'text'),
      field('zimbraGalLdapFilter', 'text'),
      field('zimbraGalLdapBindDn', 'text'),
    ],
  },
];

export const LIST_GROUPS: readonly FieldGroup[] = [
  {
    key: 'list',
    fields: [
      field('displayName', 'text'),
      field('description', 'text'),
      field('zimbraNotes', 'area'),
      field('zimbraMailStatus', 'choice', { words: ['enabled', 'disabled'] }),
      field('zimbraHideInGal', 'bool', { usual: 'FALSE' }),
      field('zimbraIsAdminGroup', 'bool', { usual: 'FALSE' }),
      field('zimbraPrefReplyToEnabled', 'bool', { usual: 'FALSE' }),
      field('zimbraPrefReplyToAddress', 'text'),
    ],
  },
];

export const RESOURCE_GROUPS: readonly FieldGroup[] = [
  {
    key: 'resource',
    fields: [
      field('displayName', 'text'),
      field('zimbraCalResType', 'choice', { words: ['Location', 'Equipment'] }),
      field('zimbraAccountStatus', 'choice', { words: ['active', 'locked', 'closed', 'maintenance'] }),
      field('description', 'text'),
      field('zimbraNotes', 'area'),
      field('zimbraHideInGal', 'bool', { usual: 'FALSE' }),
    ],
  },
  {
    key: 'place',
    fields: [
      field('zimbraCalResSite', 'text'),
      field('zimbraCalResBuilding', 'text'),
      field('zimbraCalResFloor', 'text'),
      field('zimbraCalResRoom', 'text'),
      field('zimbraCalResCapacity', 'number'),
    ],
  },
  {
    key: 'contact',
    fields: [
      field('zimbraCalResContactName', 'text'),
      field('zimbraCalResContactEmail', 'text'),
      field('zimbraCalResContactPhone', 'text'),
    ],
  },
];

/** All attributes that have a label. */
export const ALL_FIELDS: readonly FieldSpec[] = [
  ...[...SERVICE_GROUPS, ...DOMAIN_GROUPS, ...LIST_GROUPS, ...RESOURCE_GROUPS].flatMap((g) => g.fields),
  ...PERSON,
  ...STANDING,
  ...ROLE,
  ...FORWARDING,
];
