// SPDX-License-Identifier: AGPL-3.0-or-later
/** A rule in words. */
import type { Rule, RuleAction, RuleTest } from '$kit/core/rules';
import { t } from '$kit/i18n';

export function testWords(test: RuleTest): string {
  const not = (words: string): string =>
    test.kind !== 'raw' && test.not ? t('builder.without', { text: words }) : words;
  switch (test.kind) {
    case 'raw':
      return t('rules.other', { name: test.name });
    case 'header':
      return not(`${test.header} ${t(`rules.how.${test.how}`)} “${test.value}”`);
    case 'body':
      return not(`${t('rules.test.body')} ${t('rules.how.contains')} “${test.value}”`);
    case 'larger':
      return not(`${t('rules.test.larger')} ${test.value}`);
    case 'attachment':
    case 'toMe':
    case 'known':
    case 'list':
      return not(t(`rules.test.${test.kind}`));
    default:
      return not(`${t(`rules.test.${test.kind}`)} ${t(`rules.how.${test.how}`)} “${test.value}”`);
  }
}

export function actionWords(action: RuleAction): string {
  switch (action.kind) {
    case 'raw':
      return t('rules.other', { name: action.name });
    case 'fileInto':
      return `${t('rules.action.fileInto')} ${action.path}`;
    case 'tag':
      return `${t('rules.action.tag')} ${action.name}`;
    case 'redirect':
      return `${t('rules.action.redirect')} ${action.address}`;
    default:
      return t(`rules.action.${action.kind}`);
  }
}

export const ruleWords = (rule: Rule): string =>
  `${rule.tests.map(testWords).join(rule.join === 'anyof' ? ` ${t('builder.or')} ` : ', ')} → ${rule.actions
    .map(actionWords)
    .join(', ')}`;
