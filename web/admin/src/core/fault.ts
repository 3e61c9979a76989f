// SPDX-License-Identifier: AGPL-3.0-or-later
/** What to tell an administrator about an error. The server's own words come along: they name the attribute or the entry. */
import { explain as explainUser, type Explained } from '$kit/core/api/fault';
import { Fault } from '$kit/core/api/fault';

const SENTENCES: Record<string, string> = {
  'service.PERM_DENIED': 'error.noRight',
  'service.INVALID_REQUEST': 'error.refused',
  'service.ALREADY_IN_PROGRESS': 'error.inProgress',
  'account.ACCOUNT_EXISTS': 'error.addressTaken',
  'account.DOMAIN_EXISTS': 'error.domainTaken',
  'account.COS_EXISTS': 'error.nameTaken',
  'account.DOMAIN_NOT_EMPTY': 'error.domainNotEmpty',
  'account.INVALID_ATTR_VALUE': 'error.badValue',
  'account.INVALID_ATTR_NAME': 'error.badValue',
  'account.NO_SUCH_ACCOUNT': 'error.noSuch',
  'account.NO_SUCH_DOMAIN': 'error.noSuch',
  'account.NO_SUCH_COS': 'error.noSuch',
  'account.NO_SUCH_DISTRIBUTION_LIST': 'error.noSuch',
  'account.NO_SUCH_CALENDAR_RESOURCE': 'error.noSuch',
  'account.NO_SUCH_GRANT': 'error.noSuch',
  'account.NO_SUCH_MEMBER': 'error.noSuch',
  'account.NO_SUCH_RIGHT': 'error.noSuch',
  'account.TOO_MANY_SEARCH_RESULTS': 'error.tooMany',
  'account.TOO_MANY_ACCOUNTS': 'error.domainFull',
};

export function explain(error: unknown): Explained {
  if (error instanceof Fault) {
    const key = SENTENCES[error.code];
    if (key !== undefined) return { key, params: { detail: error.message } };
  }
  return explainUser(error);
}

export const isDenied = (error: unknown): boolean =>
  error instanceof Fault && error.code === 'service.PERM_DENIED';
