//! A company that takes its application back.

use uketsuke::desk::case::Stage;

use crate::{
    desk::{Desk, form},
    mails,
    who::{HANAKO, held},
};

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
    assert!(desk.reopens(9).is_err());
    assert!(matches!(desk.reopens(1).unwrap(), (Stage::Correcting { .. }, 1)));
    assert!(desk.reopens(1).is_err(), "once");
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
