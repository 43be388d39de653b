//! What the secretariat sees and orders: each line of the report is true at its moment, each order does one thing.

use std::{fs, process::Command};

use serde_json::Value;
use uketsuke::{
    desk::case::{Number, Stage},
    run::status::Status,
};

use crate::{
    bounces::{notification, with_letter},
    desk::{Desk, form},
    mails,
    rounds::{TARO, filled, sends},
    sent::writes,
};

const HANAKO: &str = "小林花子 <hanako@kinoko.example.jp>";
const ADDRESS: &str = "hanako@kinoko.example.jp";

fn approving() -> Desk {
    Desk::with(|it| it.replace("sending = \"auto\"", "sending = \"approve\""))
}

fn rounds(desk: &Desk) -> u32 {
    match desk.case(1).stage {
        Stage::Correcting { rounds, .. } => rounds,
        other => panic!("{other:?}"),
    }
}

fn sql(desk: &Desk, text: &str) {
    rusqlite::Connection::open(desk.dir.join("state/uketsuke.sqlite")).unwrap().execute_batch(text).unwrap();
}

#[test]
fn what_came_back_goes_again_when_its_address_is_cleared() {
    let (mut desk, id) = with_letter();
    desk.receives(notification(&id, ADDRESS, "5.1.1", "b1")).settles();
    assert_eq!(desk.to_do().matches(ADDRESS).count(), 1, "one thing is told once: {}", desk.to_do());
    let (now, sender) = (desk.now, desk.desk.sender.clone());
    let done = desk.desk.store.revive(ADDRESS, false, &sender, now).unwrap().unwrap();
    assert_eq!((done.released, done.again), (0, 1));
    desk.settles();
    let post = desk.post();
    assert_eq!(post.len(), 2);
    assert_eq!((&post[0].text, &post[0].subject, &post[0].html), (&post[1].text, &post[1].subject, &post[1].html));
    let again = desk.outbox().into_iter().rfind(|it| it.kind != "digest").unwrap();
    assert_ne!(again.message_id, id);
    assert!(post[1].raw.contains(&format!("Message-ID: <{}>", again.message_id)) && !post[1].raw.contains(&id));
    assert_eq!(post[1].raw.matches("\r\nDate: ").count() + post[1].raw.matches("\r\nTo: ").count(), 2);
    assert!(desk.journal(1).contains("goes again as letter"), "{}", desk.journal(1));
    assert!(!desk.to_do().contains(ADDRESS), "{}", desk.to_do());
    // it comes back again: marked anew, and goes once more only by another order
    let second = again.message_id.clone();
    desk.receives(notification(&second, ADDRESS, "5.1.1", "b2")).settles();
    assert!(desk.to_do().contains("宛先に届きません"));
    assert_eq!((desk.post().len(), rounds(&desk)), (2, 1));
    desk.balanced();
}

#[test]
fn what_came_back_goes_to_the_other_address_that_a_person_names() {
    let (mut desk, id) = with_letter();
    desk.receives(notification(&id, ADDRESS, "5.1.1", "b1")).settles();
    let (code, said) = desk.runs(&["contact", "1", "tanaka@kinoko.example.jp", "--instead", "--json"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(serde_json::from_str::<Value>(&said).unwrap()["again"], 1);
    let last = desk.outbox().pop().unwrap();
    assert_eq!((last.recipient.as_str(), last.state.as_str()), ("tanaka@kinoko.example.jp", "due"));
    desk.now = "2100-01-01T00:00:00Z".parse().unwrap();
    desk.settles();
    let letter = desk.post().pop().unwrap();
    assert!(letter.raw.contains("To: tanaka@kinoko.example.jp") && !letter.raw.contains(ADDRESS));
    assert!(!desk.to_do().contains("宛先に届きません"), "nobody writes there any more: {}", desk.to_do());
}

#[test]
fn naming_another_address_goes_round_neither_approval_nor_a_person() {
    for muted in [false, true] {
        let (mut desk, id) = with_letter();
        desk.receives(notification(&id, ADDRESS, "5.1.1", "b1")).settles();
        desk.waits(60)
            .receives(mails::from(HANAKO).file("b.xlsx", form("faulty-corrected")).id("2@k").bytes())
            .settles();
        let held: Vec<i64> = desk.outbox().iter().filter(|it| it.state == "waiting").map(|it| it.id).collect();
        assert_eq!(held.len(), 1, "a letter that nobody has approved waits for the address");
        if muted {
            sql(&desk, "UPDATE cases SET muted = 1, muted_at = 1");
        }
        let config = desk.dir.join("config/uketsuke.toml");
        let text = fs::read_to_string(&config).unwrap().replace("sending = \"auto\"", "sending = \"approve\"");
        fs::write(&config, text).unwrap();
        let before = desk.outbox().len();
        let (code, said) = desk.runs(&["contact", "1", "tanaka@kinoko.example.jp", "--instead", "--json"]);
        assert_eq!(code, 0, "{said}");
        let new: Vec<String> = desk.outbox().into_iter().skip(before).map(|it| it.state).collect();
        let expected: &[&str] = if muted { &[] } else { &["waiting"] };
        assert_eq!(new, expected, "muted: {muted}");
    }
}

#[test]
fn a_colleagues_address_that_returned_a_letter_is_told_though_another_got_one() {
    let (mut desk, id) = with_letter();
    desk.receives(notification(&id, ADDRESS, "5.1.1", "b1"));
    sql(&desk, "UPDATE cases SET contact_address = 'other@kinoko.example.jp'");
    desk.settles();
    sql(
        &desk,
        "INSERT INTO letters (cause, kind, case_number, recipient, message_id, subject, bytes, state, due_at, made_at, released_at)
         SELECT 'mail/x', 'handed-over', case_number, 'other@kinoko.example.jp', 'x@desk', 's', x'00', 'sent', 9, 9, 9
         FROM letters WHERE case_number = 1 LIMIT 1",
    );
    assert!(desk.to_do().contains(ADDRESS) || desk.to_do().contains("b1"), "{}", desk.to_do());
}

#[test]
fn a_letter_goes_again_or_never_as_a_person_says() {
    let mut desk = approving();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let number = desk.outbox()[0].id.to_string();
    assert_eq!(desk.runs(&["letters", "reject", &number]).0, 0);
    assert_eq!(desk.runs(&["letters", "reject", &number]).0, 2, "it does not wait any more");
    assert_eq!(desk.runs(&["approve", &number]).0, 2);
    assert_eq!(desk.outbox()[0].state, "superseded");
    assert!(desk.journal(1).contains("rejected by the secretariat"));
    assert!(desk.digest().contains("お願いの手紙はまだお送りしていません"), "{}", desk.digest());
    let (code, said) = desk.runs(&["letters", "again", &number, "--json"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(desk.outbox().pop().unwrap().state, "due", "ordered by a person, it needs no approval");
    assert_eq!(rounds(&desk), 1);
    let new = serde_json::from_str::<Value>(&said).unwrap()["again"].to_string();
    assert_eq!(desk.runs(&["letters", "again", &new]).0, 2, "it is on its way");
    assert_eq!(desk.runs(&["letters", "again", "99"]).0, 2);
    assert_eq!(desk.runs(&["letters", "again", &number, "--to", "no address"]).0, 2);
}

#[test]
fn a_round_is_a_letter_that_went() {
    let mut desk = approving();
    for n in 1..4 {
        sends(&mut desk, n, "自己診断を提出します。\n", filled(&[("4-2", ""), ("6", &format!("2.{n}"))]));
        assert_eq!(rounds(&desk), 0, "nothing was sent");
    }
    let digest = desk.digest();
    assert!(digest.contains("お願いの手紙が承認を待っています（2 か所）"), "{digest}");
    assert!(!digest.contains("修正をお願いしています") && !digest.contains("お電話をお願いします"), "{digest}");
    let waiting = desk.outbox().into_iter().find(|it| it.state == "waiting").unwrap();
    assert_eq!(waiting.kind, "corrections", "nobody is called who was never asked");
    let now = desk.now;
    assert!(desk.desk.store.approve(waiting.id, now).unwrap());
    desk.settles();
    assert_eq!(rounds(&desk), 1);
    let digest = desk.digest();
    assert!(digest.contains("修正をお願いしています（2 か所、1 回目）") && !desk.to_do().contains("承認"), "{digest}");
}

#[test]
fn what_comes_while_a_person_speaks_is_no_round() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, "自己診断を提出します。\n", filled(&[("4-2", "")]));
    let now = desk.now;
    desk.desk.store.set_muted(Number(1), true, now).unwrap();
    for n in 2..5 {
        sends(&mut desk, n, "修正しました。\n", filled(&[("4-2", &format!("2.{n}"))]));
    }
    assert_eq!((rounds(&desk), desk.post().len()), (1, 1));
    assert!(!desk.to_do().contains("お電話をお願いします"), "{}", desk.to_do());
}

#[test]
fn a_question_that_a_person_answered_is_told_no_more() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, "自己診断を提出します。\n", filled(&[("4-2", "")]));
    let asks =
        mails::from(TARO).subject("質問").text("提出期限を延ばしていただくことは可能でしょうか？\n").id("q@saku");
    desk.waits(60).receives(asks.bytes()).settles();
    assert!(desk.to_do().contains("問い合わせ"), "{}", desk.to_do());
    // an answer to somebody else is none
    writes(&mut desk, "fwd", "sensei@advice.example.jp", "Fwd: 質問", Some("q@saku"));
    desk.settles();
    assert!(desk.to_do().contains("問い合わせ"), "{}", desk.to_do());
    writes(&mut desk, "re", "taro@saku-mokkou.example.jp", "Re: 質問", Some("q@saku"));
    desk.settles();
    assert!(!desk.to_do().contains("問い合わせ"), "{}", desk.to_do());
    assert!(desk.to_do().contains("担当者が直接やりとりしています"));
}

#[test]
fn what_the_desk_itself_waits_for_is_nobodys_task() {
    let mut desk = Desk::open();
    let locked = fs::read(format!("{}/tests/formats/agile-2010.xlsx", env!("CARGO_MANIFEST_DIR"))).unwrap();
    desk.receives(
        mails::from(TARO).text("提出します。パスワードは別途お送りします。\n").file("自己診断.xlsx", locked).bytes(),
    );
    desk.settles();
    let digest = desk.digest();
    assert!(digest.contains("■ 受付システムが待っているもの（1 件）"), "{digest}");
    assert!(!desk.to_do().contains("パスワード"), "{digest}");
    desk.waits(4 * 60).settles();
    assert!(!desk.digest().contains("受付システムが待っているもの"), "{}", desk.digest());
}

#[test]
fn what_lies_in_the_inbox_for_a_person_is_told_until_it_is_moved() {
    let mut desk = Desk::with(|it| it.replace("since = ", "max_mail_bytes = 60000\nsince = "));
    let other = mails::from("a <a@news.example>").subject("お得な情報").text("本日限りのセールです。\n").bytes();
    let big = mails::from(TARO).file("a.bin", vec![7; 200_000]).bytes();
    desk.receives(other).receives(big).settles();
    sql(&desk, "UPDATE seen SET filing = 'stuck' WHERE fate = 'kept'");
    let told = desk.to_do();
    assert!(told.contains("移せなかったメール") && told.contains("大きすぎて"), "{told}");
    let status = |desk: &Desk| {
        Status::of(&desk.desk.store, &desk.desk.settings, &desk.desk.rules.programme, desk.now).unwrap().for_a_person
    };
    assert_eq!((status(&desk).get("stuck"), status(&desk).get("not-taken")), (Some(&1), Some(&1)));
    for part in ["new", "cur"] {
        for file in fs::read_dir(desk.dir.join("inbox").join(part)).unwrap() {
            fs::remove_file(file.unwrap().path()).unwrap();
        }
    }
    desk.settles();
    let told = desk.to_do();
    assert!(!told.contains("移せなかったメール") && !told.contains("大きすぎて"), "{told}");
    assert!(status(&desk).is_empty(), "{:?}", status(&desk));
    desk.balanced();
}

#[test]
fn a_mail_that_was_set_aside_is_read_again() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).id("1@k").bytes()).takes_in();
    let (now, sha256) = (desk.now, desk.mails()[0].sha256.clone());
    desk.desk.store.set_aside(&sha256, "the reader was killed", now).unwrap();
    let id = &sha256[..12];
    assert!(
        desk.to_do().contains(&format!("、{id}）")) && desk.to_do().contains("uketsuke reread"),
        "{}",
        desk.to_do()
    );
    let (code, said) = desk.runs(&["status"]);
    assert!(code == 1 && said.contains(id) && said.contains("set-aside"), "{said}");
    assert_eq!(desk.runs(&["reread", "000000000000"]).0, 2);
    assert_eq!(desk.runs(&["reread", id]).0, 0);
    assert!(desk.journal(0).contains("to be read again"));
    assert_eq!(desk.runs(&["reread", id]).0, 2, "it is not set aside any more");
    desk.settles();
    assert_eq!(desk.letters(), ["corrections → hanako@kinoko.example.jp"]);
    assert!(!desk.to_do().contains(id));
    desk.balanced();
}

#[test]
fn a_mail_set_aside_that_a_person_answered_is_told_no_more() {
    let mut desk = Desk::open();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).id("1@k").bytes()).takes_in();
    let (now, sha256) = (desk.now, desk.mails()[0].sha256.clone());
    desk.desk.store.set_aside(&sha256, "the reader was killed", now).unwrap();
    writes(&mut desk, "re", ADDRESS, "Re: a", Some("1@k"));
    desk.settles();
    assert!(!desk.to_do().contains("取り置いた"), "{}", desk.to_do());
}

#[test]
fn a_reopened_case_is_told_to_its_company_with_what_is_missing() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, "自己診断を提出します。\n", filled(&[("4-2", "")]));
    let letter = desk.outbox()[0].message_id.clone();
    let withdraws = mails::from(TARO).subject("Re: 自己診断").replying(&letter);
    let text = "社内で検討した結果、今回の参加を辞退いたします。\n";
    desk.waits(60).receives(withdraws.text(text).id("w@saku").bytes()).settles();
    assert!(matches!(desk.case(1).stage, Stage::Withdrawn { .. }));
    assert!(desk.to_do().contains("取り下げのご連絡"));
    desk.waits(60).reopens(1).unwrap();
    desk.settles();
    let letter = desk.letter("reopened");
    for said in ["あらためて有効といたしました", "4-2 KPI", "アドバイス方式", "受付番号：0001"]
    {
        assert!(letter.text.contains(said), "{said}: {}", letter.text);
    }
    assert!(letter.html.contains("4-2") && letter.subject.contains("0001"));
    assert!(!desk.to_do().contains("取り下げのご連絡"), "{}", desk.to_do());
    assert_eq!(rounds(&desk), 1, "it is no round");
}

#[test]
fn a_letter_given_up_is_told_until_it_goes_again() {
    let mut desk = approving();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    let (now, id) = (desk.now, desk.outbox()[0].id);
    desk.desk.store.approve(id, now).unwrap();
    assert_eq!(rounds(&desk), 1);
    desk.desk.store.end_try(id, &uketsuke::ports::store::LetterEnd::GivenUp, Some("550"), now).unwrap();
    assert_eq!(rounds(&desk), 0, "it asked nobody");
    assert!(desk.digest().contains("送信をあきらめました"));
    let sender = desk.desk.sender.clone();
    let unit = desk.desk.store.unit().unwrap();
    unit.send_again(&sender, id, None, false, now).unwrap();
    unit.commit().unwrap();
    desk.settles();
    assert!(!desk.digest().contains("送信をあきらめました"), "{}", desk.digest());
    assert_eq!((rounds(&desk), desk.post().len()), (1, 1));
}

#[test]
fn a_newcomer_starts_on_folders_without_a_question() {
    let folder = tempfile::tempdir().unwrap();
    let uketsuke = |arguments: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_uketsuke")).current_dir(folder.path()).args(arguments).output().unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (output.status.code().unwrap(), said)
    };
    let (code, said) = uketsuke(&["--config", "try/config", "init", "--maildir", "try/inbox"]);
    assert_eq!(code, 0, "{said}");
    fs::write(folder.path().join("try/inbox/new/1.eml"), crate::desk::sample("02-gmail-faulty")).unwrap();
    assert_eq!(uketsuke(&["--config", "try/config", "run", "--once"]).0, 0);
    let (_, cases) = uketsuke(&["--config", "try/config", "cases"]);
    assert!(cases.contains("correcting") && !cases.contains('\''), "{cases}");
    let letters = fs::read_dir(folder.path().join("try/config/letters")).unwrap();
    let names: Vec<String> = letters.map(|it| it.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.iter().any(|it| it.starts_with("corrections.")), "{names:?}");
    assert_eq!(uketsuke(&["--config", "try/config", "check"]).0, 0);
}

#[test]
fn a_new_programme_s_report_begins_anew_and_what_is_open_stays_in_it() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, "提出します。オンライン希望、8/29 13:00-16:00。\n", filled(&[]));
    desk.assigns(1, "kubota").unwrap();
    desk.receives(mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).settles();
    assert!(desk.digest().contains("アドバイザー割り当て済み（1 件）"), "{}", desk.digest());
    desk.waits(365 * 24 * 60);
    let mut rules = (*desk.desk.rules).clone();
    let it = &mut rules.programme;
    for day in [&mut it.submission_from, &mut it.submission_to, &mut it.advice_from, &mut it.advice_to] {
        *day = day.checked_add(jiff::Span::new().years(1)).unwrap();
    }
    desk.desk.rules = std::sync::Arc::new(rules);
    let digest = desk.digest();
    assert!(digest.contains("アドバイザー割り当て済み（0 件）") && digest.contains("修正待ち（1 件）"), "{digest}");
    // a mail about the case of the year before is told with its number and company
    let asks = mails::from(TARO).subject("質問").text("アドバイスの記録をいただくことは可能でしょうか？\n");
    desk.receives(asks.id("q@saku").at("2023-08-12T08:00:00Z").bytes()).settles();
    assert!(desk.to_do().contains("[0001] 佐久木工株式会社"), "{}", desk.digest());
}
