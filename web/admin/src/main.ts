// SPDX-License-Identifier: AGPL-3.0-or-later
import '$kit/style/tokens.css';
import '$kit/style/base.css';
import '$kit/style/forms.css';
import './admin.css';
import { mount } from 'svelte';
import { app } from './app';
import { loadLocale, locale } from './i18n';
import { language } from './looks';
import Root from './Root.svelte';

async function start(): Promise<void> {
  await loadLocale(language());
  document.documentElement.lang = locale();
  const target = document.getElementById('app');
  if (target) mount(Root, { target });
  await app.resume();
}

void start();
