//! Cut, flipped and random bytes: nothing panics, nothing grows.

use proptest::prelude::*;

use super::{SAMPLES, form, read, sample, with_files};
use crate::desk::mail::{application::application, class::Class, quote::own_words};

#[test]
fn truncated_samples() {
    for name in SAMPLES {
        let raw = sample(name);
        let head = raw.len().min(4_000);
        for cut in (0..head).step_by(37).chain((head..raw.len()).step_by(29_989)) {
            let (mail, _) = read(&raw[..cut]);
            assert!(mail.text.chars().count() <= 200_000 && mail.attachments.len() <= 50, "{name} {cut}");
        }
    }
}

#[test]
fn a_cut_mail_keeps_its_header_and_text() {
    let raw = sample("01-outlook-complete");
    let (mail, files) = read(&raw[..raw.len() / 2]);
    assert!(mail.text.contains("自己診断フォーマットを提出"));
    assert_eq!(files.len(), 1, "the torn workbook is there, for its own organ to refuse");
    assert!(files[0].content.as_ref().is_ok_and(|it| it.starts_with(b"PK") && it.len() > 100_000));
}

#[test]
fn flipped_samples() {
    let mut state = 12_345_u32;
    let mut next = |below: usize| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 8) as usize % below
    };
    for name in SAMPLES {
        let raw = sample(name);
        for _ in 0..30 {
            let mut raw = raw.clone();
            for _ in 0..20 {
                let at = next(raw.len().min(3_000));
                raw[at] = next(256) as u8;
            }
            let _ = read(&raw);
        }
    }
}

#[test]
fn torn_archives() {
    let book = form("blank");
    for cut in (0..book.len()).step_by(9_001) {
        for name in ["a.zip", "a.xlsx"] {
            let _ = read(&with_files("x", "y", &[(name, &book[..cut])]));
        }
    }
}

#[test]
fn nothing_at_all() {
    for raw in [
        b"".as_slice(),
        b"\r\n\r\n",
        b"no colon",
        b":",
        b"From:",
        b"\0\0\0",
        b"Content-Type: multipart/mixed; boundary=\r\n\r\n--",
    ] {
        let (mail, _) = read(raw);
        assert_eq!(super::classed(&mail, &[], false, false), Class::NotOurs);
    }
}

#[test]
fn many_parts_and_headers() {
    let parts = "--b\r\nContent-Disposition: attachment\r\n\r\nx\r\n".repeat(20_000);
    let raw = format!("From: a@x.jp\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n{parts}");
    assert!(read(raw.as_bytes()).0.attachments.len() <= 50);
    let headers = "To: a@x.jp, b@x.jp\r\n".repeat(100_000);
    assert!(read(headers.as_bytes()).0.to.len() <= 200);
    let nested = "Content-Type: message/rfc822\r\n\r\n".repeat(20_000);
    let _ = read(nested.as_bytes());
    let words = format!("Subject: {}", "=?a?B?x".repeat(20_000));
    let _ = read(words.as_bytes());
}

/// Trees deep, wide or crooked: none takes the stack, and none takes long.
#[test]
fn hostile_html() {
    let cases = [
        format!("<table><tr>{}</table>", "<td>x</td>".repeat(50_000)),
        format!("<table>{}</table>", "<tr><td colspan=9999999>a</td></tr>".repeat(500)),
        "<p>x<td>".repeat(50_000),
        "<p><b><i><u>".repeat(20_000),
        format!("<svg>{}", "<tr>".repeat(60_000)),
        "<div><!--</div>-->".repeat(30_000),
        "<div/>".repeat(60_000),
        "<div><object></div></object>".repeat(30_000),
    ];
    for html in cases {
        let raw = format!("From: a@x.jp\r\nContent-Type: text/html\r\n\r\n{html}");
        let _ = read(raw.as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn any_bytes(raw in proptest::collection::vec(any::<u8>(), 0..2_000)) {
        let _ = read(&raw);
    }

    #[test]
    fn any_header(name in "(subject|from|to|date|content-type|content-disposition|references|authentication-results)", value in "[ -~あ-んー\u{1B}\t\";=?*'%<>@,()]{0,200}") {
        let _ = read(format!("{name}: {value}\r\n\r\nx").as_bytes());
    }

    #[test]
    fn any_text(text in "[ -~あ-んー\n>:：【】\\-@]{0,400}") {
        let _ = own_words(&text);
        let _ = application(&text, &super::programme().form_mailer);
        let _ = super::class_of(&super::text_mail("x", &text), true, false);
    }
}
