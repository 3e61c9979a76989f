// SPDX-License-Identifier: AGPL-3.0-or-later
//! What HTML of mail may and may not do. The attacks are our own collection of the usual kinds.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

mod common;

use common::html::{assert_harmless, clean_with};
use common::html_seeds;
use proptest::prelude::*;

fn clean(html: &str) -> String {
    clean_with(html, false).0
}

#[test]
fn ordinary_mail_stays() {
    for html in [
        "<p style=\"color: red\">text</p>",
        "<table width=\"600\" cellpadding=\"0\" bgcolor=\"#ffffff\"><tbody><tr><td align=\"center\" colspan=\"2\">x</td></tr></tbody></table>",
        "<font face=\"Arial\" size=\"2\">x</font>",
        "<blockquote><pre>a &lt; b</pre></blockquote>",
        "<img src=\"data:image/png;base64,AAAA\" alt=\"x\">",
    ] {
        assert_eq!(clean(html), html);
    }
}

#[test]
fn links() {
    let a = "target=\"_blank\" rel=\"noopener noreferrer\"";
    let got = clean("<a href=\"https://x/?a=1&amp;b=2\" target=\"_top\" rel=\"opener\">x</a>");
    assert!(
        got.contains("href=\"https://x/?a=1&amp;b=2\"")
            && got.contains("target=\"_blank\"")
            && got.contains("rel=\"noopener noreferrer\""),
        "{got}"
    );
    assert!(!got.contains("_top"), "{a} {got}");
    assert!(clean("<a href='mailto:a@b'>x</a><a href=tel:+1>y</a>").matches("href").count() == 2);
    for href in [
        "/relative",
        "//x/y",
        "#top",
        "ftp://x",
        "file:///etc/passwd",
        "about:blank",
        "data:text/html,x",
        "data:image/png;base64,AA",
    ] {
        assert!(!clean(&format!("<a href=\"{href}\">x</a>")).contains("href"), "{href}");
    }
}

#[test]
fn inline_pictures() {
    assert_eq!(clean("<img src=\"CID:a%40b\">"), "<img src=\"/part?id=a@b&amp;x=1\">");
    assert_eq!(clean("<img src=cid:missing alt=x>"), "<img alt=\"x\">");
    assert_eq!(clean("<td background='cid:bg'>"), "", "a cell without a table is dropped by the parser");
    assert_eq!(
        clean("<div style=\"background: url(cid:bg) no-repeat; color: red\">x</div>"),
        "<div style=\"background: url('/part?id=bg&amp;x=1') no-repeat; color: red\">x</div>"
    );
}

#[test]
fn remote_pictures_wait() {
    let html = "<img src=\"https://t/x.gif?a&amp;b\" width=\"1\"><table background=\"http://t/b\"></table>\
        <div style=\"color: red; background-image: url('https://t/c')\">x</div>";
    let (held, remote) = clean_with(html, false);
    assert!(remote);
    assert!(held.contains("<img data-src=\"https://t/x.gif?a&amp;b\" width=\"1\">"), "{held}");
    assert!(held.contains("<table data-background=\"http://t/b\">"), "{held}");
    assert!(held.contains("<div data-background=\"https://t/c\" style=\"color: red\">"), "{held}");
    let (shown, remote) = clean_with(html, true);
    assert!(remote && !shown.contains("data-"));
    assert!(shown.contains("src=\"https://t/x.gif?a&amp;b\"") && shown.contains("url('https://t/c')"), "{shown}");
    assert_eq!(clean_with("<p>none</p>", false), ("<p>none</p>".into(), false));
}

const ATTACKS: [&str; 44] = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src='https://x' OnErRoR='alert(1)'>",
    "<img/src=\"https://x\"/onerror=alert(1)//",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><a xlink:href=\"javascript:alert(1)\"><text>x</text></a></svg>",
    "<svg><animate attributeName=href values=javascript:alert(1) /></svg>",
    "<math><mtext><table><mglyph><style><img src=x onerror=alert(1)>",
    "<math href=\"javascript:alert(1)\">x</math>",
    "<a href=\"javascript:alert(1)\">x</a>",
    "<a href=\"JaVaScRiPt:alert(1)\">x</a>",
    "<a href=\"java\tscript:alert(1)\">x</a>",
    "<a href=\" &#14; javascript:alert(1)\">x</a>",
    "<a href=\"&#106;avascript:alert(1)\">x</a>",
    "<a href=\"vbscript:msgbox(1)\">x</a>",
    "<a href=\"data:text/html;base64,PHNjcmlwdD4=\">x</a>",
    "<img src=\"javascript:alert(1)\">",
    "<img src=\"data:image/svg+xml,<svg onload=alert(1)>\">",
    "<table background=\"javascript:alert(1)\">",
    "<div style=\"background:url(javascript:alert(1))\">",
    "<div style=\"width: expression(alert(1))\">",
    "<div style=\"behavior: url(#default#time2)\">",
    "<div style=\"-moz-binding: url(https://evil/x.xml#a)\">",
    "<div style=\"position:fixed;top:0;left:0;width:100%;height:100%\">phish</div>",
    "<div style=\"background:u\\72l('javascript:alert(1)')\">",
    "<style>@import 'https://evil/x.css';</style>",
    "<style><img src=\"</style><img src=x onerror=alert(1)>\">",
    "<link rel=stylesheet href=https://evil/x.css>",
    "<meta http-equiv=refresh content=\"0;url=javascript:alert(1)\">",
    "<base href=\"https://evil/\">",
    "<iframe src=\"https://evil\"></iframe>",
    "<iframe srcdoc=\"<script>alert(1)</script>\"></iframe>",
    "<object data=\"https://evil/x.swf\"></object>",
    "<embed src=\"https://evil/x.swf\">",
    "<form action=\"https://evil\"><input name=password><button formaction=javascript:alert(1)>x</button></form>",
    "<textarea><script>alert(1)</script></textarea>",
    "<noscript><p title=\"</noscript><img src=x onerror=alert(1)>\">",
    "<template><script>alert(1)</script></template>",
    "<!--><script>alert(1)</script>-->",
    "<p title='\"><script>alert(1)</script>'>x</p>",
    "<xmp><p title=\"</xmp><svg/onload=alert(1)>\">",
];

#[test]
fn attacks() {
    for attack in ATTACKS {
        for remote_images in [false, true] {
            assert_harmless(attack, remote_images);
            assert_harmless(&format!("<table><tr><td>{attack}"), remote_images);
        }
    }
}

#[test]
fn seeds_are_harmless() {
    for seed in html_seeds() {
        common::html::check(&seed);
    }
}

#[test]
fn bombs_become_text() {
    let deep = format!("{}x", "<div>".repeat(100_000));
    let got = clean(&deep);
    assert_eq!(got, "<pre style=\"white-space: pre-wrap\">x</pre>");
    let attributes: String = (0..100_000).map(|i| format!("a{i}=1 ")).collect();
    assert!(clean(&format!("<p {attributes}>x</p>")).starts_with("<pre"));
    assert!(clean(&"<b id=1><p>".repeat(100_000)).starts_with("<pre"));
    clean(&"<table>".repeat(900));
    clean(&"<".repeat(1_000_000));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn splices_of_attacks(pieces in proptest::collection::vec((0..ATTACKS.len(), any::<u8>(), any::<u8>()), 1..6)) {
        let mut html = String::new();
        for (attack, from, to) in pieces {
            let chars: Vec<char> = ATTACKS[attack].chars().collect();
            let (a, b) = (from as usize % chars.len(), to as usize % chars.len());
            html.extend(&chars[a.min(b)..=a.max(b)]);
        }
        assert_harmless(&html, false);
        assert_harmless(&html, true);
        ph_mime::html_to_text(&html);
    }

    #[test]
    fn any_text(html in "\\PC{0,200}", markup in "[<>/!\\-=\"' a-c&;:()]{0,80}") {
        assert_harmless(&html, false);
        assert_harmless(&markup, true);
        ph_mime::html_to_text(&format!("{html}{markup}"));
    }
}
