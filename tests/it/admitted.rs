//! What a person's word does: an address admitted or taken away, a held mail released, a case set back.

use uketsuke::desk::case::Stage;

use crate::{
    desk::{Desk, form},
    mails,
    who::{CONSULTANT, HANAKO, YAMADA, admits, held, vouched},
};

#[test]
fn a_changed_address_is_a_persons_word() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let letter = desk.outbox()[0].message_id.clone();
    let tells = mails::from(HANAKO)
        .replying(&letter)
        .subject("メールアドレス変更のお知らせ")
        .text("メールアドレスが変更になりました。今後は hana@newkinoko.example.jp までお願いいたします。\n");
    desk.waits(5).receives(tells.id("2@k").bytes()).settles();
    assert_eq!(held(&desk), [("address-change".to_string(), "0001".to_string())]);
    let new = "小林 <hana@newkinoko.example.jp>";
    let before = desk.letters().len();
    let replies = mails::from(new).replying(&letter).file("a.xlsx", form("faulty-corrected")).id("3@n");
    desk.waits(5).receives(replies.bytes()).settles();
    assert_eq!(held(&desk)[0], ("other-address".to_string(), "0001".to_string()));
    assert_eq!(desk.letters().len(), before, "who may be anybody with a forwarded letter is told nothing");
    assert_eq!(desk.case(1).contact.address, "hanako@kinoko.example.jp");
    admits(&mut desk, Some(1), "hana@newkinoko.example.jp", None, true).unwrap();
    desk.settles();
    assert_eq!((desk.case(1).contact.address.as_str(), desk.case(1).revision), ("hana@newkinoko.example.jp", 2));
    assert_eq!(desk.letters().last().unwrap(), "complete → hana@newkinoko.example.jp");
    desk.balanced();
}

#[test]
fn a_held_mail_is_answered_when_it_is_released_although_a_copy_of_it_came() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let copy = |to: &str| {
        let draft = mails::from(YAMADA).file("b.xlsx", form("faulty-corrected")).id("2@k");
        draft.header("Delivered-To", to).bytes()
    };
    desk.waits(5).receives(copy("nw@itc.or.jp")).settles();
    desk.waits(5).receives(copy("dx@itc.or.jp")).settles();
    assert_eq!(held(&desk).len(), 1);
    assert_eq!(desk.mails()[2].class.as_deref(), Some("twin"));
    admits(&mut desk, Some(1), "yamada@kinoko.example.jp", None, false).unwrap();
    desk.settles();
    assert_eq!(desk.letters().last().unwrap(), "complete → yamada@kinoko.example.jp");
    assert_eq!(desk.case(1).revision, 2);
    desk.waits(5).receives(copy("jimu@itc.or.jp")).settles();
    assert_eq!(desk.case(1).revision, 2, "and once");
    desk.balanced();
}

#[test]
fn a_copy_that_our_border_vouches_for_is_decided_although_one_it_disowned_is_held() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let copy = |said: &str| {
        let said = format!("mail.itc.example.jp; dmarc={said} header.from=kinoko.example.jp");
        let draft = mails::from(HANAKO).file("b.xlsx", form("faulty-corrected")).id("2@k");
        draft.header("Authentication-Results", &said).bytes()
    };
    desk.waits(5).receives(copy("fail")).settles();
    assert_eq!(desk.mails()[1].why.as_deref(), Some("forged"));
    desk.waits(5).receives(copy("pass")).settles();
    assert_eq!(desk.letters().last().unwrap(), "complete → hanako@kinoko.example.jp");
    desk.balanced();
}

#[test]
fn a_word_on_a_sender_releases_only_what_may_be_the_cases() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let (letter, company) = (desk.outbox()[0].message_id.clone(), desk.case(1).company);
    let hands_in = |book: &str| mails::from(CONSULTANT).replying(&letter).file("a.xlsx", form(book)).id(book).bytes();
    desk.waits(5).receives(hands_in("complete-2")).settles();
    desk.waits(5).receives(hands_in("faulty-corrected")).settles();
    let why: Vec<String> = held(&desk).into_iter().map(|(why, _)| why).collect();
    assert_eq!(why, ["other-address", "other-company"]);
    admits(&mut desk, Some(1), "mori@mori-consul.example.jp", None, false).unwrap();
    desk.settles();
    assert_eq!((desk.case(1).company, desk.case(1).revision), (company, 2), "the other company's book is not taken in");
    assert_eq!(held(&desk), [("other-company".to_string(), "0001".to_string())]);
    admits(&mut desk, None, "mori@mori-consul.example.jp", None, false).unwrap();
    desk.settles();
    assert_eq!((desk.case(1).revision, desk.case(2).revision), (2, 1));
    assert!(held(&desk).is_empty());
    desk.balanced();
}

#[test]
fn a_company_hears_once_that_a_person_will_answer_until_one_has() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let asks = |what: &str| {
        mails::from(HANAKO)
            .subject("質問です")
            .text(&format!("{what}よいでしょうか。\n"))
            .id(&format!("{what}@q"))
            .bytes()
    };
    for what in ["8番以降は誰が答えれば", "前年の数字でも", "子会社の分は別の表で出しても"]
    {
        desk.waits(30).receives(asks(what)).settles();
    }
    let told = |desk: &Desk| desk.letters().iter().filter(|it| it.starts_with("handed-over")).count();
    assert_eq!(told(&desk), 1, "{:?}", desk.letters());
    assert_eq!(desk.mails().iter().filter(|it| it.outcome.as_deref() == Some("to-secretariat")).count(), 3);
    admits(&mut desk, Some(1), "hanako2@kinoko.example.jp", None, false).unwrap();
    desk.waits(30).receives(asks("押印は省いても")).settles();
    assert_eq!(told(&desk), 2, "a person has acted since");
    // a stranger: once a day
    let stranger = |what: &str| {
        mails::from("x <x@s.example.jp>").subject("質問です").text(what).id(&format!("{}@s", what.len())).bytes()
    };
    desk.waits(5).receives(stranger("参加できますか。\n")).settles();
    desk.waits(60).receives(stranger("費用はかかりますか。\n")).settles();
    assert_eq!(told(&desk), 3);
    desk.waits(25 * 60).receives(stranger("締切はいつになりますでしょうか。\n")).settles();
    assert_eq!(told(&desk), 4);
    desk.balanced();
}

#[test]
fn the_command_lists_held_mails_and_admits_an_address() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    desk.waits(5).receives(mails::from(YAMADA).file("b.xlsx", form("faulty-corrected")).id("2@k").bytes()).settles();
    let (code, listed) = desk.runs(&["contact"]);
    assert!(code == 0 && listed.contains("yamada@kinoko.example.jp") && listed.contains("0001"), "{listed}");
    for wrong in
        [&["contact", "7", "x@kinoko.example.jp"][..], &["contact", "1", "nobody"], &["reopen", "1"], &["contact", "1"]]
    {
        assert_eq!(desk.runs(wrong).0, 2, "{wrong:?}");
    }
    let (code, said) = desk.runs(&["contact", "1", "yamada@kinoko.example.jp"]);
    assert!(code == 0 && said.contains("1 held mails"), "{said}");
    desk.settles();
    assert_eq!(desk.letters().last().unwrap(), "complete → yamada@kinoko.example.jp");
    assert!(desk.runs(&["contact"]).1.contains("No mail is held"));
    desk.balanced();
}

#[test]
fn another_company_s_file_is_a_person_s_business_at_once() {
    let says = "申し訳ございません。別の会社のファイルが混じっていました。お手数ですが削除をお願いします。\n";
    for book in [None, Some("faulty-corrected")] {
        let mut desk = Desk::open();
        desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
        let letter = desk.outbox()[0].message_id.clone();
        let draft = mails::from(HANAKO).replying(&letter).subject("Re: 自己診断").text(says).id("2@k");
        let draft = if let Some(book) = book { draft.file("b.xlsx", form(book)) } else { draft };
        desk.waits(5).receives(draft.bytes()).settles();
        assert_eq!(held(&desk), [("mixed-file".to_string(), "0001".to_string())], "{:?}", desk.mails());
        assert!(matches!(desk.case(1).stage, Stage::Held { .. }));
        assert_eq!(desk.case(1).revision, 1);
        assert_eq!(desk.letters().last().unwrap(), "handed-over → hanako@kinoko.example.jp");
        assert!(desk.digest().contains("ほかの会社のファイル"), "{}", desk.digest());
        assert!(desk.assigns(1, "kubota").is_err(), "nothing of it goes on");
        if book.is_some() {
            let id = desk.desk.store.held_mails().unwrap()[0].sha256.clone();
            admits(&mut desk, Some(1), "hanako@kinoko.example.jp", Some(&id), false).unwrap();
            desk.settles();
            assert_eq!(desk.case(1).revision, 2);
            assert!(!matches!(desk.case(1).stage, Stage::Held { .. }));
        }
        desk.balanced();
    }
    // from the beginning
    let mut desk = Desk::open();
    let text = "自己診断を提出します。取引先の会社のデータが混ざっておりますので、そちらは破棄してください。\n";
    desk.receives(mails::from(HANAKO).text(text).file("a.xlsx", form("faulty")).bytes()).settles();
    assert!(desk.cases().is_empty());
    assert_eq!(desk.letters(), ["handed-over → hanako@kinoko.example.jp"]);
}

#[test]
fn a_case_that_rests_for_a_mixed_file_is_set_back_by_a_person_and_never_in_a_muted_one() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let before = desk.case(1).stage;
    let says = "申し訳ございません。別の会社のファイルが混じっていました。お手数ですが削除をお願いします。\n";
    desk.waits(5).receives(mails::from(HANAKO).text(says).id("2@k").bytes()).settles();
    assert_eq!(desk.case(1).stage.name(), "held");
    let sent = desk.post().len();
    assert_eq!(desk.reopens(1).unwrap(), (before.clone(), 0), "findings and rounds as before");
    // a person speaks with the company: nothing is written, nothing changes
    let db = rusqlite::Connection::open(desk.dir.join("state/uketsuke.sqlite")).unwrap();
    db.execute_batch("UPDATE cases SET muted = 1, muted_at = 1").unwrap();
    desk.waits(5).receives(mails::from(HANAKO).text(says).id("3@k").bytes()).settles();
    assert_eq!((desk.case(1).stage, desk.post().len()), (before, sent));
}

#[test]
fn an_address_that_is_taken_away_loses_its_rung_at_once() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let letter = desk.outbox()[0].message_id.clone();
    desk.waits(5).receives(mails::from(YAMADA).file("b.xlsx", form("faulty-corrected")).id("2@k").bytes()).settles();
    admits(&mut desk, Some(1), "yamada@kinoko.example.jp", None, true).unwrap();
    desk.settles();
    let contact = desk.case(1).contact;
    assert_eq!((contact.name.as_str(), contact.address.as_str()), ("山田", "yamada@kinoko.example.jp"));
    assert_eq!(desk.runs(&["contact", "1", "yamada@kinoko.example.jp", "--remove"]).0, 2, "letters go there");
    assert_eq!(desk.runs(&["contact", "1", "x@kinoko.example.jp", "--remove"]).0, 2, "not known");
    assert_eq!(desk.runs(&["contact", "1", "Hanako@kinoko.example.jp", "--remove"]).0, 0);
    let before = (desk.case(1).revision, desk.letters().len());
    // neither the address, nor the thread, nor the domain that our border vouches for
    let draft = vouched(mails::from(HANAKO), "kinoko.example.jp").replying(&letter).file("c.xlsx", form("faulty"));
    desk.waits(60).receives(draft.id("3@k").bytes()).settles();
    assert_eq!((desk.case(1).revision, desk.letters().len()), before, "{:?}", desk.letters());
    assert_eq!(held(&desk), [("other-address".to_string(), "0001".to_string())]);
    // and back
    admits(&mut desk, Some(1), "hanako@kinoko.example.jp", None, false).unwrap();
    desk.settles();
    assert_eq!(desk.case(1).revision, before.0 + 1);
    desk.balanced();
}

#[test]
fn a_released_mail_leaves_the_folder_of_held_ones() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    desk.waits(5).receives(mails::from(YAMADA).file("b.xlsx", form("faulty-corrected")).id("2@k").bytes()).settles();
    assert_eq!((desk.in_folder(".要確認"), desk.in_folder(".受付済み")), (1, 1));
    admits(&mut desk, Some(1), "yamada@kinoko.example.jp", None, false).unwrap();
    desk.settles();
    assert_eq!((desk.in_folder(".要確認"), desk.in_folder(".受付済み")), (0, 2), "{:?}", desk.mails());
    desk.balanced();
}
