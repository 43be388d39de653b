//! A locked file in one mail, its password in another (the custom called PPAP).

mod talks;

use std::{
    fs,
    io::{Cursor, Write as _},
    path::Path,
    process::Command,
};

use zip::{AesMode, ZipWriter, unstable::write::FileOptionsExt as _, write::SimpleFileOptions};

use crate::{
    desk::Desk,
    mails,
    rounds::{TARO, filled},
};

const PASSWORD: &str = "saku-8824x";
const HANDS_IN: &str =
    "自己診断フォーマットを提出します。パスワードは別途お送りします。オンライン希望、8/29 13:00-16:00。\n";

/// An archive under a password: AES-256, or the old ZipCrypto that Windows opens.
pub fn zipped(bytes: &[u8], aes: bool, password: &str) -> Vec<u8> {
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default();
    let options = if aes {
        options.with_aes_encryption(AesMode::Aes256, password)
    } else {
        options.with_deprecated_encryption(password.as_bytes()).unwrap()
    };
    writer.start_file("自己診断.xlsx", options).unwrap();
    writer.write_all(bytes).unwrap();
    writer.finish().unwrap().into_inner()
}

fn locked(aes: bool) -> Vec<u8> {
    zipped(&filled(&[]), aes, PASSWORD)
}

fn hands_in(name: &str, bytes: Vec<u8>) -> Vec<u8> {
    mails::from(TARO).text(HANDS_IN).file(name, bytes).id("file@saku").bytes()
}

fn tells(text: &str) -> Vec<u8> {
    mails::from(TARO).subject("パスワードのお知らせ").text(text).id("key@saku").at("2022-08-12T04:00:00Z").bytes()
}

fn key() -> Vec<u8> {
    tells(&format!("先ほどお送りしたファイルのパスワードです。\n\n{PASSWORD}\n\nよろしくお願いいたします。\n"))
}

/// Whether a letter says a word in any of its parts, decoded.
fn says(raw: &[u8], word: &str) -> bool {
    let mail = mail_parser::MessageParser::default().parse(raw).unwrap();
    let holds = |it: &[u8]| it.windows(word.len()).any(|it| it == word.as_bytes());
    holds(raw) || mail.subject().is_some_and(|it| it.contains(word)) || mail.parts.iter().any(|it| holds(it.contents()))
}

/// The password stands in the raw mail alone: not in the store, not in a letter.
fn told_to_nobody(desk: &Desk, password: &str) {
    let holds = |path: &Path| {
        let bytes = fs::read(path).unwrap();
        bytes.windows(password.len()).any(|it| it == password.as_bytes())
    };
    let state = fs::read_dir(desk.dir.join("state")).unwrap().map(|it| it.unwrap().path()).filter(|it| it.is_file());
    for path in state {
        assert!(!holds(&path), "{}", path.display());
    }
    for path in fs::read_dir(desk.dir.join("letters")).into_iter().flatten().map(|it| it.unwrap().path()) {
        let raw = fs::read(&path).unwrap();
        assert!(says(&raw, "itc"), "the parts are read: {}", path.display());
        assert!(!says(&raw, password), "{}", path.display());
    }
    assert!(desk.post().iter().all(|it| !it.text.contains(password) && !it.html.contains(password)));
    assert!(!desk.digest().contains(password));
}

#[test]
fn a_locked_archive_waits_for_its_password_and_gets_one_answer() {
    for aes in [false, true] {
        let mut desk = Desk::open();
        desk.receives(hands_in("自己診断.zip", locked(aes))).settles();
        assert_eq!(desk.letters(), Vec::<String>::new(), "nothing is said while the password is awaited");
        assert!(desk.digest().contains("パスワード待ち"), "{}", desk.digest());
        desk.waits(10).receives(key()).settles().settles();
        assert_eq!(desk.letters(), ["complete → taro@saku-mokkou.example.jp"]);
        assert_eq!(desk.case(1).company, "佐久木工株式会社");
        assert!(!desk.digest().contains("パスワード待ち"));
        desk.balanced();
        told_to_nobody(&desk, PASSWORD);
    }
}

#[test]
fn the_password_may_come_first_or_in_the_same_mail() {
    let mut desk = Desk::open();
    desk.receives(key()).settles();
    assert_eq!(desk.letters(), Vec::<String>::new());
    desk.waits(5).receives(hands_in("自己診断.zip", locked(true))).settles().settles();
    assert_eq!(desk.letters(), ["complete → taro@saku-mokkou.example.jp"]);
    desk.balanced();
    told_to_nobody(&desk, PASSWORD);

    let mut desk = Desk::open();
    let text = format!("自己診断を提出します。ＰＷ：{PASSWORD}\nオンライン希望、8/29 13:00-16:00。\n");
    desk.receives(mails::from(TARO).text(&text).file("診断.zip", locked(false)).bytes()).settles();
    assert_eq!(desk.letters(), ["complete → taro@saku-mokkou.example.jp"]);
    told_to_nobody(&desk, PASSWORD);
}

#[test]
fn a_protected_workbook_is_opened_and_does_not_go_back_open() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/formats/agile.xlsx");
    let mut desk = Desk::open();
    desk.receives(hands_in("自己診断.xlsx", fs::read(path).unwrap())).settles();
    assert_eq!(desk.letters(), Vec::<String>::new());
    desk.waits(5).receives(tells("パスワードは「ひたち2022」です。\n")).settles().settles();
    assert_eq!(desk.cases().len(), 1);
    let case = desk.case(1);
    assert_eq!(case.revision, 1, "{:?}", desk.letters());
    let kinds: Vec<String> = desk.post().into_iter().map(|it| it.kind).collect();
    assert!(matches!(kinds.as_slice(), [only] if ["complete", "corrections"].contains(&only.as_str())), "{kinds:?}");
    // a zip archive is open (PKWARE APPNOTE §4.3.7), the encrypted package is a compound file ([MS-CFB] §2.2)
    for letter in desk.post() {
        let mail = mail_parser::MessageParser::default().parse(letter.raw.as_bytes()).unwrap();
        for file in mail.attachments() {
            assert!(file.contents().starts_with(b"\xD0\xCF\x11\xE0"), "{} goes back open", letter.kind);
        }
    }
    desk.balanced();
}

#[test]
fn after_the_wait_a_plain_file_is_asked_for_and_a_late_password_still_opens() {
    let mut desk = Desk::open();
    desk.receives(hands_in("自己診断.zip", locked(true))).settles();
    desk.waits(181).settles();
    assert_eq!(desk.letters(), ["unreadable → taro@saku-mokkou.example.jp"]);
    let letter = desk.letter("unreadable");
    assert!(letter.text.contains("パスワード"), "{}", letter.text);
    desk.waits(60 * 24).receives(key()).settles();
    assert_eq!(desk.letters().len(), 2);
    assert_eq!(desk.letter("complete").to, "taro@saku-mokkou.example.jp");
    assert_eq!(desk.case(1).revision, 1);
    desk.balanced();
    told_to_nobody(&desk, PASSWORD);
}

#[test]
fn a_late_password_does_not_bring_an_old_file_back() {
    let mut desk = Desk::open();
    desk.receives(hands_in("自己診断.zip", locked(true))).settles();
    let open = mails::from(TARO).text("圧縮せずに再送します。オンライン希望、8/29 13:00-16:00。\n").id("open@saku");
    let open = open.at("2022-08-12T03:30:00Z").file("自己診断.xlsx", filled(&[("4-2", "")]));
    desk.waits(30).receives(open.bytes()).settles();
    assert_eq!(desk.letters(), ["corrections → taro@saku-mokkou.example.jp"], "one answer, to the open file");
    assert!(!desk.letter("corrections").text.contains("自己診断.zip"), "the locked one is of no use any more");
    desk.waits(300).receives(key()).settles().settles();
    assert_eq!(desk.letters().len(), 1);
    assert_eq!(desk.case(1).revision, 1);
    desk.balanced();
}

#[test]
fn a_wrong_password_opens_nothing_and_the_right_one_after_it_does() {
    let mut desk = Desk::open();
    desk.receives(hands_in("自己診断.zip", locked(false))).settles();
    desk.waits(5).receives(tells("パスワードは wrong-one-1 です。\n")).settles();
    assert_eq!(desk.letters(), ["unreadable → taro@saku-mokkou.example.jp"]);
    assert!(desk.letter("unreadable").text.contains("合うパスワードが届いていない"));
    let right = mails::from(TARO)
        .subject("訂正")
        .text(&format!("パスワードに誤りがありました。正しくは次の通りです。パスワード：{PASSWORD}\n"));
    desk.waits(5).receives(right.id("right@saku").bytes()).settles().settles();
    assert_eq!(desk.letters().len(), 2);
    assert_eq!(desk.letter("complete").to, "taro@saku-mokkou.example.jp");
    desk.balanced();
}

#[test]
fn nobody_else_s_password_is_tried() {
    let mut desk = Desk::open();
    desk.receives(hands_in("自己診断.zip", locked(true))).settles();
    let other = mails::from("別人 <x@betsu.example.jp>")
        .subject("パスワード")
        .text(&format!("パスワードは {PASSWORD} です。\n"));
    desk.waits(5).receives(other.bytes()).settles();
    assert_eq!(desk.letters(), Vec::<String>::new());
    desk.waits(200).settles();
    assert_eq!(desk.letters(), ["unreadable → taro@saku-mokkou.example.jp"]);
    desk.balanced();
}

#[test]
fn a_forged_password_is_not_tried_and_one_in_the_thread_of_another_company_neither() {
    let mut desk = Desk::open();
    desk.receives(hands_in("自己診断.zip", locked(true))).settles();
    let told = format!("パスワードは {PASSWORD} です。\n");
    let fail = "mail.itc.example.jp; dmarc=fail header.from=saku-mokkou.example.jp";
    let forged =
        mails::from(TARO).subject("パスワード").text(&told).id("forged@x").header("Authentication-Results", fail);
    let thread = mails::from("別人 <x@betsu.example.jp>").subject("Re: 自己診断").text(&told).id("other@x");
    desk.waits(5).receives(forged.bytes()).receives(thread.replying("file@saku").bytes()).settles();
    assert_eq!(desk.letters(), Vec::<String>::new());
    assert!(desk.mails().iter().any(|it| it.why.as_deref() == Some("forged")), "{:?}", desk.mails());
    let colleague =
        mails::from("佐久 花 <hana@saku-mokkou.example.jp>").subject("Re: 自己診断").text(&told).id("hana@x");
    desk.waits(5).receives(colleague.replying("file@saku").bytes()).settles().settles();
    assert_eq!(desk.letters(), ["complete → taro@saku-mokkou.example.jp"]);
    desk.balanced();
}

#[test]
fn a_forged_locked_file_is_never_opened_by_the_real_sender_s_password() {
    let fail = "mail.itc.example.jp; dmarc=fail header.from=saku-mokkou.example.jp";
    let pass = "mail.itc.example.jp; dmarc=pass header.from=saku-mokkou.example.jp";
    let mut desk = Desk::open();
    let evil = mails::from(TARO).text(HANDS_IN).file("偽.zip", zipped(&filled(&[("4-2", "")]), true, "evil-11"));
    desk.receives(evil.id("f1@x").header("Authentication-Results", fail).bytes());
    let key = mails::from(TARO).subject("パスワード").text("パスワードは evil-11 です。\n").id("f2@x");
    desk.receives(key.header("Authentication-Results", fail).bytes()).settles().waits(200).settles();
    assert!(desk.cases().is_empty(), "{:?}", desk.letters());
    let zoom = mails::from(TARO).subject("Zoom").text("Zoomのパスワードは zoom-1234 です。\n").id("z@saku");
    desk.waits(5).receives(zoom.header("Authentication-Results", pass).bytes()).settles().waits(200).settles();
    assert!(desk.cases().is_empty(), "{:?}", desk.letters());
    desk.balanced();
}

#[test]
fn what_the_sender_writes_while_the_password_is_awaited_waits_with_it() {
    let mut desk = Desk::open();
    let file = mails::from(TARO).text("自己診断を提出します。パスワードは別途お送りします。\n");
    desk.receives(file.file("自己診断.zip", locked(true)).id("file@saku").bytes()).settles();
    let dates = mails::from(TARO).subject("日程").text("オンライン、8/29 13:00-16:00 を希望します。\n").id("d@saku");
    desk.waits(2).receives(dates.bytes()).settles().waits(5).settles();
    assert_eq!(desk.letters(), Vec::<String>::new());
    desk.waits(3).receives(key()).settles().settles();
    assert!(desk.letters().iter().all(|it| !it.starts_with("unreadable")), "{:?}", desk.letters());
    let case = desk.case(1);
    assert_eq!((case.revision, case.wishes.dates.len()), (1, 1), "{:?}", desk.letters());
    desk.balanced();
}

#[test]
fn a_wrong_password_after_the_wait_is_a_person_s_business() {
    let mut desk = Desk::open();
    desk.receives(hands_in("自己診断.zip", locked(true))).settles().waits(181).settles();
    desk.waits(5).receives(tells("パスワードは wrong-one-1 です。\n")).settles();
    assert_eq!(desk.letters().len(), 2, "{:?}", desk.letters());
    assert_eq!(desk.letters().last().unwrap(), "handed-over → taro@saku-mokkou.example.jp");
    assert!(desk.digest().contains("パスワードのお知らせ"), "{}", desk.digest());
    let text = format!("正しいパスワードは次のとおりです。\n\n{PASSWORD}\n");
    let right = mails::from(TARO).subject("パスワードの訂正").text(&text).id("key2@saku").at("2022-08-12T05:00:00Z");
    desk.waits(10).receives(right.bytes()).settles();
    assert!(!desk.digest().contains("パスワードのお知らせ"), "it is opened: {}", desk.digest());
    desk.balanced();
}

#[test]
fn the_password_survives_a_crash_between_the_two_mails() {
    let mut desk = Desk::open();
    desk.receives(hands_in("自己診断.zip", locked(true))).takes_in();
    let _ = desk.processes().unwrap();
    desk.crashes().receives(key()).takes_in().crashes();
    desk.while_failing("UPDATE ON mails", |desk| assert!(desk.processes().is_err()));
    desk.crashes().settles().settles();
    assert_eq!(desk.letters(), ["complete → taro@saku-mokkou.example.jp"]);
    desk.balanced();
}

#[test]
fn the_advisor_gets_the_opened_workbook() {
    let mut desk = Desk::open();
    let book = filled(&[]); // it holds the time it was made
    desk.receives(hands_in("自己診断.zip", zipped(&book, true, PASSWORD))).settles();
    desk.waits(5).receives(key()).settles().settles();
    let revision = desk.desk.store.revisions(uketsuke::desk::case::Number(1)).unwrap().pop().unwrap();
    assert_eq!(revision.mails.len(), 2, "the file's mail and the password's");
    let assign = Command::new(env!("CARGO_BIN_EXE_uketsuke"))
        .current_dir(&desk.dir)
        .args(["assign", "1", "kubota"])
        .output()
        .unwrap();
    assert!(assign.status.success(), "{assign:?}");
    desk.now = uketsuke::run::clock(); // the command has a clock of its own
    desk.settles();
    let assignment = desk.letter("assignment");
    let mail = mail_parser::MessageParser::default().parse(assignment.raw.as_bytes()).unwrap();
    let files: Vec<&[u8]> = mail.attachments().map(mail_parser::MessagePart::contents).collect();
    assert!(files == [book], "the file itself");
}

#[test]
fn a_password_without_the_word_opens_what_waits_and_is_told_to_nobody() {
    const WORD: &str = "k7#Mz2Qp";
    for text in [
        "念のため、k7#Mz2Qp です。\n",
        "展開するための文字列は k7#Mz2Qp です。\n",
        "お世話になっております。\n\nk7#Mz2Qp\n\nよろしくお願いいたします。\n",
        "「k7#Mz2Qp」でお願いします。\n",
        "開くときの文字は [k7#Mz2Qp]\n",
    ] {
        let mut desk = Desk::open();
        desk.receives(hands_in("自己診断.zip", zipped(&filled(&[]), true, WORD))).settles();
        assert_eq!(desk.letters(), Vec::<String>::new());
        let key = mails::from(TARO).subject("先ほどの件").text(text).id("k@saku").at("2022-08-12T04:00:00Z");
        desk.waits(5).receives(key.bytes()).settles().settles();
        assert_eq!(desk.letters(), ["complete → taro@saku-mokkou.example.jp"], "{text}");
        desk.balanced();
        told_to_nobody(&desk, WORD);
    }
    // in the mail of the file itself
    let mut desk = Desk::open();
    let text = format!("自己診断を提出します。念のため、{WORD} です。オンライン希望、8/29 13:00-16:00。\n");
    desk.receives(mails::from(TARO).text(&text).file("診断.zip", zipped(&filled(&[]), false, WORD)).bytes()).settles();
    assert_eq!(desk.letters(), ["complete → taro@saku-mokkou.example.jp"]);
    told_to_nobody(&desk, WORD);
}

#[test]
fn a_word_that_opens_nothing_is_an_ordinary_mails_and_is_not_kept_while_a_file_waits() {
    let mut desk = Desk::open();
    desk.receives(hands_in("自己診断.zip", locked(true))).settles();
    let asks = mails::from(TARO).subject("質問").text("診断の対象は k7#Mz2Qp でもよいでしょうか。\n").id("q@saku");
    desk.waits(5).receives(asks.bytes()).settles().waits(200).settles();
    assert!(desk.mails().iter().any(|it| it.outcome.as_deref() == Some("to-secretariat")), "{:?}", desk.mails());
    told_to_nobody(&desk, "k7#Mz2Qp");
    desk.balanced();
}

#[test]
fn a_password_that_is_only_described_is_not_guessed_and_a_plain_file_is_asked_for_at_once() {
    for (first, second) in [
        ("自己診断フォーマットを提出します。パスワードは本日の日付8桁です。\n", None),
        (HANDS_IN, Some("パスワードは御社の電話番号下4桁です。\n")),
    ] {
        let mut desk = Desk::open();
        let file = mails::from(TARO).text(first).file("自己診断.zip", zipped(&filled(&[]), true, "20220812"));
        desk.receives(file.id("file@saku").bytes()).settles();
        if let Some(text) = second {
            assert_eq!(desk.letters(), Vec::<String>::new());
            desk.waits(5).receives(tells(text)).settles();
        }
        assert_eq!(desk.letters(), ["unreadable → taro@saku-mokkou.example.jp"]);
        assert!(desk.letter("unreadable").text.contains("こちらでは判断いたしかねます"));
        // the true one still opens it
        let key = mails::from(TARO).subject("パスワード").text("パスワードは 20220812 です。\n").id("later@saku");
        desk.waits(60).receives(key.at("2022-08-12T06:00:00Z").bytes()).settles().settles();
        assert_eq!(desk.letters().last().unwrap(), "complete → taro@saku-mokkou.example.jp");
        desk.balanced();
    }
}

#[test]
fn a_flood_of_unsaid_words_is_tried_a_few_times_a_day_and_what_is_told_always() {
    let mut desk = Desk::open();
    desk.receives(hands_in("自己診断.zip", locked(true))).settles();
    for n in 0..30 {
        let mail = mails::from(TARO).subject(&format!("件 {n}")).text(&format!("念のため、guess-{n}x です。\n"));
        desk.receives(mail.id(&format!("{n}@saku")).bytes());
    }
    desk.settles();
    let db = rusqlite::Connection::open(desk.dir.join("state/uketsuke.sqlite")).unwrap();
    let tries: u32 = db.query_row("SELECT max(tries) FROM password_tries", (), |row| row.get(0)).unwrap();
    assert_eq!(tries, 24);
    // the same day
    let mail = mails::from(TARO).subject("訂正").text(&format!("パスワードは {PASSWORD} です。\n")).id("right@saku");
    desk.waits(5).receives(mail.bytes()).settles().settles();
    assert_eq!(desk.case(1).revision, 1, "{:?}", desk.letters());
    desk.balanced();
}

#[test]
fn the_true_password_opens_after_many_wrong_ones_on_one_day() {
    let mut desk = Desk::open();
    desk.receives(hands_in("自己診断.zip", locked(false))).settles();
    for n in 0..26 {
        desk.receives(tells_as(&format!("{n}@saku"), &format!("パスワードは guess-{n}x です。\n")));
    }
    desk.settles();
    desk.waits(5).receives(tells_as("right@saku", &format!("パスワードは {PASSWORD} です。\n"))).settles().settles();
    assert_eq!(desk.case(1).revision, 1, "{:?}", desk.letters());
    desk.balanced();
}

fn tells_as(id: &str, text: &str) -> Vec<u8> {
    mails::from(TARO).subject(&format!("件 {id}")).text(text).id(id).bytes()
}
