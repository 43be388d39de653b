//! Whose case a mail is, who may do what in it, and what a person has to say.

use uketsuke::desk::case::{Number, Stage};

use crate::{
    desk::{Desk, form, sample},
    mails::{self, Draft},
};

pub const HANAKO: &str = "小林花子 <hanako@kinoko.example.jp>";
pub const YAMADA: &str = "山田 <yamada@kinoko.example.jp>";
pub const CONSULTANT: &str = "診断士 <mori@mori-consul.example.jp>";

pub fn vouched(draft: Draft, domain: &str) -> Draft {
    draft.header("Authentication-Results", &format!("mail.itc.example.jp; dmarc=pass header.from={domain}"))
}

/// What the command does.
pub fn admits(
    desk: &mut Desk,
    case: Option<u32>,
    address: &str,
    mail: Option<&str>,
    instead: bool,
) -> anyhow::Result<u32> {
    let done = desk.orders(|judge, unit, now| judge.admit(unit, case.map(Number), address, mail, instead, now))?;
    Ok(done.number.0)
}

pub fn held(desk: &Desk) -> Vec<(String, String)> {
    desk.desk.store.held_mails().unwrap().into_iter().map(|it| (it.why, it.proposed)).collect()
}

pub fn last_letter_to<'a>(letters: &'a [String], who: &str) -> &'a str {
    letters.iter().rev().find(|it| it.ends_with(who)).unwrap_or_else(|| panic!("nothing to {who}: {letters:?}"))
}

pub fn letters_to(desk: &Desk, who: &str) -> usize {
    desk.letters().iter().filter(|it| it.ends_with(who)).count()
}

#[test]
fn one_company_with_several_addresses() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let second = mails::from(YAMADA).file("b.xlsx", form("faulty-corrected")).id("2@k");
    desk.waits(5).receives(second.bytes()).settles();
    assert_eq!(held(&desk), [("other-address".to_string(), "0001".to_string())], "nobody vouches for the colleague");
    let told = desk.letter("handed-over");
    assert_eq!(told.to, "yamada@kinoko.example.jp");
    assert!(!told.text.contains("0001") && !told.subject.contains("0001") && !told.text.contains("きのこ"));
    assert!(desk.digest().contains("受付番号 0001 の件と思われます"), "{}", desk.digest());
    let journal =
        desk.desk.store.journal(Number(1)).unwrap().into_iter().chain(desk.desk.store.journal(Number(0)).unwrap());
    assert!(
        journal
            .into_iter()
            .any(|it| it.line.contains("needs a known address") && it.line.contains("no authentication")),
        "the journal names the missing rung"
    );
    assert_eq!(admits(&mut desk, Some(1), "Yamada@kinoko.example.jp", None, false).unwrap(), 1);
    desk.settles();
    assert_eq!((desk.cases().len(), desk.case(1).revision), (1, 2));
    assert_eq!(desk.letters().last().unwrap(), "complete → yamada@kinoko.example.jp");
    assert_eq!(desk.case(1).contact.address, "hanako@kinoko.example.jp", "letters of ours still go to the first");
    // known now: no thread, no authentication
    let wishes = mails::from(YAMADA).subject("希望日").text("オンライン希望、8/29 13:00-16:00\n").id("3@k");
    desk.waits(5).receives(wishes.bytes()).settles();
    assert_eq!(desk.case(1).stage, Stage::Complete);
    assert!(held(&desk).is_empty());
    desk.balanced();
}

#[test]
fn a_colleague_the_server_vouches_for_is_known_from_then_on() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let second = vouched(mails::from(YAMADA), "kinoko.example.jp").file("b.xlsx", form("faulty-corrected")).id("2@k");
    desk.waits(5).receives(second.header("Cc", "cc@kinoko.example.jp").bytes()).settles();
    assert_eq!(desk.letters().last().unwrap(), "complete → yamada@kinoko.example.jp");
    let from_cc = |who: &str, id: &str| mails::from(who).subject("希望").text("対面を希望します。\n").id(id).bytes();
    desk.waits(5).receives(from_cc("写し <cc@kinoko.example.jp>", "3@k")).settles();
    assert_eq!(held(&desk).len(), 1, "a Cc is no contact");
    desk.waits(5).receives(from_cc(YAMADA, "4@k")).settles();
    assert_eq!(desk.letters().last().unwrap(), "noted → yamada@kinoko.example.jp");
    desk.balanced();
}

#[test]
fn one_consultant_with_several_companies() {
    let mut desk = Desk::open();
    for (n, book) in ["faulty", "complete-2"].into_iter().enumerate() {
        desk.receives(mails::from(CONSULTANT).file("a.xlsx", form(book)).id(&format!("{n}@m")).bytes()).settles();
    }
    assert_eq!(desk.cases().len(), 2);
    let other = desk.case(2).company;
    let again = mails::from(CONSULTANT).file("a.xlsx", form("faulty-corrected")).id("3@m");
    desk.waits(5).receives(again.bytes()).settles();
    assert_eq!((desk.case(1).revision, desk.case(2).revision), (2, 1), "by the workbook");
    let named =
        mails::from(CONSULTANT).subject("希望方式").text(&format!("{other}の件、対面を希望します。\n")).id("4@m");
    desk.waits(5).receives(named.bytes()).settles();
    assert_eq!(desk.case(2).wishes.method, Some(uketsuke::desk::reading::Method::InPerson), "by the words");
    assert_eq!(desk.case(1).wishes.method, None);
    let letters = desk.letters().len();
    let unclear =
        |id: &str| mails::from(CONSULTANT).subject("希望方式").text("オンラインを希望します。\n").id(id).bytes();
    desk.waits(5).receives(unclear("5@m")).settles();
    assert_eq!(held(&desk), [("several-cases".to_string(), "0002、0001".to_string())]);
    desk.waits(5).receives(unclear("6@m")).settles();
    assert_eq!(desk.letters().len(), letters + 1, "told once: {:?}", desk.letters());
    // the answer to the wrong letter, with the other company's book
    let first = desk.outbox().into_iter().find(|it| it.kind == "corrections").unwrap().message_id;
    let crossed = mails::from(CONSULTANT).replying(&first).file("a.xlsx", form("complete-2")).id("7@m");
    // past the most letters of one day
    desk.waits(25 * 60).receives(crossed.bytes()).settles();
    assert_eq!((desk.case(1).revision, desk.case(2).revision), (2, 2));
    desk.balanced();
}

#[test]
fn a_second_application_of_one_firm() {
    let mut desk = Desk::open();
    desk.receives_sample("10-application-form").settles();
    let first = desk.outbox()[0].message_id.clone();
    let miyashita = "宮下 誠 <miyashita@azumino-tex.example.jp>";
    let leaves =
        mails::from(miyashita).replying(&first).subject("Re: ご案内").text("今回は参加を見送らせていただきます。\n");
    desk.waits(5).receives(leaves.id("2@a").bytes()).settles();
    assert!(matches!(desk.case(1).stage, Stage::Withdrawn { .. }), "{:?}", desk.letters());
    let notice = String::from_utf8(sample("10-application-form")).unwrap();
    desk.waits(5)
        .receives(notice.replace("10-application-form@", "again-application-form@").replace("18:22:00", "18:52:00"))
        .settles();
    assert_eq!(desk.cases().len(), 2, "{:?}", desk.mails());
    let wishes = mails::from(miyashita).subject("方式").text("オンラインを希望します。\n").id("3@a");
    desk.waits(5).receives(wishes.bytes()).settles();
    assert!(desk.case(2).wishes.method.is_some() && desk.case(1).wishes.method.is_none(), "the open one");
    assert!(held(&desk).is_empty());
    desk.balanced();
}

#[test]
fn two_companies_of_one_name() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let namesake = "別の小林 <info@other-kinoko.example.jp>";
    desk.waits(5).receives(mails::from(namesake).file("a.xlsx", form("faulty-corrected")).id("2@o").bytes()).settles();
    assert_eq!(held(&desk), [("same-company".to_string(), "0001".to_string())]);
    assert_eq!((desk.cases().len(), desk.case(1).revision), (1, 1));
    assert_eq!(last_letter_to(&desk.letters(), "info@other-kinoko.example.jp").split(' ').next(), Some("handed-over"));
    assert_eq!(admits(&mut desk, None, "info@other-kinoko.example.jp", None, false).unwrap(), 2);
    desk.settles();
    assert_eq!((desk.case(1).revision, desk.case(2).revision), (1, 1));
    assert_eq!(desk.letters().last().unwrap(), "complete → info@other-kinoko.example.jp");
    desk.balanced();
}

#[test]
fn a_bank_and_a_regional_office_that_forward_are_no_contacts() {
    let bank = mails::from("融資課 <loan@bank.example.jp>")
        .subject("FW: 自己診断の提出")
        .text("取引先から届きましたので転送いたします。\n\n-----Original Message-----\nFrom: 小林花子 <hanako@kinoko.example.jp>\nSent: Wednesday, August 10, 2022\nTo: loan@bank.example.jp\nSubject: 自己診断\n\n提出します。\n");
    let office = vouched(mails::from("事務局 <info@itc-nagano.jp>"), "itc-nagano.jp").subject("自己診断の提出");
    for (draft, who) in [(bank, "loan@bank.example.jp"), (office, "info@itc-nagano.jp")] {
        let mut desk = Desk::open();
        desk.receives(draft.file("a.xlsx", form("faulty")).bytes()).settles();
        assert_eq!(held(&desk), [("forwarded".to_string(), String::new())], "{who}: {:?}", desk.mails());
        assert!(desk.cases().is_empty());
        assert_eq!(desk.letters(), [format!("handed-over → {who}")]);
        let id = desk.desk.store.held_mails().unwrap()[0].sha256[..12].to_string();
        assert!(admits(&mut desk, None, "hanako@kinoko.example.jp", Some("ffffffffffff"), false).is_err());
        admits(&mut desk, None, "hanako@kinoko.example.jp", Some(&id), false).unwrap();
        desk.settles();
        assert_eq!(desk.case(1).contact.address, "hanako@kinoko.example.jp");
        assert_eq!(desk.letters().last().unwrap(), "corrections → hanako@kinoko.example.jp");
        // the forwarder is still nobody in the case
        let asks =
            mails::from(&format!("x <{who}>")).subject("受付番号 0001").text("先日の件、結果はどうなりましたか。\n");
        desk.waits(60).receives(asks.id("later@x").bytes()).settles();
        assert_eq!(held(&desk), [("other-address".to_string(), "0001".to_string())]);
        assert_eq!(desk.letters().iter().filter(|it| it.ends_with(who)).count(), 1, "{:?}", desk.letters());
        desk.balanced();
    }
}

#[test]
fn a_form_that_cannot_be_read_makes_a_forwarder_no_contact_either() {
    let passes_on = |subject: &str, name: &str, bytes: &[u8]| {
        let text = "届きましたので転送いたします。\n\n-----Original Message-----\nFrom: 小林花子 <hanako@kinoko.example.jp>\nSent: Wednesday, August 10, 2022\nTo: loan@bank.example.jp\nSubject: 書類\n\nお送りします。\n";
        mails::from("融資課 <loan@bank.example.jp>").subject(subject).text(text).file(name, bytes.to_vec()).bytes()
    };
    let mut desk = Desk::open();
    desk.receives(passes_on("FW: 自己診断の提出", "自己診断.xlsx", b"PK\x03\x04 torn")).settles();
    assert_eq!(held(&desk), [("forwarded".to_string(), String::new())], "{:?}", desk.mails());
    assert!(desk.cases().is_empty());
    assert_eq!(desk.letters(), ["handed-over → loan@bank.example.jp"]);
    let mut desk = Desk::open();
    desk.receives(passes_on("FW: 見積書", "見積書.pdf", b"%PDF-1.4\n%%EOF\n")).settles();
    assert_eq!(desk.mails()[0].outcome.as_deref(), Some("not-ours"), "what is nobody's business here stays so");
}

#[test]
fn a_contact_named_beside_answers_is_proposed_and_the_answers_are_used() {
    for text in [
        "オンラインを希望します。今後の連絡は tanaka@kinoko.example.jp の田中へお願いいたします。\n",
        "担当が鈴木に変わりました。オンラインを希望します。\n",
    ] {
        let mut desk = Desk::open();
        desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
        desk.waits(5).receives(mails::from(HANAKO).subject("希望").text(text).id("2@k").bytes()).settles();
        assert!(desk.case(1).wishes.method.is_some(), "{:?}", desk.mails());
        assert_eq!(desk.case(1).contact.address, "hanako@kinoko.example.jp");
        assert!(desk.journal(1).contains("names another contact"), "{}", desk.journal(1));
        assert!(desk.digest().contains("連絡先またはご担当の変更"), "{}", desk.digest());
        assert_eq!(desk.letters().last().unwrap(), "noted → hanako@kinoko.example.jp");
        let book = mails::from(HANAKO).text(text).file("b.xlsx", form("faulty-corrected")).id("3@k");
        desk.waits(60).receives(book.bytes()).settles();
        assert_eq!(desk.case(1).revision, 2);
        assert_eq!(desk.mails().last().unwrap().outcome.as_deref(), Some("to-secretariat"));
        desk.balanced();
    }
}

#[test]
fn a_number_of_something_else_keeps_no_new_company_out() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let draft = mails::from("佐久次郎 <jiro@saku.example.jp>").file("b.xlsx", crate::rounds::filled(&[]));
    let text = "説明会（受付No.1）に参加した佐久木工株式会社です。自己診断を提出します。\n";
    desk.waits(5).receives(draft.text(text).id("2@s").bytes()).settles();
    assert_eq!(desk.cases().len(), 2, "{:?}", desk.mails());
}

#[test]
fn a_changed_address_with_a_receipt_number_in_its_words_opens_no_second_case() {
    let hands_in = |text: &str, name: &str| {
        let new = "花子 <hana@newplace.example.jp>";
        mails::from(new).text(text).file(name, form("faulty-corrected")).id("2@n").bytes()
    };
    for (text, name) in [
        ("アドレスが変わりました。受付番号は「０００１」です。フォーマットを提出します。\n", "a.xlsx"),
        ("自己診断フォーマットを提出します。\n", "受付番号0001_自己診断.xlsx"),
    ] {
        let mut desk = Desk::open();
        desk.receives(mails::from(HANAKO).bytes()).settles();
        assert_eq!(desk.case(1).company, "", "the case has no company yet");
        let before = desk.letters().len();
        desk.waits(5).receives(hands_in(text, name)).settles();
        assert_eq!(desk.cases().len(), 1, "{:?}", desk.mails());
        assert_eq!(held(&desk), [("other-address".to_string(), "0001".to_string())]);
        assert_eq!(desk.letters().len(), before, "a guessed number learns nothing");
        admits(&mut desk, Some(1), "hana@newplace.example.jp", None, true).unwrap();
        desk.settles();
        assert_eq!((desk.case(1).revision, desk.case(1).contact.name.as_str()), (1, "花子"), "with its name");
        desk.balanced();
    }
    // quoted, it is another's
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).bytes()).settles();
    desk.waits(5).receives(hands_in("提出します。\n\n> 受付番号：0001\n", "a.xlsx")).settles();
    assert_eq!(desk.cases().len(), 2);
}

#[test]
fn books_of_two_companies_are_held_and_the_sender_is_told_once() {
    let mut desk = Desk::open();
    let both = |id: &str| {
        mails::from(CONSULTANT).file("a.xlsx", form("faulty")).file("b.xlsx", form("complete-2")).id(id).bytes()
    };
    desk.receives(both("1@m")).settles();
    assert!(held(&desk).is_empty(), "no word on the sender makes one company's book of two");
    assert_eq!(desk.letters(), ["handed-over → mori@mori-consul.example.jp"]);
    desk.waits(30).receives(both("2@m")).settles();
    assert_eq!(desk.letters().len(), 1, "once: {:?}", desk.letters());
    assert!(desk.cases().is_empty());
    // the contact, with another company's book in answer to our letter
    desk.waits(30).receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let letter = desk.outbox().into_iter().find(|it| it.kind == "corrections").unwrap().message_id;
    let other = mails::from(HANAKO).replying(&letter).file("b.xlsx", form("complete-2")).id("3@k");
    desk.waits(5).receives(other.bytes()).settles();
    assert_eq!(desk.letters().last().unwrap(), "handed-over → hanako@kinoko.example.jp");
    assert!(!desk.letter("handed-over").text.contains("0001"));
    desk.balanced();
}

#[test]
fn a_domain_of_two_companies_speaks_for_none() {
    let mut desk = Desk::open();
    for (who, book) in [("甲 <a@cable.example.jp>", "faulty"), ("乙 <b@cable.example.jp>", "complete-2")] {
        desk.receives(mails::from(who).file("a.xlsx", form(book)).id(&format!("{book}@c")).bytes()).settles();
    }
    assert_eq!(desk.cases().len(), 2);
    let letter = desk.outbox().into_iter().find(|it| it.kind == "corrections").unwrap().message_id;
    let before = (desk.case(1), desk.letters().len());
    for (n, draft) in [
        vouched(mails::from("丙 <c@cable.example.jp>"), "cable.example.jp").replying(&letter),
        vouched(mails::from("丙 <c@cable.example.jp>"), "cable.example.jp"),
    ]
    .into_iter()
    .enumerate()
    {
        let draft = draft.file("x.xlsx", form("faulty-corrected")).id(&format!("{n}@evil"));
        desk.waits(30).receives(draft.bytes()).settles();
    }
    assert_eq!((desk.case(1).revision, desk.case(1).stage), (before.0.revision, before.0.stage));
    assert_eq!(held(&desk).len(), 2, "{:?}", desk.mails());
    // a Reply-To within the provider's domain is another's
    let asks =
        vouched(mails::from("甲 <a@cable.example.jp>"), "cable.example.jp").header("Reply-To", "c@cable.example.jp");
    let told = letters_to(&desk, "c@cable.example.jp");
    desk.waits(30).receives(asks.subject("質問").text("締切はいつですか。\n").id("q@c").bytes()).settles();
    assert_eq!(letters_to(&desk, "c@cable.example.jp"), told, "{:?}", desk.letters());
    desk.balanced();
}

#[test]
fn a_clock_of_another_year_keeps_no_mail_out() {
    let mut desk = Desk::open();
    let raw = String::from_utf8(mails::from(HANAKO).file("a.xlsx", form("faulty")).at("2016-01-01T00:00:00Z").bytes());
    let raw = raw.unwrap();
    desk.receives(format!("Received: from a by b; Fri, 12 Aug 2022 12:00:00 +0900\r\n{raw}")).settles();
    assert_eq!(desk.letters(), ["corrections → hanako@kinoko.example.jp"]);
    // an old one is counted
    let old = mails::from(YAMADA).at("2016-01-01T00:00:00Z").id("old@k").bytes();
    let old = String::from_utf8(old).unwrap();
    desk.receives(format!("Received: from a by b; Fri, 1 Jan 2016 12:00:00 +0900\r\n{old}")).settles();
    assert_eq!(desk.desk.store.account().unwrap().too_old, 1);
    assert!(desk.digest().contains("対象外 1"), "{}", desk.digest());
    desk.balanced();
}

#[test]
fn programs_of_the_office_are_not_answered_and_a_person_sees_them() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let letters = desk.letters().len();
    let recall = mails::from(HANAKO).subject("取り消し: 自己診断の提出");
    let recall = recall.text("小林花子 は、メッセージ \"自己診断の提出\" を取り消します。\n").id("2@k");
    desk.waits(5).receives(recall.bytes()).settles();
    let declined = mails::from(HANAKO).subject("辞退: 面談").text("参加を辞退いたします。\n").id("3@k").bytes();
    let declined = String::from_utf8(declined).unwrap();
    let kind = declined.lines().find(|it| it.to_ascii_lowercase().starts_with("content-type:")).unwrap().to_owned();
    let calendar = declined.replacen(&kind, "Content-Type: text/calendar; charset=utf-8; method=\"REPLY\"", 1);
    desk.waits(5).receives(calendar).settles();
    let receipt =
        mails::from(HANAKO).subject("開封済み: 修正のお願い").text("メッセージは開封されました。\n").id("4@k");
    desk.waits(5).receives(receipt.bytes()).settles();
    assert_eq!(desk.letters().len(), letters, "{:?}", desk.letters());
    let why: Vec<Option<String>> = desk.mails().into_iter().map(|it| it.why).collect();
    assert_eq!(why, [None, Some("recalled".to_owned()), Some("calendar".to_owned()), None], "{:?}", desk.mails());
    assert!(matches!(desk.case(1).stage, Stage::Correcting { .. }), "nobody has withdrawn");
    desk.balanced();
}
