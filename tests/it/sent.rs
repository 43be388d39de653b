//! The Sent folder: what people answer by themselves is not answered again.

use std::fs;

use uketsuke::desk::case::Stage;

use crate::{
    desk::{Desk, form},
    mails,
    rounds::{TARO, filled},
};

const HANAKO: &str = "小林花子 <hanako@kinoko.example.jp>";
const OFFICE: &str = "事務局 佐々木 <nw@itc.or.jp>";

/// A person of the office writes; the mail lies in the Sent folder.
pub fn writes(desk: &mut Desk, name: &str, to: &str, subject: &str, answers: Option<&str>) {
    writes_with(desk, name, to, subject, answers, "");
}

fn writes_with(desk: &mut Desk, name: &str, to: &str, subject: &str, answers: Option<&str>, headers: &str) {
    let folder = desk.dir.join("inbox/.Sent");
    for part in ["new", "cur", "tmp"] {
        fs::create_dir_all(folder.join(part)).unwrap();
    }
    let thread = answers.map(|it| format!("In-Reply-To: <{it}>\r\nReferences: <{it}>\r\n")).unwrap_or_default();
    let raw = format!(
        "From: {OFFICE}\r\nTo: {to}\r\nSubject: {subject}\r\nDate: Fri, 12 Aug 2022 18:00:00 +0900\r\n\
         Message-ID: <{name}@office.example.jp>\r\n{thread}{headers}MIME-Version: 1.0\r\n\
         Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nお電話の件、承知いたしました。\r\n"
    );
    fs::write(folder.join("cur").join(format!("{name}:2,S")), raw).unwrap();
}

fn approving() -> Desk {
    Desk::with(|it| it.replace("sending = \"auto\"", "sending = \"approve\""))
}

fn settling() -> Desk {
    Desk::with(|it| it.replace("settling_minutes = 0", "settling_minutes = 3"))
}

fn submission(id: &str) -> Vec<u8> {
    mails::from(HANAKO).file("a.xlsx", form("faulty")).id(id).bytes()
}

fn states(desk: &Desk) -> Vec<(String, String)> {
    desk.outbox().into_iter().filter(|it| it.kind != "digest").map(|it| (it.kind, it.state)).collect()
}

#[test]
fn a_persons_answer_lands_in_its_case_cancels_what_waits_and_mutes_until_released() {
    let mut desk = approving();
    desk.receives(submission("1@k")).settles();
    assert_eq!(states(&desk), [("corrections".to_string(), "waiting".to_string())]);
    writes(&mut desk, "one", "hanako@kinoko.example.jp", "Re: submission", Some("1@k"));
    desk.settles();
    assert_eq!(states(&desk), [("corrections".to_string(), "superseded".to_string())]);
    assert!(desk.case(1).muted);
    assert!(desk.journal(1).contains("a person answered; 1 waiting letters cancelled"), "{}", desk.journal(1));
    let kept = desk.desk.store.sent_lines(uketsuke::desk::case::Number(1)).unwrap();
    assert_eq!(kept.len(), 1);
    assert!(desk.desk.store.raw(&kept[0].sha256).unwrap().starts_with(b"From: "));
    let digest = desk.digest();
    assert!(
        digest.contains("[0001]") && digest.contains("担当者が直接やりとりしています（8/12 17:00から）"),
        "{digest}"
    );
    assert!(digest.contains("送信済みで見えたメール 1 ＝ 担当者の返信 1"), "{digest}");
    // the company's next mail is taken in, and nothing is written
    let second = mails::from(HANAKO).file("a.xlsx", form("faulty-corrected")).id("2@k").bytes();
    desk.waits(60).receives(second).settles();
    assert_eq!(states(&desk).len(), 1);
    assert_eq!((desk.case(1).revision, desk.case(1).muted), (2, true));
    assert!(matches!(desk.case(1).stage, Stage::Offering { .. }), "{:?}", desk.case(1).stage);
    let store = &mut desk.desk.store;
    let now = desk.now;
    assert!(store.set_muted(uketsuke::desk::case::Number(1), false, now).unwrap());
    assert!(!store.set_muted(uketsuke::desk::case::Number(1), false, now).unwrap(), "once is enough");
    let third = mails::from(HANAKO).subject("日程").text("オンライン希望、8/29 13:00-16:00。\n").id("3@k").bytes();
    desk.waits(60).receives(third).settles();
    assert_eq!(states(&desk).last().unwrap(), &("noted".to_string(), "waiting".to_string()));
    assert!(!desk.digest().contains("担当者が直接"));
    desk.balanced();
    assert!(desk.desk.store.sent_account().unwrap().balanced());
}

#[test]
fn an_answer_written_while_a_mail_settles_wins_with_a_restart_between() {
    for crash in [false, true] {
        let mut desk = settling();
        desk.receives(submission("1@k")).settles();
        writes(&mut desk, "one", "Hanako <Hanako@Kinoko.example.jp>", "Re: x", Some("1@k"));
        desk.waits(1).settles();
        if crash {
            desk.crashes();
        }
        desk.waits(5).settles();
        assert!(desk.letters().is_empty(), "{:?}", desk.letters());
        assert_eq!((desk.case(1).muted, desk.case(1).revision), (true, 1));
        assert_eq!(desk.desk.store.sent_lines(uketsuke::desk::case::Number(1)).unwrap().len(), 1);
        assert_eq!(desk.mails()[0].outcome.as_deref(), Some("recorded"));
        desk.balanced();
    }
}

#[test]
fn an_answer_that_comes_between_decision_and_dispatch_wins() {
    let mut desk = Desk::open();
    desk.settles();
    desk.receives(submission("1@k")).takes_in();
    while desk.processes().unwrap() == uketsuke::run::Step::Did {}
    assert_eq!(states(&desk), [("corrections".to_string(), "due".to_string())]);
    writes(&mut desk, "one", "hanako@kinoko.example.jp", "Re: x", Some("1@k"));
    desk.dispatches();
    assert_eq!(states(&desk), [("corrections".to_string(), "superseded".to_string())]);
    assert!(desk.post().is_empty());
}

#[test]
fn an_answer_to_our_letter_or_a_new_mail_with_the_receipt_number_counts() {
    for fresh in [false, true] {
        let mut desk = Desk::open();
        desk.receives(submission("1@k")).settles();
        let letter = desk.outbox()[0].message_id.clone();
        let subject = if fresh { "受付番号 0001 の件" } else { "hello" };
        writes(&mut desk, "one", "hanako@kinoko.example.jp", subject, (!fresh).then_some(letter.as_str()));
        desk.settles();
        assert!(desk.case(1).muted);
        // the company answers the person: it is the same case
        let answer = mails::from("経理 <keiri@kinoko.example.jp>")
            .subject("Re: hello")
            .text("ありがとうございます。質問ですが、締切はいつですか。\n");
        desk.waits(60).receives(answer.replying("one@office.example.jp").id("2@k").bytes()).settles();
        assert_eq!(desk.mails()[1].case_number, Some(1));
        assert_eq!(desk.letters().len(), 1);
        desk.balanced();
    }
}

#[test]
fn a_notice_written_singly_to_each_contact_mutes_nobody() {
    let mut desk = approving();
    desk.receives(submission("1@k")).settles();
    writes(&mut desk, "notice", "hanako@kinoko.example.jp", "セミナーのご案内", None);
    desk.settles();
    assert_eq!((desk.case(1).muted, states(&desk)[0].1.as_str()), (false, "waiting"));
    assert!(desk.journal(1).contains("in answer to nothing"), "{}", desk.journal(1));
    let answer = mails::from("経理 <keiri@kinoko.example.jp>").subject("Re: セミナーのご案内").text("質問です。\n");
    desk.waits(60).receives(answer.replying("notice@office.example.jp").id("2@k").bytes()).settles();
    assert_eq!(desk.mails()[1].case_number, Some(1), "what answers it is found");
    desk.balanced();
}

#[test]
fn a_first_look_that_did_not_end_is_a_first_look_again() {
    let mut desk = Desk::open();
    desk.receives(submission("1@k")).takes_in();
    while desk.processes().unwrap() == uketsuke::run::Step::Did {}
    writes(&mut desk, "one", "hanako@kinoko.example.jp", "Re: x", Some("1@k"));
    desk.while_failing("INSERT ON sent_seen", |desk| assert!(desk.tries_to_settle().is_err()));
    desk.crashes().settles();
    assert!(!desk.case(1).muted);
    assert_eq!(states(&desk), [("corrections".to_string(), "sent".to_string())]);
}

#[test]
fn another_sent_folder_is_looked_at_for_the_first_time() {
    let mut desk = approving();
    desk.receives(submission("1@k")).settles();
    let inbox = desk.dir.join("inbox");
    writes(&mut desk, "one", "hanako@kinoko.example.jp", "Re: x", Some("1@k"));
    fs::rename(inbox.join(".Sent"), inbox.join(".Archive")).unwrap();
    let main = crate::desk::main_file(&desk.dir).replace("since = ", "sent = \"Archive\"\nsince = ");
    crate::desk::write_config(&desk.dir, &main.replace("sending = \"auto\"", "sending = \"approve\""));
    desk.crashes().settles();
    assert_eq!((desk.case(1).muted, states(&desk)[0].1.as_str()), (false, "waiting"));
    // what comes into it from now on counts
    fs::rename(inbox.join(".Archive"), inbox.join(".Sent")).unwrap();
    writes(&mut desk, "two", "hanako@kinoko.example.jp", "Re: x", Some("1@k"));
    fs::rename(inbox.join(".Sent"), inbox.join(".Archive")).unwrap();
    desk.settles();
    assert!(desk.case(1).muted);
}

#[test]
fn what_is_no_answer_mutes_nobody() {
    let mut desk = approving();
    desk.receives(submission("1@k")).settles();
    desk.receives(mails::from(TARO).file("a.xlsx", filled(&[("4-2", "")])).id("1@saku").bytes()).settles();
    // forwarded to an advisor: it answers nobody of the case
    writes(&mut desk, "forwarded", "advisor@itc.example.jp", "Fwd: x", Some("1@k"));
    // an announcement to several companies
    writes(&mut desk, "all", "hanako@kinoko.example.jp, taro@saku-mokkou.example.jp", "notice", None);
    // somebody else's business
    writes(&mut desk, "other", "vendor@shop.example.jp", "Re: invoice", Some("invoice@shop.example.jp"));
    // a letter of ours whose Message-ID a relay changed
    writes_with(
        &mut desk,
        "ours",
        "hanako@kinoko.example.jp",
        "Re: x",
        Some("1@k"),
        "Auto-Submitted: auto-replied\r\n",
    );
    desk.settles();
    assert!(desk.cases().iter().all(|it| !it.muted));
    assert!(states(&desk).iter().all(|(_, state)| state == "waiting"), "{:?}", states(&desk));
    let account = desk.desk.store.sent_account().unwrap();
    assert_eq!((account.seen, account.other, account.ours, account.answers), (4, 3, 1, 0));
}

#[test]
fn our_own_letters_in_the_sent_folder_are_ours() {
    let mut desk = Desk::open();
    desk.receives(submission("1@k")).settles();
    let letter = desk.letter("corrections");
    fs::create_dir_all(desk.dir.join("inbox/.Sent/cur")).unwrap();
    fs::write(desk.dir.join("inbox/.Sent/cur/copy:2,S"), letter.raw).unwrap();
    desk.settles();
    assert!(!desk.case(1).muted);
    assert_eq!(desk.desk.store.sent_account().unwrap().ours, 1);
}

#[test]
fn what_was_sent_before_the_first_start_takes_over_nothing_and_is_not_answered_again() {
    let mut desk = Desk::open();
    writes(&mut desk, "one", "hanako@kinoko.example.jp", "Re: x", Some("1@k"));
    desk.receives(submission("1@k")).settles();
    assert!(desk.letters().is_empty(), "a person answered it already: {:?}", desk.letters());
    let mut desk = Desk::open();
    writes(&mut desk, "one", "hanako@kinoko.example.jp", "about something else", None);
    desk.settles();
    desk.receives(submission("1@k")).settles();
    assert_eq!((desk.letters().len(), desk.case(1).muted), (1, false));
    desk.balanced();
}

#[test]
fn a_question_of_a_stranger_that_a_person_answered_is_left_alone() {
    let mut desk = settling();
    let question = mails::from("山田 <yamada@new.example.jp>").subject("自己診断の提出期限について");
    desk.receives(question.text("DX推進指標の自己診断について質問です。締切はいつですか。\n").id("q@new").bytes())
        .settles();
    writes(&mut desk, "one", "yamada@new.example.jp", "Re: x", Some("q@new"));
    desk.waits(5).settles();
    assert!(desk.letters().is_empty() && desk.cases().is_empty(), "{:?}", desk.letters());
    assert_eq!(desk.mails()[0].outcome.as_deref(), Some("recorded"));
    desk.balanced();
}

#[test]
fn a_letter_that_is_being_tried_is_not_touched() {
    let mut desk = Desk::open();
    desk.receives(submission("1@k")).takes_in();
    while desk.processes().unwrap() == uketsuke::run::Step::Did {}
    let due = desk.desk.store.take_due(desk.now).unwrap().unwrap();
    writes(&mut desk, "one", "hanako@kinoko.example.jp", "Re: x", Some("1@k"));
    desk.tries_to_settle().unwrap();
    let line = desk.outbox().into_iter().find(|it| it.id == due.id).unwrap();
    assert_ne!(line.state, "superseded");
}

#[test]
fn an_answer_that_is_too_big_is_judged_by_its_header() {
    let mut desk = Desk::with(|it| {
        let it = it.replace("sending = \"auto\"", "sending = \"approve\"");
        it.replace("since = ", "max_mail_bytes = 50000\nsince = ")
    });
    let question = mails::from(HANAKO).text("自己診断フォーマットを提出します。\n").id("1@k").bytes();
    desk.receives(question).settles();
    assert_eq!(states(&desk)[0].1, "waiting");
    writes(&mut desk, "big", "hanako@kinoko.example.jp", "Re: x", Some("1@k"));
    writes(&mut desk, "else", "vendor@shop.example.jp", "x", None);
    for name in ["big", "else"] {
        let path = desk.dir.join(format!("inbox/.Sent/cur/{name}:2,S"));
        let raw = [fs::read(&path).unwrap(), vec![b'x'; 60_000]].concat();
        fs::write(path, raw).unwrap();
    }
    desk.settles();
    assert_eq!((desk.case(1).muted, states(&desk)[0].1.as_str()), (true, "superseded"));
    let account = desk.desk.store.sent_account().unwrap();
    assert_eq!((account.seen, account.answers, account.not_taken), (2, 1, 1));
    assert!(account.balanced());
}

#[test]
fn a_look_asks_for_what_is_new_and_forgets_nothing_that_is_pending() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = uketsuke::ports::store::Store::open(&folder.path().join("state")).unwrap();
    let now = crate::desk::OPENING.parse().unwrap();
    let uids = |from: u32, to: u32| (from..=to).map(|it| it.to_string()).collect::<Vec<String>>();
    assert_eq!(store.highest_sent("Sent", "7").unwrap(), None);
    let open = store.see_sent(("Sent", "7"), &uids(1, 120), "x", now).unwrap();
    assert_eq!((open.len(), open[0].uid.as_str(), open[0].old), (120, "120", true), "the newest of the old ones first");
    assert_eq!(store.highest_sent("Sent", "7").unwrap(), Some(120));
    let open = store.see_sent(("Sent", "7"), &uids(121, 122), "x", now).unwrap();
    let first: Vec<(&str, bool)> = open.iter().take(3).map(|it| (it.uid.as_str(), it.old)).collect();
    assert_eq!((open.len(), first), (122, vec![("121", false), ("122", false), ("120", true)]));
    assert_eq!(store.see_sent(("Sent", "7"), &[], "x", now).unwrap().len(), 122, "an empty look forgets nothing");
    assert_eq!(store.highest_sent("Sent", "8").unwrap(), None, "another UIDVALIDITY begins anew");
}
