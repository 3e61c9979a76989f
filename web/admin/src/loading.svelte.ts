// SPDX-License-Identifier: AGPL-3.0-or-later
/** What is asked of the server for a view: the newest question counts, whatever order the answers come in. */
import { inWords } from './i18n';

export class Loading<T> {
  value: T | undefined = $state.raw();
  problem = $state('');
  isBusy = $state(false);
  private turn = 0;

  async run(asked: () => Promise<T>): Promise<void> {
    const turn = ++this.turn;
    this.isBusy = true;
    try {
      const value = await asked();
      if (turn !== this.turn) return;
      this.value = value;
      this.problem = '';
    } catch (error) {
      if (turn !== this.turn) return;
      this.problem = inWords(error);
    }
    this.isBusy = false;
  }
}
