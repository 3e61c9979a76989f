// SPDX-License-Identifier: AGPL-3.0-or-later
//! Microseconds a call on one message file: `cargo run --release -p ph-mime --example measure FILE`.
//! Without a file, on a 10 KB message of two alternatives.

use std::hint::black_box;
use std::time::Instant;

const ROUNDS: u32 = 2000;

fn main() -> std::io::Result<()> {
    let message = match std::env::args().nth(1) {
        Some(path) => std::fs::read(path)?,
        None => sample(),
    };
    println!("{} octets", message.len());
    let options = ph_mime::SanitizeOptions { cid_url: &|_| None, remote_images: false };
    let root = ph_mime::parts(&message);
    let html =
        root.walk().find(|p| p.content_type == "text/html").map(|p| ph_mime::text(&message, p)).unwrap_or_default();
    measure("summary", || drop(black_box(ph_mime::summary(black_box(&message)))));
    measure("parts", || drop(black_box(ph_mime::parts(black_box(&message)))));
    measure("search_text", || drop(black_box(ph_mime::search_text(black_box(&message), 1 << 20))));
    measure("sanitize_html", || drop(black_box(ph_mime::sanitize_html(black_box(&html), &options))));
    Ok(())
}

fn measure(name: &str, mut work: impl FnMut()) {
    let start = Instant::now();
    for _ in 0..ROUNDS {
        work();
    }
    println!("{name:<14} {:>8.1} µs", start.elapsed().as_secs_f64() * 1e6 / f64::from(ROUNDS));
}

fn sample() -> Vec<u8> {
    let line = "The quick brown fox jumps over the lazy dog and back again, every day.";
    let text = format!("{line}\r\n").repeat(45);
    let html = format!("<p style=\"margin: 0\">{line}</p>\r\n").repeat(60);
    format!(
        "Received: from a.test ([192.0.2.1])\r\n\tby b.test with ESMTPS id 1;\r\n\tMon, 23 Nov 2026 10:00:00 +0000\r\n\
         DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=a.test;\r\n\tbh=abc; b=abcdefghijklmnopqrstuvwxyz\r\n\
         From: =?utf-8?Q?J=C3=BCrgen_M?= <j@a.test>\r\nTo: a@b.test, \"C, D\" <c@d.test>\r\nSubject: Re: [list] =?utf-8?B?5pel5pys?=\r\n\
         Date: Mon, 23 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@a.test>\r\nReferences: <0@a.test> <2@a.test>\r\n\
         Content-Type: multipart/alternative; boundary=\"x\"\r\n\r\n--x\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n--x\r\n\
         Content-Type: text/html; charset=utf-8\r\n\r\n<html><body>{html}</body></html>\r\n--x--\r\n"
    )
    .into_bytes()
}
