// SPDX-License-Identifier: AGPL-3.0-or-later
import '$kit/style/tokens.css';
import '$kit/style/base.css';
import { mount } from 'svelte';
import { loadLocale, locale, pickLocale } from '$kit/i18n';
import { app } from './app';
import { prefs } from './prefs';
import { proposed } from './propose';
import { adopt } from './serverPrefs';
import { closeAll } from './ui';
import Root from './Root.svelte';

const target = document.getElementById('app');

async function start(): Promise<void> {
  await loadLocale(prefs.value.locale ?? pickLocale(navigator.languages));
  document.documentElement.lang = locale();
  if (target) mount(Root, { target });
  await app.resume();
}

prefs.subscribe(({ grouping, sendDelay_s }) => {
  app.composers.hold_ms = sendDelay_s * 1_000;
  void app.group(grouping);
});

app.session.subscribe(({ phase }) => {
  if (phase === 'signedIn') adopt();
});

// Questions and lists that stand open would act on the next person's mail.
app.onForget = () => {
  closeAll();
  proposed.set(undefined);
};

void start();
window.addEventListener('online', () => app.live.retryNow());
window.addEventListener('beforeunload', (event) => {
  // A letter that is held back or on its way, or words that no save has reached yet.
  const unsaved = app.composers.open.value.some((c) =>
    ['dirty', 'saving', 'error'].includes(c.state.value.status),
  );
  if (app.composers.underWay.value > 0 || unsaved) event.preventDefault();
});
