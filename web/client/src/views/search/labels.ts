// SPDX-License-Identifier: AGPL-3.0-or-later
/** Blocks in the person's words. */
import type { Block, BlockField } from '$kit/core/search/blocks';
import { STATES } from '$kit/core/search/suggest';
import { t, type Key } from '$kit/i18n';

export const fieldLabel = (field: BlockField | 'words'): string => t(`builder.field.${field}` as Key);

export const stateLabel = (state: string): string =>
  (STATES as readonly string[]).includes(state) ? t(`builder.is.${state}` as Key) : state;

/** "From: bob", "not Unread", words as they are. */
export function blockLabel(block: Block): string {
  if (block.kind === 'raw') return block.text;
  const not = (text: string): string => (block.not ? t('builder.without', { text }) : text);
  if (block.kind === 'words') return not(block.text);
  if (block.kind === 'group')
    return not(`(${block.blocks.map(blockLabel).join(block.join === 'or' ? ` ${t('builder.or')} ` : ' ')})`);
  if (block.field === 'is') return not(stateLabel(block.value));
  if (block.field === 'has') return not(fieldLabel('has'));
  return not(`${fieldLabel(block.field)}: ${block.value}`);
}
