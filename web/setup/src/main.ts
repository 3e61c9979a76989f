// SPDX-License-Identifier: AGPL-3.0-or-later
import '$kit/style/tokens.css';
import '$kit/style/base.css';
import '$kit/style/forms.css';
import { mount } from 'svelte';
import { pickLocale } from '$kit/i18n/catalogue';
import { loadLocale } from './i18n';
import { setup } from './setup.svelte';
import Root from './Root.svelte';

async function start(): Promise<void> {
  const language = pickLocale(navigator.languages);
  await loadLocale(language);
  document.documentElement.lang = language;
  setup.answers.language = language;
  const target = document.getElementById('app');
  if (target) mount(Root, { target });
  await setup.resume();
}

void start();
