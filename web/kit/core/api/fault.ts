// SPDX-License-Identifier: AGPL-3.0-or-later
import type { WireFault } from './types';

/** The server understood and refused, or failed; `code` is what to branch on. */
export class Fault extends Error {
  readonly code: string;
  readonly trace: string;

  constructor(wire: WireFault) {
    super(wire.Reason?.Text ?? 'unknown fault');
    this.name = 'Fault';
    this.code = wire.Detail?.Error?.Code ?? 'service.FAILURE';
    this.trace = wire.Detail?.Error?.Trace ?? '';
  }
}

/** No answer, or none that makes sense: the request may or may not have been carried out. */
export class Unreachable extends Error {
  constructor(why: string) {
    super(why);
    this.name = 'Unreachable';
  }
}

export const isSignedOut = (error: unknown): boolean =>
  error instanceof Fault && (error.code === 'service.AUTH_REQUIRED' || error.code === 'service.AUTH_EXPIRED');

export const isGone = (error: unknown): boolean =>
  error instanceof Fault && error.code === 'mail.NO_SUCH_MSG';

/**
 * The message key that tells a person what to do about an error. Codes without a sentence of their own
 * fall back to a general one that names the code, so that support can find it.
 */
const SENTENCES: Record<string, string> = {
  'account.AUTH_FAILED': 'error.authFailed',
  'account.ACCOUNT_INACTIVE': 'error.accountInactive',
  'account.MAINTENANCE_MODE': 'error.maintenance',
  'account.CHANGE_PASSWORD': 'error.changePassword',
  'account.INVALID_PASSWORD': 'error.passwordRefused',
  'account.PASSWORD_RECENTLY_USED': 'error.passwordUsed',
  'account.PASSWORD_CHANGE_TOO_SOON': 'error.passwordTooSoon',
  'account.PASSWORD_LOCKED': 'error.passwordLocked',
  'mail.QUOTA_EXCEEDED': 'error.quota',
  'mail.QUERY_PARSE_ERROR': 'error.query',
  'mail.ALREADY_EXISTS': 'error.exists',
  'mail.INVALID_NAME': 'error.name',
  'mail.MESSAGE_TOO_BIG': 'error.tooBig',
  'mail.UPLOAD_TOO_LARGE': 'error.tooBig',
  'mail.NO_SUCH_UPLOAD': 'error.uploadGone',
  'mail.NO_SUCH_CONV': 'error.gone',
  'mail.NO_SUCH_MSG': 'error.gone',
  'mail.NO_SUCH_FOLDER': 'error.folderGone',
  'mail.NO_SUCH_CONTACT': 'error.noSuchContact',
  'mail.UNABLE_TO_IMPORT_CONTACTS': 'error.importContacts',
  'mail.NO_SUCH_GRANTEE': 'error.grantee',
  'mail.CANNOT_GRANT': 'error.ownGrant',
  'mail.SEND_ABORTED_ADDRESS_FAILURE': 'error.addressRefused',
  'mail.SEND_PARTIAL_ADDRESS_FAILURE': 'error.addressPartly',
  'mail.ADDRESS_PARSE_ERROR': 'error.address',
  'account.DATA_SOURCE_EXISTS': 'error.exists',
  'account.NO_SUCH_DATA_SOURCE': 'error.noSuchSource',
  'account.TOO_MANY_DATA_SOURCES': 'error.tooManySources',
  'mail.TRY_AGAIN': 'error.tryAgain',
  'service.TEMPORARILY_UNAVAILABLE': 'error.tryAgain',
  'service.PERM_DENIED': 'error.denied',
  'service.AUTH_REQUIRED': 'error.signedOut',
  'service.AUTH_EXPIRED': 'error.signedOut',
};

export interface Explained {
  key: string;
  params: Record<string, string>;
}

export function explain(error: unknown): Explained {
  if (error instanceof Unreachable) return { key: 'error.unreachable', params: {} };
  if (error instanceof Fault) {
    const key = SENTENCES[error.code];
    return key
      ? { key, params: { detail: error.message } }
      : { key: 'error.other', params: { code: error.code, detail: error.message } };
  }
  return { key: 'error.other', params: { code: 'client', detail: String(error) } };
}
