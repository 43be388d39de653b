//! Nothing of a mail reaches a header, a template, a log, a file name, a terminal or a spreadsheet unescaped.

use std::{
    fs,
    io::Read as _,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use mail_parser::{MessageParser, MimeHeaders as _};

use crate::{
    desk::{Desk, Sent, form},
    mails,
    rounds::{TARO, filled},
};

const HTML: &str = "<script>alert(1)</script><img src=x onerror=alert(1)>";

/// `=?utf-8?B?…?=`
fn encoded(text: &str) -> String {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut out = String::new();
    for group in text.as_bytes().chunks(3) {
        let n = group.iter().fold(0u32, |n, it| n << 8 | u32::from(*it)) << (8 * (3 - group.len()));
        for at in 0..4 {
            let digit = DIGITS[(n >> (18 - 6 * at) & 63) as usize] as char;
            out.push(if at <= group.len() { digit } else { '=' });
        }
    }
    format!("=?utf-8?B?{out}?=")
}

/// A mail with headers as they are, and a workbook under this (already encoded) name.
fn raw(from: &str, subject: &str, to: &str, file: Option<(&str, &[u8])>) -> Vec<u8> {
    let mut raw = format!(
        "From: {from}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: Fri, 12 Aug 2022 12:00:00 +0900\r\nMessage-ID: <i@k>\r\n\
         MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\n\
         Content-Transfer-Encoding: 8bit\r\n\r\n自己診断を提出します。\r\n"
    )
    .into_bytes();
    if let Some((name, bytes)) = file {
        raw.extend(format!("--b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename{name}\r\nContent-Transfer-Encoding: binary\r\n\r\n").bytes());
        raw.extend(bytes);
        raw.extend(b"\r\n");
    }
    raw.extend(b"--b--\r\n");
    raw
}

/// What must hold for every letter, whatever it answers.
fn is_clean(letter: &Sent) {
    let head = letter.raw.split("\r\n\r\n").next().unwrap();
    for line in head.split("\r\n") {
        let name = line.split(':').next().unwrap();
        let known = [
            "From",
            "To",
            "Subject",
            "Message-ID",
            "Date",
            "Auto-Submitted",
            "X-Auto-Response-Suppress",
            "In-Reply-To",
            "References",
            "MIME-Version",
            "Content-Type",
        ];
        assert!(line.starts_with([' ', '\t']) || known.contains(&name), "{line}");
        assert!(line.len() <= 998 && line.is_ascii(), "{line}");
    }
    let mail = MessageParser::default().parse(letter.raw.as_bytes()).unwrap();
    assert_eq!(mail.to().unwrap().iter().count(), 1);
    for text in [&letter.subject, &letter.text, &letter.html] {
        assert!(!text.contains(['\u{202e}', '\u{202d}', '\u{2066}', '\u{1b}', '\u{9b}', '\0']), "{text}");
    }
    for tag in ["<script", "<img src=x", "onerror=alert(1)>"] {
        assert!(!letter.html.contains(tag), "{tag}");
    }
}

fn digest_is_clean(desk: &Desk) {
    let digest = desk.desk.digest(desk.now).unwrap();
    assert!(!digest.html.contains("<script") && !digest.html.contains("<img src=x"), "{}", digest.html);
    for text in [&digest.text, &digest.html, &digest.subject] {
        assert!(!text.contains(['\u{202e}', '\u{1b}', '\u{9b}']));
    }
}

#[test]
fn line_ends_in_names_subjects_and_file_names_make_no_header() {
    let evil = "x\r\nBcc: victim@other.example\r\n\r\nbody";
    for (from, subject) in [
        (format!("{} <hanako@kinoko.example.jp>", encoded(evil)), encoded(evil)),
        (
            "\"a\\\rBcc: v@o.example\" <hanako@kinoko.example.jp>".to_string(),
            "=?utf-8?Q?x=0D=0ABcc:_v@o.example?=".to_string(),
        ),
        (
            "=?iso-2022-jp?Q?=0D=0ABcc=3A_v@o.example?= <hanako@kinoko.example.jp>".to_string(),
            "a\r\n =?utf-8?Q?=0ABcc:_v?=".to_string(),
        ),
    ] {
        let faulty = filled(&[("4-2", "")]);
        for name in [
            "*=utf-8''a%0D%0ABcc%3A%20v%40o.example%0D%0A.xlsx",
            "=\"=?utf-8?Q?a=0D=0ABcc:_v.xlsx?=\"",
            "=\"../../etc/passwd.xlsx\"",
        ] {
            let mut desk = Desk::open();
            desk.receives(raw(&from, &subject, "nw@itc.or.jp", Some((name, &faulty)))).settles();
            let letter = desk.letter("corrections");
            is_clean(&letter);
            assert!(!letter.text.contains("Bcc: v@o.example\n") && !letter.raw.contains("\nBcc:"), "{}", letter.text);
            let mail = MessageParser::default().parse(letter.raw.as_bytes()).unwrap();
            for it in mail.attachments() {
                let name = it.attachment_name().unwrap();
                assert!(!name.contains(['/', '\\', '\r', '\n']), "{name}");
            }
            digest_is_clean(&desk);
            desk.balanced();
        }
    }
}

#[test]
fn html_in_names_subjects_and_file_names_is_text() {
    let mut desk = Desk::open();
    let from = format!("{} <hanako@kinoko.example.jp>", encoded(HTML));
    let name = "*=utf-8''%3Cimg%20src%3Dx%20onerror%3Dalert%281%29%3E.xlsx";
    desk.receives(raw(&from, &encoded(HTML), "nw@itc.or.jp", Some((name, b"PK\x03\x04broken")))).settles();
    let question = mails::from("山田 <y@new.example.jp>").subject(&format!("自己診断の質問 {HTML}"));
    desk.receives(question.text("DX推進指標の自己診断について質問です。締切はいつですか。\n").id("q@n").bytes())
        .settles();
    assert!(desk.post().len() >= 2);
    desk.post().iter().for_each(is_clean);
    assert!(desk.digest().contains("<script>"), "as text it is shown: {}", desk.digest());
    digest_is_clean(&desk);
}

#[test]
fn html_and_formulas_in_cells_stay_text_in_letters_and_in_the_marked_workbook() {
    let link = "=HYPERLINK(\"http://evil.example\",\"x\")";
    let mut desk = Desk::open();
    let form = filled(&[("4-2", HTML), ("6", link), ("7", "\u{202e}5\u{1b}[2J")]);
    desk.receives(mails::from(TARO).file("自己診断.xlsx", form).bytes()).settles();
    let letter = desk.letter("corrections");
    is_clean(&letter);
    assert!(letter.text.contains("<script>") && letter.html.contains("&lt;script&gt;"), "{}", letter.html);
    digest_is_clean(&desk);
    let mail = MessageParser::default().parse(letter.raw.as_bytes()).unwrap();
    let marked = mail.attachments().next().expect("the workbook comes back marked").contents().to_vec();
    let mut zip = zip::ZipArchive::new(std::io::Cursor::new(marked)).unwrap();
    for n in 0..zip.len() {
        let mut part = zip.by_index(n).unwrap();
        let name = part.name().unwrap().into_owned();
        let mut text = Vec::new();
        part.read_to_end(&mut text).unwrap();
        let text = String::from_utf8_lossy(&text);
        assert!(!text.contains("<script") && !text.contains("<img"), "{name}");
        assert!(!text.contains("<f>") && !text.contains("<f "), "no formula in {name}");
        assert!(!name.contains("comments") || !text.contains(['\u{202e}', '\u{1b}']), "{name}");
    }
}

#[test]
fn marks_that_turn_text_around_are_gone() {
    let mut desk = Desk::open();
    let from = format!("{} <hanako@kinoko.example.jp>", encoded("小林\u{202e}花子\u{2066}"));
    let name = "*=utf-8''%E2%80%AEcod.xslx%E2%81%A6.xlsx";
    desk.receives(raw(&from, &encoded("提出\u{202e}です"), "nw@itc.or.jp", Some((name, b"PK\x03\x04broken"))))
        .settles();
    let letter = desk.letter("unreadable");
    is_clean(&letter);
    assert!(letter.text.contains("cod.xslx.xlsx") && letter.text.contains("小林花子"), "{}", letter.text);
    digest_is_clean(&desk);
}

#[test]
fn ten_megabytes_of_subject_and_ten_thousand_recipients_are_bounded() {
    let long = "自".repeat(3_500_000);
    let many = (0..10_000).map(|n| format!("u{n}@many.example.jp")).collect::<Vec<_>>().join(",\r\n ");
    let hanako = "<hanako@kinoko.example.jp>";
    let name = long.chars().take(1_000_000).collect::<String>();
    for mail in [
        raw(hanako, &long, "nw@itc.or.jp", None),
        raw(hanako, "自己診断の提出", &many, None),
        raw(&format!("{} {hanako}", encoded(&name)), "自己診断の提出", "nw@itc.or.jp", None),
    ] {
        let mut desk = Desk::open();
        let began = Instant::now();
        desk.receives(mail).settles();
        assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
        assert!(desk.letters().len() <= 1 && desk.mails()[0].state == "decided", "{:?}", desk.mails());
        for letter in desk.post() {
            is_clean(&letter);
            assert!(letter.raw.len() < 60_000, "{}", letter.raw.len());
        }
        digest_is_clean(&desk);
        desk.balanced();
    }
}

fn said(desk: &Desk, arguments: &[&str]) -> String {
    let out = Command::new(env!("CARGO_BIN_EXE_uketsuke"))
        .arg("--config")
        .arg(desk.dir.join("config"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    String::from_utf8(out.stdout).unwrap()
}

#[test]
fn listings_move_no_cursor_and_give_a_spreadsheet_no_formula() {
    let mut desk = Desk::open();
    desk.receives(mails::from(TARO).file("a.xlsx", filled(&[("4-2", "")])).bytes()).settles();
    let case = uketsuke::desk::case::Case {
        company: "=HYPERLINK(\"http://evil.example\")\u{1b}[2J\u{9b}2J\u{202e}x".to_string(),
        ..desk.case(1)
    };
    let now = desk.now;
    let unit = desk.desk.store.unit().unwrap();
    unit.keep_case(&case, now).unwrap();
    unit.commit().unwrap();
    for arguments in
        [&["cases"][..], &["cases", "--json"], &["case", "1"], &["case", "1", "--json"], &["letters"], &["digest"]]
    {
        let said = said(&desk, arguments);
        assert!(
            said.chars().all(|it| it == '\n' || it == '\t' || !(it.is_control() || it == '\u{202e}')),
            "{arguments:?}: {said:?}"
        );
    }
    assert!(said(&desk, &["cases"]).contains("\t=HYPERLINK"), "a pipe is no spreadsheet");
    assert!(said(&desk, &["cases", "--csv"]).contains(",\"'=HYPERLINK"));
}

#[test]
fn a_log_names_nobody_and_file_names_are_ours() {
    let desk = Desk::open();
    let secret = "ひみつ株式会社";
    let from = format!("{} <himitsu@secret.example.jp>", encoded(&format!("{secret}\n\u{1b}[31m")));
    let mails = [raw(
        &from,
        &encoded(&format!("{secret}\r\n提出")),
        "nw@itc.or.jp",
        Some(("=\"secret.xlsx\"", &form("faulty"))),
    )];
    for (n, mail) in mails.into_iter().enumerate() {
        fs::write(desk.dir.join("inbox/new").join(format!("{n}")), mail).unwrap();
    }
    let log = desk.dir.join("log");
    let mut child = Command::new(env!("CARGO_BIN_EXE_uketsuke"))
        .args(["--verbose", "--config"])
        .arg(desk.dir.join("config"))
        .arg("run")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(fs::File::create(&log).unwrap())
        .spawn()
        .unwrap();
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(30)
        && !desk.outbox().iter().any(|it| it.kind != "digest" && it.state == "sent")
    {
        std::thread::sleep(Duration::from_millis(100));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let log = fs::read_to_string(log).unwrap();
    assert!(log.contains("decided"), "{log}");
    for word in [secret, "himitsu", "secret.example.jp", "secret.xlsx", "\u{1b}[31m"] {
        assert!(!log.contains(word), "{word}: {log}");
    }
    for it in fs::read_dir(desk.dir.join("letters")).unwrap() {
        let name = it.unwrap().file_name().into_string().unwrap();
        assert!(name.chars().all(|it| it.is_ascii_alphanumeric() || ".-".contains(it)), "{name}");
    }
}
