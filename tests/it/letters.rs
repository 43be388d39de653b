//! A snapshot of every letter, and what their bytes must look like.

use crate::{
    desk::{Desk, form},
    mails, rounds,
};

fn whole_programme() -> Desk {
    let mut desk = Desk::open();
    for name in [
        "01-outlook-complete",
        "02-gmail-faulty",
        "03-apple-no-quantitative",
        "04-old-version",
        "05-forgot-attachment",
        "06-question",
        "08-zip",
        "10-application-form",
    ] {
        desk.receives_sample(name);
    }
    let locked = mails::from("原田 <harada@locked.example.jp>").file("自己診断.pdf", b"%PDF-1.7".to_vec());
    desk.receives(locked.bytes()).settles();
    let faults: [&[(&str, &str)]; 3] = [
        &[("4-2", ""), ("6", "2.5"), ("K2", "該当なし"), ("D7", "なし")],
        &[("6", "2.5"), ("9-1", "1～2"), ("D7", "不明"), ("5", "3")],
        &[("6", "2か3"), ("9-1", "1～2")],
    ];
    for (n, form) in (1..).zip(faults) {
        rounds::sends(&mut desk, n, "自己診断をお送りします。\n", rounds::filled(form));
    }
    let unreadable = desk.outbox().into_iter().find(|it| it.recipient.starts_with("harada@")).unwrap().message_id;
    let withdraws = mails::from("原田 <harada@locked.example.jp>").subject("Re: 自己診断").replying(&unreadable);
    desk.receives(withdraws.text("社内で検討した結果、今回の参加を辞退いたします。\n").id("w@locked").bytes())
        .settles();
    let complete = desk.cases().into_iter().find(|it| it.contact.address.starts_with("suzuki@")).unwrap().number.0;
    let id = desk
        .desk
        .rules
        .advisors
        .iter()
        .find(|it| it.methods.contains(&uketsuke::desk::reading::Method::Online))
        .unwrap()
        .id
        .clone();
    desk.assigns(complete, &id).unwrap();
    desk.receives(
        mails::from("宮下 誠 <miyashita@azumino-tex.example.jp>")
            .subject("アドバイスの件")
            .text("オンラインを希望します。\n")
            .bytes(),
    );
    desk.settles();
    desk
}

/// The company that has withdrawn is in again.
fn reopens(desk: &mut Desk) {
    let number = desk.cases().into_iter().find(|it| it.contact.address.starts_with("harada@")).unwrap().number;
    desk.reopens(number.0).unwrap();
    desk.settles();
}

#[test]
fn every_letter_reads_as_the_secretariat_would_write_it() {
    let mut desk = whole_programme();
    reopens(&mut desk);
    let mut seen = std::collections::BTreeSet::new();
    for letter in desk.post() {
        let mut name = format!("{}-{}", letter.kind, letter.to.split('@').next().unwrap());
        if letter.text.contains("前回") && letter.kind == "corrections" {
            name.push_str("-again");
        }
        insta::assert_snapshot!(name, format!("Subject: {}\n\n{}", letter.subject, letter.text.replace("\r\n", "\n")));
        seen.insert(letter.kind.clone());
    }
    let kinds: Vec<&str> = uketsuke::desk::letter::KINDS.iter().copied().filter(|it| *it != "digest").collect();
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), {
        let mut all = kinds.clone();
        all.sort_unstable();
        all
    });
}

#[test]
fn the_digest_reads_well() {
    let desk = whole_programme();
    let words = desk.desk.digest(desk.now).unwrap();
    insta::assert_snapshot!("digest", format!("Subject: {}\n\n{}", words.subject, words.text));
}

#[test]
fn text_and_html_say_the_same_names_and_numbers() {
    for letter in whole_programme().post() {
        assert!(letter.html.contains("<html lang=\"ja\">"));
        for word in
            letter.text.split_whitespace().filter(|it| it.contains("受付番号") && it.chars().any(char::is_numeric))
        {
            let digits: String = word.chars().filter(char::is_ascii_digit).collect();
            assert!(letter.html.contains(&digits), "{}: {word}", letter.kind);
        }
        for finding in letter.text.lines().filter(|it| it.starts_with("　・")) {
            let name =
                finding.trim_start_matches("　・").split('（').next().unwrap().split(' ').next_back().unwrap().trim();
            assert!(letter.html.contains(name), "{}: {name}", letter.kind);
        }
    }
}

#[test]
fn the_bytes_keep_the_rules_of_mail() {
    let desk = whole_programme();
    for line in desk.outbox() {
        let bytes = desk.desk.store.letter_bytes(line.id).unwrap().unwrap();
        let text = String::from_utf8(bytes).expect("ASCII");
        assert!(text.is_ascii(), "{}", line.kind);
        assert!(text.replace("\r\n", "").find(['\r', '\n']).is_none(), "{}: CRLF only", line.kind);
        assert!(text.split("\r\n").all(|it| it.len() <= 998), "{}: RFC 5322 §2.1.1", line.kind);
        let head = text.split("\r\n\r\n").next().unwrap();
        let headers: Vec<&str> = head
            .split("\r\n")
            .filter(|it| !it.starts_with([' ', '\t']))
            .map(|it| it.split(':').next().unwrap())
            .collect();
        let allowed = [
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
        for name in &headers {
            assert!(allowed.contains(name), "{}: header {name}", line.kind);
        }
        let reply = headers.contains(&"In-Reply-To");
        let automatic = if reply { "Auto-Submitted: auto-replied" } else { "Auto-Submitted: auto-generated" };
        assert!(head.contains(automatic), "{}: {head}", line.kind);
    }
}

#[test]
fn the_same_decision_has_the_same_id_and_bytes_after_a_restore() {
    let mut desk = Desk::open();
    desk.receives_sample("05-forgot-attachment").takes_in();
    let backup = desk.dir.join("backup.sqlite");
    let db = rusqlite::Connection::open(desk.dir.join("state/uketsuke.sqlite")).unwrap();
    db.execute("VACUUM INTO ?1", [backup.to_str().unwrap()]).unwrap();
    drop(db);
    desk.settles();
    let first = (desk.outbox()[0].message_id.clone(), desk.desk.store.letter_bytes(desk.outbox()[0].id).unwrap());
    for file in ["uketsuke.sqlite", "uketsuke.sqlite-wal", "uketsuke.sqlite-shm"] {
        let _ = std::fs::remove_file(desk.dir.join("state").join(file));
    }
    std::fs::copy(&backup, desk.dir.join("state/uketsuke.sqlite")).unwrap();
    desk.crashes().settles();
    let second = (desk.outbox()[0].message_id.clone(), desk.desk.store.letter_bytes(desk.outbox()[0].id).unwrap());
    assert_eq!(first, second);
}

#[test]
fn the_advisor_gets_the_companys_own_file_unchanged() {
    let folder = tempfile::tempdir().unwrap();
    let done = std::process::Command::new(env!("CARGO_BIN_EXE_uketsuke"))
        .args(["demo", "--dir"])
        .arg(folder.path().join("demo"))
        .output()
        .unwrap();
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    let letters = std::fs::read_dir(folder.path().join("demo/letters")).unwrap();
    let assignment = letters
        .map(|it| it.unwrap().path())
        .find(|it| it.file_name().unwrap().to_str().unwrap().starts_with("assignment"))
        .unwrap();
    let raw = std::fs::read(assignment).unwrap();
    let mail = mail_parser::MessageParser::default().parse(&raw).unwrap();
    use mail_parser::MimeHeaders as _;
    let file = mail.attachments().next().unwrap();
    assert_eq!(file.attachment_name(), Some("DX推進指標自己診断フォーマットver2.3_ひたち精工.xlsx"));
    assert!(file.contents() == form("complete"), "byte for byte");
}
