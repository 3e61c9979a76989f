// SPDX-License-Identifier: AGPL-3.0-or-later
/** What the page knows, and what it does next. Views show it and call it; only `api` talks to the server. */
import { api, Away, Refused } from './api';
import { loadLocale, t, tell } from './i18n';
import { empty, pageOf, pagesFor, proposed, type Page } from './pages';
import type { Answers, Facts, Planned, Problem, Progress, Seen } from './types';

export type Phase = 'loading' | 'locked' | 'asking' | 'running' | 'starting' | 'away';

const LOOK_EVERY_MS = 700;
const NETWORK_SETTLES_MS = 10_000;

class Setup {
  private networkSince_ms: number | undefined;
  phase: Phase = $state('loading');
  /** Why nobody gets in. */
  trouble = $state('');
  busy = $state(false);
  facts: Facts | undefined = $state();
  answers: Answers = $state(empty());
  passwordAgain = $state('');
  pages: Page[] = $state([]);
  page: Page = $state('language');
  /** Pages that were answered. */
  reached = $state(0);
  problems: Problem[] = $state([]);
  plan: Planned[] = $state([]);
  progress: Progress | undefined = $state();
  records: Seen[] | undefined = $state();
  /** The language changed: everything is drawn anew. */
  strings = $state(0);
  /** The web client answers where this page was. */
  isOver = $state(false);

  problem(field: string): string {
    const found = this.problems.find((problem) => problem.field === field);
    return found ? tell(`problem.${found.field}.${found.code}`, found.text) : '';
  }

  /** Somebody is at it: what was wrong with it is judged when the page is left. */
  corrected(field: string): void {
    this.problems = this.problems.filter((problem) => problem.field !== field);
  }

  /** After a reload, or when somebody comes back. */
  async resume(): Promise<void> {
    await this.guard(async () => {
      await api.session();
      await this.enter();
    });
  }

  async unlock(code: string): Promise<void> {
    await this.guard(async () => {
      await api.unlock(code);
      await this.enter();
    });
  }

  async language(wanted: Answers['language']): Promise<void> {
    this.answers.language = wanted;
    await loadLocale(wanted);
    document.documentElement.lang = wanted;
    this.strings += 1;
  }

  private async enter(): Promise<void> {
    const [facts, draft, progress] = await Promise.all([api.facts(), api.draft(), api.progress()]);
    this.facts = facts;
    this.pages = pagesFor(facts);
    this.answers = { ...proposed(facts, this.answers.language), ...(draft ?? {}) };
    if (draft?.language) await this.language(draft.language);
    // Whoever comes by an address proves that the network works.
    if (facts.is_image) await api.confirmNetwork();
    this.progress = progress;
    if (progress.state === 'idle') this.phase = 'asking';
    else this.follow();
  }

  /** Errors at the fields of this page keep it; else the next one. */
  async next(): Promise<void> {
    await this.guard(async () => {
      const { problems, plan } = await api.check(this.answers);
      this.plan = plan;
      this.problems = problems.filter((problem) => pageOf(problem.field) === this.page);
      const { password } = this.answers.administrator;
      if (this.page === 'administrator' && password !== this.passwordAgain)
        this.problems.push({
          field: 'passwordAgain',
          code: 'differs',
          text: t('problem.passwordAgain.differs'),
        });
      if (this.problems.length > 0) return;
      await api.keepDraft(this.answers);
      const at = this.pages.indexOf(this.page);
      this.reached = Math.max(this.reached, at + 1);
      this.go(this.pages[at + 1] ?? this.page);
    });
  }

  back(): void {
    this.go(this.pages[this.pages.indexOf(this.page) - 1] ?? this.page);
  }

  go(page: Page): void {
    this.problems = [];
    this.page = page;
  }

  async start(): Promise<void> {
    await this.guard(async () => {
      const { problems } = await api.start(this.answers);
      const first = problems[0];
      if (!first) return this.follow();
      // Something changed since: a page that had been fine is shown again with what is wrong.
      this.go(pageOf(first.field));
      this.problems = problems;
    });
  }

  async repeat(): Promise<void> {
    await this.guard(async () => {
      await api.repeat();
      this.follow();
    });
  }

  /** A step failed: other answers may help. Passwords were not kept. */
  change(): void {
    this.phase = 'asking';
    this.reached = 0;
    this.page = this.pages[0] ?? 'language';
  }

  async lookAtDns(): Promise<void> {
    const { domain, hostname, relay } = this.answers;
    await this.guard(async () => {
      this.records = undefined;
      this.records = (await api.dns(domain, hostname, relay !== null)).records;
    });
  }

  readonly log = async (step: string): Promise<string> => {
    try {
      return (await api.log(step)).text;
    } catch {
      return t('progress.noLog');
    }
  };

  private follow(): void {
    this.phase = 'running';
    this.trouble = '';
    const look = async (): Promise<void> => {
      try {
        this.progress = await api.progress();
        this.trouble = '';
        await this.proveNetwork();
      } catch (error) {
        if (error instanceof Refused && error.code === 'no-session') {
          // The supervisor was started again: the machine goes on, but we have to show the code once more.
          this.phase = 'locked';
          this.trouble = t('trouble.no-session');
          return;
        }
        if (!this.changesNetwork()) {
          // From here on this page's server goes away, and another one comes.
          this.phase = 'starting';
          return this.awaitEnd();
        }
        this.trouble = t('running.network');
      }
      if (this.progress?.state === 'running') setTimeout(() => void look(), LOOK_EVERY_MS);
    };
    void look();
  }

  /** Whoever still reaches the machine once its network has settled has a network that works. */
  private async proveNetwork(): Promise<void> {
    const line = this.progress?.steps.find(({ step }) => step === 'network');
    if (line?.outcome !== 'running') this.networkSince_ms = undefined;
    else if (this.networkSince_ms === undefined) this.networkSince_ms = Date.now();
    else if (Date.now() - this.networkSince_ms > NETWORK_SETTLES_MS) await api.confirmNetwork();
  }

  private changesNetwork(): boolean {
    const line = this.progress?.steps.find(({ step }) => step === 'network');
    return line?.outcome === 'waiting' || line?.outcome === 'running';
  }

  private async awaitEnd(): Promise<void> {
    this.isOver = await api.isOver();
    if (!this.isOver) setTimeout(() => void this.awaitEnd(), 2 * LOOK_EVERY_MS);
  }

  private async guard(work: () => Promise<void>): Promise<void> {
    this.busy = true;
    this.trouble = '';
    try {
      await work();
    } catch (error) {
      if (error instanceof Away) this.trouble = t('trouble.away');
      else if (error instanceof Refused) {
        const isFirst = this.phase === 'loading';
        if (error.code === 'no-session') this.phase = 'locked';
        if (!isFirst) this.trouble = tell(`trouble.${error.code}`, error.message);
      } else throw error;
      if (this.phase === 'loading') this.phase = 'away';
    } finally {
      this.busy = false;
    }
  }
}

export const setup = new Setup();
