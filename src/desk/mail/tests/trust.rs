//! Authentication-Results: only ours, only the topmost, only about the sender's domain.

use super::{mail, read, sample};
use crate::desk::mail::auth::{Auth, authenticated};

const ID: &str = "mx.itc.example.jp";

fn judged(results: &[&str]) -> Auth {
    let lines: Vec<String> = results
        .iter()
        .map(|it| if it.starts_with("Received") { (*it).to_string() } else { format!("Authentication-Results: {it}") })
        .collect();
    let mut header: Vec<&[u8]> = lines.iter().map(String::as_bytes).collect();
    header.push(b"From: Sato <sato@Company.example.jp>");
    authenticated(&read(&mail(&header, b"x")).0, Some(ID))
}

#[test]
fn samples_pass_under_the_right_id_only() {
    let (mail, _) = read(&sample("01-outlook-complete"));
    assert_eq!(authenticated(&mail, Some("mail.itc.example.jp")), Auth::Pass);
    assert_eq!(authenticated(&mail, Some("other.example.jp")), Auth::None);
    assert_eq!(authenticated(&mail, None), Auth::None);
}

#[test]
fn methods_and_alignment() {
    let cases = [
        ("mx.itc.example.jp 1; dmarc=pass (p=none dis=none) header.from=company.example.jp", Auth::Pass),
        (
            "MX.itc.example.jp;\r\n dmarc=fail action=none header.from=company.example.jp;\r\n dkim=pass header.d=company.example.jp",
            Auth::Fail,
        ),
        ("mx.itc.example.jp; dmarc=pass header.from=evil.example.com", Auth::None),
        (
            "mx.itc.example.jp; dmarc=temperror header.from=company.example.jp; spf=pass smtp.mailfrom=a@company.example.jp",
            Auth::None,
        ),
        (
            "mx.itc.example.jp; dmarc=none header.from=company.example.jp; dkim=pass header.i=@company.example.jp",
            Auth::Pass,
        ),
        ("mx.itc.example.jp; spf=pass smtp.mailfrom=bounce@mail.company.example.jp", Auth::Pass),
        (
            "mx.itc.example.jp; dkim=pass header.d=mailer.example.net; spf=pass smtp.mailfrom=x@mailer.example.net",
            Auth::None,
        ),
        ("mx.itc.example.jp; spf=fail smtp.mailfrom=a@company.example.jp; dkim=none", Auth::None),
        ("mx.itc.example.jp; none", Auth::None),
        (
            "mx.itc.example.jp; spf=none (a; dmarc=pass header.from=company.example.jp) smtp.mailfrom=\"x; dmarc=pass header.from=company.example.jp\"",
            Auth::None,
        ),
        ("mx.itc.example.jp.evil.com; dmarc=pass header.from=company.example.jp", Auth::None),
    ];
    for (value, auth) in cases {
        assert_eq!(judged(&[value]), auth, "{value}");
    }
}

#[test]
fn only_the_topmost_run() {
    let pass = "mx.itc.example.jp; dmarc=pass header.from=company.example.jp";
    let silent = "mx.itc.example.jp; spf=none";
    let other = "filter.example.net; dmarc=pass header.from=company.example.jp";
    assert_eq!(judged(&[silent, pass]), Auth::Pass, "one border may write several");
    assert_eq!(judged(&[other, pass]), Auth::Pass, "a later hop of ours wrote above");
    assert_eq!(judged(&[silent, other, pass]), Auth::None, "the run is broken");
    assert_eq!(
        judged(&["Received: from us", silent, "Received: from evil", pass]),
        Auth::None,
        "it came in with the mail"
    );
    assert_eq!(judged(&[pass, "mx.itc.example.jp; dmarc=fail header.from=company.example.jp"]), Auth::Fail);
    let long = format!("mx.itc.example.jp; dmarc=pass header.from=company.example.jp; x={}", "y".repeat(9_000));
    assert_eq!(judged(&[&long]), Auth::None, "never judged by half a header");
}

#[test]
fn public_suffixes_align_with_nobody() {
    let raw =
        mail(&[b"Authentication-Results: mx.itc.example.jp; dkim=pass header.d=co.jp", b"From: a@suzuki.co.jp"], b"x");
    assert_eq!(authenticated(&read(&raw).0, Some(ID)), Auth::None);
}

#[test]
fn what_others_wrote_is_not_believed() {
    let pass = "mx.itc.example.jp; dmarc=pass header.from=company.example.jp";
    let with = |lines: &[&str]| {
        let mut header: Vec<&[u8]> = lines.iter().map(|it| it.as_bytes()).collect();
        header.push(b"From: sato@company.example.jp");
        authenticated(&read(&mail(&header, b"x")).0, Some(ID))
    };
    for name in ["ARC-Authentication-Results: i=1;", "X-Authentication-Results:", "X-Original-Authentication-Results:"]
    {
        assert_eq!(with(&[&format!("{name} {pass}")]), Auth::None, "{name}");
    }
    for results in [
        "mx.itc.example.jp.; dmarc=pass header.from=company.example.jp",
        "mx.itc.example.jp@evil.com; dmarc=pass header.from=company.example.jp",
        "\"mx.itc.example.jp; x\"; dmarc=pass header.from=company.example.jp",
        "evil.com (mx.itc.example.jp); dmarc=pass header.from=company.example.jp",
        "; mx.itc.example.jp; dmarc=pass header.from=company.example.jp",
        "mx.itc.example.jp; x-dmarc=pass header.from=company.example.jp",
        "mx.itc.example.jp; dmarc=pass header.from=company.example.jp.evil.com",
        "mx.itc.example.jp; dmarc=pass header.from=evilcompany.example.jp",
        "mx.itc.example.jp; dmarc=pass",
    ] {
        assert_eq!(judged(&[results]), Auth::None, "{results}");
    }
    for results in [
        "(a) Mx.ITC.example.jp (b) 1; dmarc=pass (c) header.from=company.example.jp",
        "mx.itc.example.jp;\r\n\tdmarc=pass header.from=COMPANY.example.jp",
    ] {
        assert_eq!(judged(&[results]), Auth::Pass, "{results}");
    }
    // our own word stands above what came in with the mail, and a fail is never outdone
    assert_eq!(judged(&["mx.itc.example.jp; dmarc=fail", "Received: from evil", pass]), Auth::Fail);
    assert_eq!(judged(&[pass, "Received: from evil", "mx.itc.example.jp; dmarc=fail"]), Auth::Pass);
}
