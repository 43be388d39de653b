//! A log-in by OAuth2 that ends is told in time, to those who read the report and to those who watch the desk.

use std::fs;

use serde_json::Value;
use uketsuke::{config::Config, run::status::Status};

use crate::desk::{Desk, main_file, write_config};

fn oauth2(expires: &str) -> String {
    format!(
        "\n[oauth2]\ntoken_url = \"https://localhost:1/token\"\nclient_id = \"desk\"\nclient_secret_file = \"client-secret\"\n{expires}\n"
    )
}

/// The report and the concern, for a desk whose log-in ends on 2022-09-11, at this moment.
fn told(now: &str) -> (String, bool) {
    let mut desk = Desk::with(|it| it + &oauth2("expires = \"2022-09-11\""));
    desk.now = now.parse().unwrap();
    let real = &desk.desk;
    let status = Status::of(&real.store, &real.settings, &real.rules.programme, desk.now).unwrap();
    (desk.digest(), status.for_a_person.contains_key("log-in-ends"))
}

#[test]
fn a_log_in_that_ends_is_told_from_thirty_days_before() {
    // the last minute of the day in Japan, and the first of the next
    let (report, concern) = told("2022-08-11T14:59:00Z");
    assert!(!report.contains("OAuth2") && !concern, "{report}");
    let (report, concern) = told("2022-08-11T15:00:00Z");
    let (above, below) = report.split_once("■ 要対応").unwrap();
    let line = below.lines().find(|it| it.contains("OAuth2")).unwrap();
    for part in ["9月11日", "あと 30 日", "client-secret", "expires", "管理者"] {
        assert!(line.contains(part), "{part}: {line}");
    }
    assert!(concern && !above.contains("OAuth2"), "{above}");
}

#[test]
fn a_log_in_that_has_ended_stands_on_top() {
    let (report, concern) = told("2022-09-11T14:59:00Z");
    let (above, below) = report.split_once("■ 要対応").unwrap();
    assert!(below.contains("本日") && concern && !above.contains("OAuth2"), "{report}");
    let (report, concern) = told("2022-09-11T15:00:00Z");
    let (above, below) = report.split_once("■ 要対応").unwrap();
    assert!(above.contains("期限が9月11日") && above.contains("至急") && above.contains("client-secret"), "{above}");
    assert!(concern && !below.contains("OAuth2"), "{below}");
}

#[test]
fn without_a_day_nothing_is_told() {
    let mut desk = Desk::with(|it| it + &oauth2(""));
    desk.now = "2030-01-01T00:00:00Z".parse().unwrap();
    assert!(!desk.digest().contains("OAuth2"));
}

#[test]
fn a_day_that_is_none_is_refused_with_a_clear_word() {
    let folder = tempfile::tempdir().unwrap();
    for odd in ["\"2027-02-30\"", "\"next year\"", "\"20270331\"", "\"\"", "2027-03-31", "2027", "\"2027-03-31T00:00\""]
    {
        write_config(folder.path(), &(main_file(folder.path()) + &oauth2(&format!("expires = {odd}"))));
        let why = format!("{:#}", Config::read(&folder.path().join("config")).unwrap_err());
        assert!(why.contains("expires is a day, written as \"2027-03-31\"") && why.contains("line "), "{odd}: {why}");
    }
}

#[test]
fn check_says_when_the_log_in_ends() {
    let folder = tempfile::tempdir().unwrap();
    let line = |expires: &str| {
        write_config(folder.path(), &(main_file(folder.path()) + &oauth2(expires)));
        fs::write(folder.path().join("config/client-secret"), "x").unwrap();
        let mut check = std::process::Command::new(env!("CARGO_BIN_EXE_uketsuke"));
        let said = check.current_dir(folder.path()).args(["--config", "config", "check", "--json"]).output().unwrap();
        let lines: Value = serde_json::from_slice(&said.stdout).unwrap();
        let line = lines.as_array().unwrap().iter().find(|it| it["what"] == "oauth2").unwrap().clone();
        (line["ok"].as_bool().unwrap(), line["detail"].as_str().unwrap().to_string())
    };
    assert!(
        matches!(line("expires = \"2020-01-01\""), (false, it) if it.contains("ended on 2020-01-01") && it.contains("client-secret"))
    );
    assert!(matches!(line("expires = \"2199-01-01\""), (true, it) if it == "the log-in ends on 2199-01-01"));
    assert!(matches!(line(""), (true, it) if it.contains("expires is not set")));
}
