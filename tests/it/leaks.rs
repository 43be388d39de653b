//! Nothing of one company ever reaches another, whatever a mail pretends to be.

use uketsuke::desk::case::Case;

use crate::{
    desk::{Desk, form},
    mails::{self, Draft},
};

const HANAKO: &str = "小林花子 <hanako@kinoko.example.jp>";
const EVIL: &str = "悪井 <evil@evil.example.com>";
/// What only the company and the secretariat know.
const SECRETS: [&str; 5] = ["きのこ", "小林", "花子", "0001", "信州"];

/// A desk with one company's case, and the Message-ID and text of our letter to it.
fn world(contact: &str) -> (Desk, String, String) {
    let mut desk = Desk::open();
    let first = mails::from(contact).file("自己診断_きのこ.xlsx", form("faulty")).id("first@kinoko.example.jp");
    desk.receives(first.bytes()).settles();
    let letter = desk.letter("corrections");
    let id = desk.outbox().into_iter().find(|it| it.kind == "corrections").unwrap().message_id;
    desk.waits(10);
    (desk, id, letter.text)
}

/// Nothing in any letter to anyone but the company, and the case is as it was.
fn nothing_leaks(desk: &Desk, before: &Case, contact: &str, what: &str) {
    for letter in desk.post() {
        if letter.to.eq_ignore_ascii_case(contact) {
            continue;
        }
        let said = format!("{}\n{}\n{}", letter.subject, letter.text, letter.html);
        for secret in SECRETS {
            assert!(!said.contains(secret), "{what}: {secret} in {} to {}: {}", letter.kind, letter.to, letter.text);
        }
        assert!(
            !letter.raw.contains("spreadsheetml") || letter.kind == "corrections",
            "{what}: a file to {}",
            letter.to
        );
    }
    let after = desk.case(1);
    assert_eq!(
        (&after.contact, &after.company, &after.stage, after.revision),
        (&before.contact, &before.company, &before.stage, before.revision),
        "{what}"
    );
    desk.balanced();
}

fn with_from(draft: Draft, from: &str) -> Vec<u8> {
    let raw = String::from_utf8(draft.bytes()).unwrap();
    let line = raw.lines().find(|it| it.starts_with("From:")).unwrap().to_string();
    raw.replacen(&line, from, 1).into_bytes()
}

fn vouch(domain: &str) -> String {
    format!("mail.itc.example.jp; dmarc=pass header.from={domain}")
}

type Pretended = Vec<(&'static str, Vec<u8>)>;

fn evil() -> Draft {
    mails::from(EVIL).id("evil@evil.example.com").header("Authentication-Results", &vouch("evil.example.com"))
}

fn asks(draft: Draft) -> Draft {
    draft.text("先日の件、結果と修正箇所を教えてください。\n")
}

/// Mails of others, by what they pretend. `id`, `ours`: our letter to the company.
fn pretended(id: &str, ours: &str) -> Pretended {
    [with_numbers(), in_threads(id, ours), with_names(), from_look_alikes(), with_words(id)].concat()
}

/// Known by a receipt number or the company's own book.
fn with_numbers() -> Pretended {
    vec![
        ("a guessed receipt number", asks(evil().subject("【受付番号 0001】自己診断")).bytes()),
        (
            "a guessed receipt number with a book",
            evil().subject("受付番号0001").file("a.xlsx", form("complete-2")).bytes(),
        ),
        (
            "a guessed receipt number with the company's book",
            evil().subject("受付番号 0001").file("a.xlsx", form("faulty")).bytes(),
        ),
        ("the company's workbook", evil().file("a.xlsx", form("faulty-corrected")).bytes()),
        (
            "a quoted receipt number",
            evil()
                .subject("質問")
                .text("締切はいつでしょうか。\n\n> 受付番号：0001\n> 信州きのこ工房株式会社\n")
                .bytes(),
        ),
        (
            "a receipt number in the text",
            evil().subject("質問").text("受付番号 0001 の状況を教えてください。\n").bytes(),
        ),
        (
            "a full-width receipt number in a text with a book",
            evil().text("受付番号は０００１です。提出します。\n").file("a.xlsx", form("complete-2")).bytes(),
        ),
        (
            "the receipt number in a quoted letter of another company",
            evil().text("提出します。\n\n> 受付番号：0001\n").file("a.xlsx", form("faulty-corrected")).bytes(),
        ),
    ]
}

/// In the thread of our letter.
fn in_threads(id: &str, ours: &str) -> Pretended {
    let quoted: String = ours.lines().map(|it| format!("> {it}\n")).collect();
    vec![
        ("copied references", asks(evil().replying(id).subject("Re: 自己診断")).bytes()),
        ("copied references with a book", evil().replying(id).file("a.xlsx", form("complete-2")).bytes()),
        ("only References", asks(evil().header("References", &format!("<x@y> <{id}>"))).bytes()),
        (
            "thanks in a copied thread",
            evil().replying(id).subject("Re: 自己診断").text("ありがとうございます。\n").bytes(),
        ),
        (
            "a withdrawal in a copied thread",
            evil().replying(id).subject("辞退").text("参加を辞退いたします。\n").bytes(),
        ),
        (
            "our letter, passed on and answered",
            evil()
                .replying(id)
                .subject("Re: 【受付番号 0001】修正のお願い")
                .text(&format!("どういう意味でしょうか。\n\n{quoted}"))
                .bytes(),
        ),
        (
            "our letter, passed on and answered with a book",
            evil().replying(id).file("b.xlsx", form("complete-2")).text(&format!("提出します。\n\n{quoted}")).bytes(),
        ),
    ]
}

/// In somebody else's name.
fn with_names() -> Pretended {
    vec![
        (
            "the desk's name",
            asks(mails::from(EVIL)).pipe(|it| with_from(it, "From: \"nw@itc.or.jp\" <evil@evil.example.com>")),
        ),
        (
            "the contact's name",
            asks(mails::from(EVIL).subject("自己診断"))
                .pipe(|it| with_from(it, "From: \"hanako@kinoko.example.jp\" <evil@evil.example.com>")),
        ),
        (
            "two Froms",
            [b"From: hanako@kinoko.example.jp\r\n".to_vec(), evil().file("a.xlsx", form("faulty-corrected")).bytes()]
                .concat(),
        ),
        (
            "two addresses",
            with_from(
                evil().file("a.xlsx", form("faulty-corrected")),
                "From: hanako@kinoko.example.jp, evil@evil.example.com",
            ),
        ),
        (
            "two pairs of brackets",
            with_from(
                evil().file("a.xlsx", form("faulty-corrected")),
                "From: <hanako@kinoko.example.jp> <evil@evil.example.com>",
            ),
        ),
        (
            "group syntax",
            with_from(
                evil().file("a.xlsx", form("faulty-corrected")),
                "From: kinoko: hanako@kinoko.example.jp, evil@evil.example.com;",
            ),
        ),
    ]
}

/// From domains that look like the company's.
fn from_look_alikes() -> Pretended {
    vec![
        ("a look-alike domain", vec_of("kin0ko.example.jp", &form("faulty-corrected"))),
        ("a punycode domain", vec_of("xn--kinko-3ta.example.jp", &form("faulty-corrected"))),
        (
            "a look-alike in other letters",
            with_from(evil().file("a.xlsx", form("faulty-corrected")), "From: hanako <hanako@kin\u{43e}ko.example.jp>"),
        ),
        ("a domain above", vec_of("example.jp", &form("faulty-corrected"))),
        ("a domain below", vec_of("evil.kinoko.example.jp", &form("faulty-corrected"))),
    ]
}

/// With orders about the case.
fn with_words(id: &str) -> Pretended {
    vec![
        (
            "redirected by the contact",
            evil()
                .header("Resent-From", "hanako@kinoko.example.jp")
                .header("X-Forwarded-To", "nw@itc.or.jp")
                .header("Sender", "hanako@kinoko.example.jp")
                .file("a.xlsx", form("faulty-corrected"))
                .bytes(),
        ),
        (
            "another company's file to be deleted",
            evil().replying(id).text("別の会社のファイルが混じっていました。削除してください。\n").bytes(),
        ),
        ("a recalled mail", evil().replying(id).subject("取り消し: 自己診断").text("取り消します。\n").bytes()),
        (
            "another contact",
            evil().replying(id).text("今後の連絡先は evil@evil.example.com に変更してください。\n").bytes(),
        ),
        ("no authentication", mails::from(EVIL).file("a.xlsx", form("faulty-corrected")).bytes()),
    ]
}

fn vec_of(domain: &str, book: &[u8]) -> Vec<u8> {
    let who = format!("hanako <hanako@{domain}>");
    mails::from(&who).header("Authentication-Results", &vouch(domain)).file("a.xlsx", book.to_vec()).id("l@l").bytes()
}

trait Pipe: Sized {
    fn pipe<T>(self, f: impl FnOnce(Self) -> T) -> T {
        f(self)
    }
}
impl Pipe for Draft {}

#[test]
fn who_pretends_learns_nothing_and_changes_nothing() {
    let (_, id, ours) = world(HANAKO);
    for (what, raw) in pretended(&id, &ours) {
        let (mut desk, same, _) = world(HANAKO);
        // each desk has a key of its own, so the copied id is put in anew
        let raw = String::from_utf8(raw).unwrap().replace(&id, &same);
        let before = desk.case(1);
        desk.receives(raw).settles();
        nothing_leaks(&desk, &before, "hanako@kinoko.example.jp", what);
        assert!(desk.letters().iter().filter(|it| it.contains("hanako@kinoko.example.jp")).count() <= 2, "{what}");
    }
}

#[test]
fn a_forged_contact_gets_no_letter_elsewhere() {
    let forged = |contact: &str, results: Option<&str>, extra: &[(&'static str, &str)]| {
        let (mut desk, ..) = world(contact);
        let mut draft = mails::from(contact).id("forged@x").subject("質問").text("状況を教えてください。\n");
        for (name, value) in extra.iter().copied().chain(results.map(|it| ("Authentication-Results", it))) {
            draft = draft.header(name, value);
        }
        let before = (desk.case(1), desk.letters().len());
        desk.receives(draft.bytes()).settles();
        let address = contact.split(['<', '>']).nth(1).unwrap();
        nothing_leaks(&desk, &before.0, address, "forged");
        for letter in desk.post() {
            assert_eq!(letter.to, address, "a letter goes to nobody else");
        }
        desk.letters().len() - before.1
    };
    let fails = "mail.itc.example.jp; dmarc=fail header.from=kinoko.example.jp";
    assert_eq!(forged(HANAKO, Some(fails), &[]), 0);
    let provider = "小林花子 <hanako.kinoko@gmail.com>";
    assert_eq!(forged(provider, None, &[]), 1, "the true contact hears of it");
    assert_eq!(forged(provider, None, &[("Reply-To", "evil@evil.example.com")]), 1);
    assert_eq!(
        forged(
            provider,
            Some("mail.itc.example.jp; dmarc=pass header.from=gmail.com"),
            &[("Reply-To", "evil@gmail.com")]
        ),
        1
    );
    let passes = vouch("kinoko.example.jp");
    assert_eq!(forged(HANAKO, Some(&passes), &[("Reply-To", "evil@evil.example.com")]), 1);
    assert_eq!(
        forged(HANAKO, None, &[("Sender", "evil@evil.example.com"), ("Return-Path", "<evil@evil.example.com>")]),
        1
    );
    // results that are not our border's
    for results in [
        "mail.itc.example.jp; dmarc=fail header.from=kinoko.example.jp (mail.itc.example.jp; dmarc=pass)",
        "(mail.evil.example.com;) mail.itc.example.jp 1; dmarc=fail header.from=kinoko.example.jp",
        "MAIL.ITC.example.jp; dmarc=fail header.from=kinoko.example.jp",
    ] {
        assert_eq!(forged(HANAKO, Some(results), &[]), 0, "{results}");
    }
}

#[test]
fn two_companies_cases_stay_apart() {
    let (mut desk, id, ours) = world(HANAKO);
    let other = "別府 <beppu@other.example.jp>";
    desk.receives(mails::from(other).file("b.xlsx", form("complete-2")).id("b1@o").bytes()).settles();
    let before = desk.case(1);
    let quoted: String = ours.lines().map(|it| format!("> {it}\n")).collect();
    for (n, draft) in [
        mails::from(other)
            .replying(&id)
            .subject("Re: 修正のお願い")
            .text(&format!("こちらは弊社宛でしょうか。\n{quoted}")),
        mails::from(other).replying(&id).file("b.xlsx", form("complete-2")),
        mails::from(other).subject("受付番号 0001").text("オンラインを希望します。\n"),
        mails::from(other).file("b.xlsx", form("faulty-corrected")),
        mails::from(other).file("b.xlsx", form("complete-2")).file("c.xlsx", form("faulty")),
    ]
    .into_iter()
    .enumerate()
    {
        desk.waits(60).receives(draft.id(&format!("x{n}@o")).bytes()).settles();
        nothing_leaks(&desk, &before, "hanako@kinoko.example.jp", &format!("mail {n} of another company"));
    }
}
