//! Mails whose structure is odd, spoilt or hostile.

use std::time::{Duration, Instant};

use super::{Unreadable, base64, folded, form, outcomes, read};
use crate::desk::mail::{Enclosure, Mail};

const TEXT: &str = "Content-Type: text/plain; charset=utf-8\r\n\r\n言葉";
const HTML: &str = "Content-Type: text/html; charset=utf-8\r\n\r\n<p>見た目</p>";

fn file() -> String {
    let coded = folded(&base64(&form("complete")));
    format!("Content-Type: application/octet-stream; name=a.xlsx\r\nContent-Transfer-Encoding: base64\r\n\r\n{coded}")
}

fn multi(kind: &str, boundary: &str, parts: &[&str]) -> String {
    let parts: String = parts.iter().map(|it| format!("--{boundary}\r\n{it}\r\n")).collect();
    format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n{parts}--{boundary}--\r\n")
}

fn received(rest: &str) -> (Mail, Vec<Enclosure>) {
    read(format!("From: a@x.jp\r\nSubject: x\r\n{rest}").as_bytes())
}

/// The text is there, and one whole workbook.
fn is_whole(what: &str, (mail, files): (Mail, Vec<Enclosure>)) {
    assert_eq!((mail.subject.as_str(), mail.text.trim()), ("x", "言葉"), "{what}");
    assert_eq!(outcomes(&files), [("a.xlsx".to_string(), Ok(form("complete").len()))], "{what}");
}

#[test]
fn boundaries_as_they_are_spoilt() {
    let file = file();
    let whole = multi("mixed", "xy", &[TEXT, &file]);
    is_whole("whole", received(&whole));
    is_whole("never closed", received(&whole.replace("--xy--", "")));
    is_whole("not named", received(&whole.replace("; boundary=\"xy\"", "")));
    is_whole("another named", received(&whole.replace("\"xy\"", "\"zz\"")));
    is_whole("padded", received(&whole.replace("--xy\r\n", "--xy \t\r\n")));
    is_whole("folded", received(&whole.replace("boundary=\"xy\"", "\r\n boundary=\r\n \"xy\"")));
    is_whole("not quoted, commented", received(&whole.replace("\"xy\"", "xy (a comment)")));
    is_whole("coded", received(&format!("Content-Transfer-Encoding: base64\r\n{whole}")));
    // One boundary is the beginning of the other, and one stands in the middle of a line.
    let inner = multi("alternative", "xyz", &[&format!("{TEXT} --xy"), HTML]);
    let (mail, files) = received(&multi("mixed", "xy", &[&inner, &file]));
    assert_eq!((mail.text.trim(), files.len()), ("言葉 --xy", 1));
    // The inner one is not closed, or is the same.
    let inner = multi("alternative", "in", &[TEXT, HTML]);
    is_whole("inner not closed", received(&multi("mixed", "xy", &[&inner.replace("--in--", ""), &file])));
    let same = multi("alternative", "xy", &[TEXT, HTML]);
    let (mail, _) = received(&multi("mixed", "xy", &[&same, &file]));
    assert!(mail.text.contains("言葉") && mail.attachments.iter().all(|it| it.bytes > 0), "{mail:?}");
}

#[test]
fn line_ends_of_every_kind() {
    let whole = format!("From: a@x.jp\r\nSubject: x\r\n{}", multi("mixed", "xy", &[TEXT, &file()]));
    for end in ["\n", "\r", "\r\r\n"] {
        is_whole(&format!("{end:?}"), read(whole.replace("\r\n", end).as_bytes()));
    }
    let half = whole.len() / 2;
    let mixed = [&whole.as_bytes()[..half], whole.get(half..).unwrap().replace("\r\n", "\n").as_bytes()].concat();
    is_whole("mixed", read(&mixed));
    for before in ["\r\n\r\n", "\u{FEFF}", "From a@x.jp Wed Aug 10 10:12:31 2022\r\n"] {
        is_whole(before, read(format!("{before}{whole}").as_bytes()));
    }
}

#[test]
fn alternative_in_related_in_mixed() {
    let alternative = multi("alternative", "a", &[TEXT, HTML]);
    let picture = "Content-Type: image/png; name=image001.png\r\nContent-ID: <1>\r\n\r\n\u{1}PNG";
    let related = multi("related", "r", &[&alternative, picture]);
    let (mail, files) = received(&multi("mixed", "m", &[&related, &file()]));
    assert_eq!((mail.text.trim(), files.len()), ("言葉", 1));
    let names: Vec<&str> = mail.attachments.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["image001.png", "a.xlsx"]);
    let blank = TEXT.replace("言葉", " \u{A0}\r\n");
    assert_eq!(received(&multi("alternative", "a", &[&blank, HTML])).0.text.trim(), "見た目");
    let apple = multi("appledouble", "d", &["Content-Type: application/applefile; name=a.xlsx\r\n\r\nx", &file()]);
    is_whole("apple", received(&multi("mixed", "m", &[TEXT, &apple])));
    let signature = "Content-Type: application/pkcs7-signature; name=smime.p7s\r\n\r\nx";
    let content = multi("mixed", "m", &[TEXT, &file()]);
    is_whole("signed", received(&multi("signed; protocol=x", "s", &[&content, signature])));
}

#[test]
fn parts_without_a_header_or_an_empty_line() {
    let (mail, _) = received(&multi("mixed", "m", &["言葉です", "\r\n次の言葉"]));
    assert_eq!(mail.text, "言葉です\n\n次の言葉\n");
    let digest = multi("digest", "d", &["\r\nFrom: b@x.jp\r\nSubject: in\r\n\r\nwords"]);
    let (mail, _) = received(&digest);
    assert_eq!((mail.text.as_str(), mail.attachments[0].name.as_str()), ("", "attachment.eml"));
    let (mail, files) = received(&multi(
        "mixed",
        "m",
        &[TEXT, "Content-Type: message/external-body; access-type=URL; URL=\"http://x\"; name=far.xlsx\r\n\r\nx"],
    ));
    assert_eq!((mail.attachments[0].name.as_str(), files.len()), ("far.xlsx", 1));
    assert_eq!(received("").0.subject, "x");
    assert_eq!(received("\r\na\0b").0.text, "ab\n");
}

#[test]
fn what_is_hidden_is_not_read() {
    let html = "<div style=\"DISPLAY : none\">見出し</div><p hidden>隠</p><!--[if mso]><p>mso</p><![endif]-->\
                <title>題</title><p>言葉</p><blockquote>引用<br>二行</blockquote>";
    let (mail, _) = received(&format!("Content-Type: text/html; charset=utf-8\r\n\r\n{html}"));
    assert_eq!(mail.text.trim(), "言葉\n\n> 引用\n> 二行");
}

#[test]
fn the_encoding_may_lie() {
    let lie = |encoding: &str, body: &str| {
        received(&format!(
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n{body}"
        ))
        .0
        .text
    };
    assert_eq!(lie("base64", "自己診断を提出します。"), "自己診断を提出します。\n");
    assert_eq!(lie("base64", "Hello (this) is - no base64. \"At all\"!"), "Hello (this) is - no base64. \"At all\"!\n");
    let long = "提出します。".repeat(10) + "a";
    let footed = format!("{}____________\r\nlist mailing list\r\n", folded(&base64(long.as_bytes())));
    assert_eq!(lie("base64", &footed), format!("{long}\n"));
    assert_eq!(lie("\"base64\" (x)", "5o+Q\r\n5Ye6"), "提出\n");
    assert_eq!(lie("quoted-printable", "=e6=8f=90=E5=87= \t\r\n=BA ok="), "提出 ok\n");
    assert_eq!(lie("x-unknown", "提出"), "提出\n");
    let book = form("complete");
    let coded = folded(&base64(&book));
    let (_, files) = received(&format!("Content-Type: application/octet-stream; name=a.xlsx\r\n\r\n{coded}"));
    assert_eq!(files[0].content.as_ref().unwrap(), &book);
}

#[test]
fn large_and_deep_ones_end() {
    let million = 1_000_000;
    let header = |name: &str, value: String| format!("From: a@x.jp\r\n{name}: {value}\r\n\r\nx");
    let cases = [
        ("comments", header("Subject", "(".repeat(4 * million))),
        ("comments in addresses", header("To", "(".repeat(4 * million))),
        ("comments in types", header("Content-Type", format!("text/plain{}", "(".repeat(4 * million)))),
        ("subject", header("Subject", "x".repeat(10 * million))),
        ("words", header("Subject", "=?utf-8?Q?a?=".repeat(million / 2))),
        ("open words", header("Subject", "=?utf-8?Q?a?=ab".repeat(million / 2))),
        ("open words in addresses", header("To", "=?utf-8?Q?=".repeat(million / 2))),
        ("words never closed", header("Subject", "\r\n ".to_string() + &"=?utf-8?B?ab\"".repeat(million / 10))),
        ("recipients", header("To", "a@x.jp, ".repeat(10_000))),
        ("many fields", "To: a@x.jp\r\n".repeat(50_000)),
        ("parameters", header("Content-Type", "a/b; name*1=x".to_string() + &"; name*2*=y".repeat(million / 10))),
        ("parts", multi("mixed", "b", &vec!["\r\nx"; 100_000])),
        ("delimiters", format!("Content-Type: multipart/mixed; boundary=b\r\n\r\n{}", "\r\n--b".repeat(million))),
        ("quotes", header("From", "\"".repeat(million))),
        ("line", format!("From: a@x.jp\r\n\r\n{}", "あ".repeat(3 * million))),
        ("escapes", format!("From: a@x.jp\r\n\r\n{}", "\u{1B}$B\n!!\n".repeat(million / 4))),
        ("kanji lines", format!("From: a@x.jp\r\n\r\n\u{1B}$B{}", "!!\n".repeat(million))),
        ("begin", format!("From: a@x.jp\r\n\r\n{}", "begin 644 a\n".repeat(million / 4))),
        ("tags", format!("From: a@x.jp\r\nContent-Type: text/html\r\n\r\n{}", "<".repeat(4 * million))),
        ("references", header("References", "<a@b> ".repeat(million / 2))),
    ];
    for (what, raw) in cases {
        let before = Instant::now();
        let (mail, _) = read(raw.as_bytes());
        let took = before.elapsed();
        assert!(mail.to.len() <= 200 && mail.attachments.len() <= 50, "{what}");
        // Unoptimised, on a busy machine; a square would take minutes.
        assert!(took < Duration::from_secs(20), "{what}: {took:?}");
    }
}

#[test]
fn forwards_within_forwards_are_bounded() {
    let mut inner = format!("From: z@x.jp\r\n{}", multi("mixed", "last", &[TEXT, &file()]));
    for level in 0..40 {
        let boundary = format!("f{level}");
        let forward = format!("Content-Type: message/rfc822\r\n\r\n{inner}");
        inner = format!("From: f@x.jp\r\n{}", multi("mixed", &boundary, &[TEXT, &forward]));
    }
    let (mail, files) = read(inner.as_bytes());
    assert_eq!(mail.text.trim(), "言葉");
    assert!(outcomes(&files).iter().any(|it| it.1 == Err(Unreadable::TooManyEntries)), "{:?}", outcomes(&files));
    let whole = mail_of_two();
    assert_eq!(outcomes(&read(&whole).1), [("a.xlsx".to_string(), Ok(form("complete").len()))]);
}

/// Forwarded twice, each time with alternatives and pictures around.
fn mail_of_two() -> Vec<u8> {
    let mut inner = format!("From: z@x.jp\r\n{}", multi("mixed", "last", &[TEXT, &file()]));
    for level in 0..2 {
        let alternative = multi("alternative", &format!("a{level}"), &[TEXT, HTML]);
        let forward = format!("Content-Type: message/rfc822\r\n\r\n{inner}");
        let related = multi("related", &format!("r{level}"), &[&alternative, &forward]);
        inner = format!("From: f@x.jp\r\n{}", multi("mixed", &format!("m{level}"), &[&related]));
    }
    inner.into_bytes()
}
