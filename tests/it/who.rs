//! Whose case a mail is, who may do what in it, and what a person has to say.

use uketsuke::{
    desk::case::{Number, Stage},
    run::Judge,
};

use crate::{
    desk::{Desk, form, sample},
    mails::{self, Draft},
};

const HANAKO: &str = "小林花子 <hanako@kinoko.example.jp>";
const YAMADA: &str = "山田 <yamada@kinoko.example.jp>";
const CONSULTANT: &str = "診断士 <mori@mori-consul.example.jp>";

fn vouched(draft: Draft, domain: &str) -> Draft {
    draft.header("Authentication-Results", &format!("mail.itc.example.jp; dmarc=pass header.from={domain}"))
}

/// What the command does.
fn admits(desk: &mut Desk, case: Option<u32>, address: &str, mail: Option<&str>, instead: bool) -> anyhow::Result<u32> {
    let it = &mut desk.desk;
    let judge = Judge { settings: &it.settings, rules: &it.rules, words: &it.words, sender: &it.sender };
    let unit = it.store.unit()?;
    let done = judge.admit(&unit, case.map(Number), address, mail, instead, desk.now)?;
    unit.commit()?;
    Ok(done.number.0)
}

fn held(desk: &Desk) -> Vec<(String, String)> {
    desk.desk.store.held_mails().unwrap().into_iter().map(|it| (it.why, it.proposed)).collect()
}

fn last_letter_to<'a>(letters: &'a [String], who: &str) -> &'a str {
    letters.iter().rev().find(|it| it.ends_with(who)).unwrap_or_else(|| panic!("nothing to {who}: {letters:?}"))
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
fn a_withdrawal_with_its_letter_enclosed_is_one() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let letter = desk.outbox()[0].message_id.clone();
    let leaves = mails::from(HANAKO).replying(&letter).subject("Re: 自己診断").id("2@k");
    let leaves = leaves.text("誠に勝手ながら、参加を辞退いたします。辞退届を添付いたします。\n");
    desk.waits(5).receives(leaves.file("辞退届.pdf", b"%PDF-1.4\n%%EOF\n".to_vec()).bytes()).settles();
    assert!(matches!(desk.case(1).stage, Stage::Withdrawn { .. }), "{:?}", desk.letters());
    desk.balanced();
}

#[test]
fn a_withdrawal_is_confirmed_and_can_be_undone() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let letter = desk.outbox()[0].message_id.clone();
    let leaves = |id: &str, at: &'static str| {
        mails::from(HANAKO).subject("辞退のご連絡").text("誠に勝手ながら、参加を辞退いたします。\n").id(id).at(at)
    };
    desk.waits(5).receives(leaves("2@k", "2022-08-12T04:00:00Z").bytes()).settles();
    assert_eq!(held(&desk), [("unsure-withdrawal".to_string(), "0001".to_string())], "an address alone can be forged");
    assert!(matches!(desk.case(1).stage, Stage::Correcting { .. }));
    desk.waits(70).receives(leaves("3@k", "2022-08-12T05:10:00Z").replying(&letter).bytes()).settles();
    assert!(matches!(desk.case(1).stage, Stage::Withdrawn { .. }));
    let said = desk.letter("withdrawn");
    assert!(
        said.text.contains("取り下げを承りました")
            && said.text.contains("0001")
            && said.text.contains("ご返信ください")
    );
    assert!(desk.digest().contains("取り下げのご連絡"), "{}", desk.digest());
    let undo = mails::from(HANAKO).subject("Re: 取り下げ").text("先日のご連絡は手違いでした。参加を続けたいです。\n");
    desk.waits(5).receives(undo.id("4@k").bytes()).settles();
    assert_eq!(desk.letters().last().unwrap(), "handed-over → hanako@kinoko.example.jp");
    let it = &mut desk.desk;
    let judge = Judge { settings: &it.settings, rules: &it.rules, words: &it.words, sender: &it.sender };
    let unit = it.store.unit().unwrap();
    assert!(judge.reopen(&unit, Number(9), desk.now).is_err());
    assert!(matches!(judge.reopen(&unit, Number(1), desk.now).unwrap(), (Stage::Correcting { .. }, 1)));
    assert!(judge.reopen(&unit, Number(1), desk.now).is_err(), "once");
    unit.commit().unwrap();
    let goes_on = mails::from(HANAKO).file("a.xlsx", form("faulty-corrected")).id("5@k");
    desk.waits(5).receives(goes_on.bytes()).settles();
    assert_eq!(desk.letters().last().unwrap(), "complete → hanako@kinoko.example.jp");
    desk.balanced();
}

#[test]
fn a_withdrawal_with_an_advisor_and_a_question_about_it_are_a_persons_business() {
    let mut desk = Desk::open();
    desk.receives_sample("01-outlook-complete").settles();
    let online = |it: &&uketsuke::desk::rules::Advisor| it.methods.contains(&uketsuke::desk::reading::Method::Online);
    let advisor = desk.desk.rules.advisors.iter().find(online).unwrap().id.clone();
    desk.assigns(1, &advisor).unwrap();
    desk.settles();
    let suzuki = "鈴木 一郎 <suzuki@hitachi-seiko.example.jp>";
    let letter = desk.outbox()[0].message_id.clone();
    for (n, text) in
        ["取り下げる場合の手続きを教えてください。\n", "やはり参加を辞退いたします。\n"].into_iter().enumerate()
    {
        let mail = mails::from(suzuki).subject("辞退について").replying(&letter).text(text).id(&format!("{n}@h"));
        desk.waits(5).receives(mail.bytes()).settles();
    }
    assert!(matches!(desk.case(1).stage, Stage::Proposed { .. }));
    assert_eq!(desk.letters().iter().filter(|it| it.starts_with("handed-over")).count(), 1, "{:?}", desk.letters());
    assert_eq!(desk.mails().iter().filter(|it| it.outcome.as_deref() == Some("to-secretariat")).count(), 2);
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
    let config = desk.dir.join("config");
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_uketsuke"));
        let done = command.arg("--config").arg(&config).args(arguments).output().unwrap();
        (done.status.code(), String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned())
    };
    let (code, listed) = run(&["contact"]);
    assert!(code == Some(0) && listed.contains("yamada@kinoko.example.jp") && listed.contains("0001"), "{listed}");
    for wrong in
        [&["contact", "7", "x@kinoko.example.jp"][..], &["contact", "1", "nobody"], &["reopen", "1"], &["contact", "1"]]
    {
        assert_eq!(run(wrong).0, Some(2), "{wrong:?}");
    }
    let (code, said) = run(&["contact", "1", "yamada@kinoko.example.jp"]);
    assert!(code == Some(0) && said.contains("1 held mails"), "{said}");
    desk.settles();
    assert_eq!(desk.letters().last().unwrap(), "complete → yamada@kinoko.example.jp");
    assert!(run(&["contact"]).1.contains("No mail is held"));
    desk.balanced();
}

fn letters_to(desk: &Desk, who: &str) -> usize {
    desk.letters().iter().filter(|it| it.ends_with(who)).count()
}

fn journal(desk: &Desk, number: u32) -> String {
    let lines = desk.desk.store.journal(Number(number)).unwrap();
    lines.into_iter().map(|it| it.line).collect::<Vec<_>>().join("\n")
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
        assert!(journal(&desk, 1).contains("names another contact"), "{}", journal(&desk, 1));
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
    let (settings, now) = (desk.desk.settings.clone(), desk.now);
    let unit = desk.desk.store.unit().unwrap();
    let judge = uketsuke::run::Judge {
        settings: &settings,
        rules: &desk.desk.rules,
        words: &desk.desk.words,
        sender: &desk.desk.sender,
    };
    let (stage, letters) = judge.reopen(&unit, uketsuke::desk::case::Number(1), now).unwrap();
    assert_eq!((stage, letters), (before.clone(), 0), "findings and rounds as before");
    unit.commit().unwrap();
    // a person speaks with the company: nothing is written, nothing changes
    let db = rusqlite::Connection::open(desk.dir.join("state/uketsuke.sqlite")).unwrap();
    db.execute_batch("UPDATE cases SET muted = 1, muted_at = 1").unwrap();
    desk.waits(5).receives(mails::from(HANAKO).text(says).id("3@k").bytes()).settles();
    assert_eq!((desk.case(1).stage, desk.post().len()), (before, sent));
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
fn an_address_that_is_taken_away_loses_its_rung_at_once() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let letter = desk.outbox()[0].message_id.clone();
    desk.waits(5).receives(mails::from(YAMADA).file("b.xlsx", form("faulty-corrected")).id("2@k").bytes()).settles();
    admits(&mut desk, Some(1), "yamada@kinoko.example.jp", None, true).unwrap();
    desk.settles();
    let contact = desk.case(1).contact;
    assert_eq!((contact.name.as_str(), contact.address.as_str()), ("山田", "yamada@kinoko.example.jp"));
    let config = desk.dir.join("config");
    let run = |arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_uketsuke"));
        command.arg("--config").arg(&config).args(arguments).output().unwrap().status.code()
    };
    assert_eq!(run(&["contact", "1", "yamada@kinoko.example.jp", "--remove"]), Some(2), "letters go there");
    assert_eq!(run(&["contact", "1", "x@kinoko.example.jp", "--remove"]), Some(2), "not known");
    assert_eq!(run(&["contact", "1", "Hanako@kinoko.example.jp", "--remove"]), Some(0));
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
