//! Samples, hand-made mails and damage; each question has a file of its own.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    clippy::string_slice,
    reason = "a test may panic"
)]

use encoding_rs::{Encoding, ISO_2022_JP, SHIFT_JIS};

use super::{
    Enclosure, Mail,
    class::{Class, Known, classify},
    read,
};
use crate::desk::{reading::Unreadable, rules::Programme};

mod asking;
mod charsets;
mod classes;
mod containers;
mod damage;
mod files;
mod header;
mod links;
mod notices;
mod oracle;
mod ordinary;
mod shapes;
mod texts;
mod trust;

pub(super) const SAMPLES: [&str; 10] = [
    "01-outlook-complete",
    "02-gmail-faulty",
    "03-apple-no-quantitative",
    "04-old-version",
    "05-forgot-attachment",
    "06-question",
    "07-out-of-office",
    "08-zip",
    "09-bounce",
    "10-application-form",
];

pub(super) fn sample(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/mails/{name}.eml", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

pub(super) fn form(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/forms/{name}.xlsx", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

pub(in crate::desk) fn programme() -> Programme {
    toml::from_str(
        r#"
        name = "DX推進指標を活用した中小企業支援事業"
        short_name = "DX自己診断"
        organisation = "ITコーディネータ協会"
        secretariat = "事務局"
        form_version = "2.3"
        form_url = "https://www.example.jp/form"
        submission_from = "2022-07-25"
        submission_to = "2022-08-19"
        advice_from = "2022-08-01"
        advice_to = "2022-09-02"
        [[regions]]
        name = "茨城"
        quota = 12
        [form_mailer]
        from = ["noreply@form.example.jp"]
        name = "名前"
        company = "会社名・組織名"
        department = "部門名・役職"
        address = "メールアドレス"
        region = "申込み地域"
        message = "事務局への連絡内容等"
        "#,
    )
    .unwrap()
}

/// Bytes of `text` in a charset, ISO-2022-JP among them.
pub(super) fn encoded(encoding: &'static Encoding, text: &str) -> Vec<u8> {
    encoding.encode(text).0.into_owned()
}

pub(super) fn jis(text: &str) -> Vec<u8> {
    encoded(ISO_2022_JP, text)
}

pub(super) fn sjis(text: &str) -> Vec<u8> {
    encoded(SHIFT_JIS, text)
}

pub(super) fn base64(bytes: &[u8]) -> String {
    let letters = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in bytes.chunks(3) {
        let bits = u32::from(group[0]) << 16
            | u32::from(*group.get(1).unwrap_or(&0)) << 8
            | u32::from(*group.get(2).unwrap_or(&0));
        for at in 0..4 {
            let letter = char::from(letters[(bits >> (18 - 6 * at) & 63) as usize]);
            out.push(if at <= group.len() { letter } else { '=' });
        }
    }
    out
}

pub(super) fn folded(text: &str) -> String {
    text.as_bytes().chunks(76).map(|it| format!("{}\r\n", std::str::from_utf8(it).unwrap())).collect()
}

/// Header lines and a body, joined with CRLF.
pub(super) fn mail(header: &[&[u8]], body: &[u8]) -> Vec<u8> {
    let mut raw = Vec::new();
    for line in header {
        raw.extend_from_slice(line);
        raw.extend_from_slice(b"\r\n");
    }
    raw.extend_from_slice(b"\r\n");
    raw.extend_from_slice(body);
    raw
}

/// A multipart/mixed mail from a company: a UTF-8 text and files as base64.
pub(super) fn with_files(subject: &str, text: &str, files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut body = format!("--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n");
    for (name, bytes) in files {
        body.push_str(&format!(
            "--b\r\nContent-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n{}",
            folded(&base64(bytes))
        ));
    }
    body.push_str("--b--\r\n");
    let subject = format!("Subject: {subject}");
    mail(
        &[
            b"From: =?utf-8?B?5L2Q6Jek?= <sato@company.example.jp>",
            b"To: nw@itc.example.jp",
            subject.as_bytes(),
            b"Message-ID: <1@company.example.jp>",
            b"MIME-Version: 1.0",
            b"Content-Type: multipart/mixed; boundary=b",
        ],
        body.as_bytes(),
    )
}

pub(super) fn text_mail(subject: &str, text: &str) -> Vec<u8> {
    let subject = format!("Subject: {subject}");
    mail(
        &[
            b"From: sato@company.example.jp",
            b"To: nw@itc.example.jp",
            subject.as_bytes(),
            b"Content-Type: text/plain; charset=utf-8",
        ],
        text.as_bytes(),
    )
}

/// As the core would call it: a form is a workbook under a name of ours, any other file is refused.
pub(super) fn class_of(raw: &[u8], contact: bool, has_answers: bool) -> Class {
    let (mail, files) = read(raw);
    classed(&mail, &files, contact, has_answers)
}

pub(super) fn classed(mail: &Mail, files: &[Enclosure], contact: bool, has_answers: bool) -> Class {
    let is_form = |it: &Enclosure| it.content.as_ref().is_ok_and(|it| it.len() > 300_000 && it.starts_with(b"PK"));
    let has_form = files.iter().any(is_form);
    let refused = files.iter().any(|it| {
        it.content.is_err()
            || matches!(it.kind, super::AttachmentKind::Workbook)
            || it.content.as_ref().is_ok_and(|it| it.starts_with(b"%PDF"))
    });
    let ours = ["nw@itc.example.jp".to_string()];
    let staff = ["kubota@adviser.example.jp".to_string()];
    let known = Known {
        contact,
        colleague: false,
        replies_to_us: false,
        wants_form: false,
        our_addresses: &ours,
        staff: &staff,
    };
    classify(mail, has_form, refused && !has_form, has_answers, &known, &programme())
}

/// Name and outcome of each enclosure.
pub(super) fn outcomes(files: &[Enclosure]) -> Vec<(String, Result<usize, Unreadable>)> {
    files.iter().map(|it| (it.name.clone(), it.content.as_ref().map(Vec::len).map_err(|it| *it))).collect()
}
