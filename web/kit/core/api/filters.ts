// SPDX-License-Identifier: AGPL-3.0-or-later
/** Requests about filter rules for mail that comes in. */
import { readRule, writeRule, type Rule } from '../rules';
import { list } from './decode';
import type { Transport } from './transport';

/** The server looks at as many messages in one go. */
const PAGE = 1_000;

export class FiltersApi {
  constructor(private readonly transport: Transport) {}

  async all(): Promise<Rule[]> {
    const answer = await this.transport.call('GetFilterRules', {});
    return list(list(answer.filterRules)[0]?.filterRule).map(readRule);
  }

  /** All of them, in the order in which they are tried. */
  save = (rules: readonly Rule[]): Promise<object> =>
    this.transport.call('ModifyFilterRules', { filterRules: [{ filterRule: rules.map(writeRule) }] });

  /** To the newest messages of a folder; answers how many were changed. */
  async apply(names: readonly string[], query: string): Promise<number> {
    const answer = await this.transport.call('ApplyFilterRules', {
      filterRules: [{ filterRule: names.map((name) => ({ name })) }],
      query: { _content: query },
    });
    return (list(answer.m)[0]?.ids ?? '').split(',').filter(Boolean).length;
  }
}

export const APPLIED_MAX = PAGE;
