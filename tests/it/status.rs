//! `uketsuke status` and the figures: true, whole, without a name.

use std::fs;

use serde_json::Value;
use uketsuke::run::status::Status;

use crate::{
    desk::{Desk, form},
    mails,
    rounds::{TARO, filled, sends},
    sent::writes,
};

const HANAKO: &str = "小林花子 <hanako@kinoko.example.jp>";

/// How many of a concern there are.
fn concern(desk: &Desk, name: &str) -> u64 {
    let it = &desk.desk;
    let status = Status::of(&it.store, &it.settings, &it.rules.programme, desk.now).unwrap();
    status.for_a_person.get(name).copied().unwrap_or(0)
}

#[test]
fn status_says_what_is_for_a_person_and_its_exit_code_too() {
    let desk = Desk::open();
    let (code, said) = desk.runs(&["status", "--json"]);
    let json: Value = serde_json::from_str(&said).unwrap();
    assert_eq!((code, &json["for_a_person"]["no-look"]), (1, &1.into()), "{said}");
    let programme = desk.dir.join("config/programme.toml");
    fs::write(&programme, fs::read_to_string(&programme).unwrap().replace("2022", "2999")).unwrap();
    assert_eq!(desk.runs(&["run", "--once"]).0, 0);
    let (code, said) = desk.runs(&["status"]);
    assert_eq!((code, said.lines().next()), (0, Some("Nothing is for a person.")), "{said}");
}

#[test]
fn figures_are_written_whole_for_node_exporter() {
    let desk = Desk::with(|it| it.replace("settling_minutes", "metrics = \"uketsuke.prom\"\nsettling_minutes"));
    fs::write(desk.dir.join("inbox/new/1"), mails::from(HANAKO).file("a.xlsx", form("faulty")).bytes()).unwrap();
    assert_eq!(desk.runs(&["run", "--once"]).0, 0);
    let path = desk.dir.join("config/uketsuke.prom");
    let text = fs::read_to_string(&path).unwrap();
    assert!(!path.with_extension("fresh").exists());
    let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&path).unwrap().permissions());
    assert_eq!(mode & 0o777, 0o644);
    let mut family = String::new();
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            family = rest.strip_suffix(" gauge").unwrap().to_string();
        } else if !line.starts_with("# HELP uketsuke_") {
            let (name, number) = line.rsplit_once(' ').unwrap();
            assert_eq!(name.split('{').next().unwrap(), family, "{line}");
            assert!(number.parse::<f64>().is_ok(), "{line}");
        }
    }
    for said in
        ["uketsuke_letters{state=\"sent\"}", "uketsuke_account_balanced 1", "uketsuke_for_a_person{what=\"stuck\"} 0"]
    {
        assert!(text.contains(said), "{said}: {text}");
    }
    assert!(!text.contains('@') && !text.contains("小林"), "{text}");
}

#[test]
fn a_mail_for_people_counts_until_one_has_answered_it() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, "自己診断を提出します。\n", filled(&[("4-2", "")]));
    assert_eq!(concern(&desk, "mails"), 0);
    let asks = mails::from(TARO).subject("質問").text("提出期限を延ばしていただくことは可能でしょうか？\n");
    desk.waits(60).receives(asks.id("q@saku").bytes()).settles();
    assert_eq!(concern(&desk, "mails"), 1);
    let stranger = mails::from("山田 <yamada@other.example.jp>").text("修正しました。\n").file("a.xlsx", filled(&[]));
    desk.waits(60).receives(stranger.id("s@other").bytes()).settles();
    assert_eq!(concern(&desk, "mails"), 2, "a held mail is for people, too");
    writes(&mut desk, "re", "taro@saku-mokkou.example.jp", "Re: 質問", Some("q@saku"));
    desk.settles();
    assert_eq!(concern(&desk, "mails"), 1);
    desk.waits(8 * 24 * 60);
    assert_eq!(concern(&desk, "mails"), 0, "what is older than a week is no news");
}

#[test]
fn a_complete_case_counts_until_it_has_an_advisor() {
    let mut desk = Desk::open();
    sends(&mut desk, 1, "提出します。オンライン希望、8/29 13:00-16:00。\n", filled(&[]));
    assert_eq!(concern(&desk, "assign"), 1, "{:?}", desk.case(1).stage);
    desk.assigns(1, "kubota").unwrap();
    assert_eq!(concern(&desk, "assign"), 0);
}
