//! What a mail is: a table of mails as people and machines write them, each with what it is.

use uketsuke::{
    config::Config,
    desk::{
        mail::class::{Class, Known, classify},
        reading::{self, Care, Reading},
        rules::Rules,
    },
};

use crate::{desk::form, mails};

const TABLE: &str = include_str!("../mails/kinds/kinds.tsv");
const UNSEEN: &str = include_str!("../mails/kinds/unseen.tsv");
const LEAVING: &str = include_str!("../mails/kinds/leaving.tsv");
const LINKS: &str = include_str!("../mails/kinds/links.tsv");

struct Row<'a> {
    expected: &'a str,
    who: &'a str,
    with: &'a str,
    subject: &'a str,
    text: String,
}

fn rows(table: &'static str) -> Vec<Row<'static>> {
    let lines = table.lines().filter(|it| !it.starts_with('#'));
    let row = |line: &'static str| {
        let cells: Vec<&str> = line.split('\t').collect();
        let [expected, who, with, subject, text] = cells[..] else { panic!("not five cells: {line}") };
        Row { expected, who, with, subject, text: text.replace('⏎', "\n") }
    };
    lines.map(row).collect()
}

fn raw(row: &Row<'_>) -> Vec<u8> {
    let from = match row.who {
        "staff" => "事務局 <jimukyoku@itc.example.jp>",
        "stranger" => "山田 <yamada@sonota.example.jp>",
        _ => "桑原 <kuwahara@aomine.example.jp>",
    };
    let mut draft = mails::from(from).subject(row.subject).text(&row.text);
    if row.who == "reply" {
        draft = draft.replying("a.letter.of.ours@itc.example.jp");
    }
    let mut head = String::new();
    for it in row.with.split('|').filter(|it| !it.is_empty()) {
        draft = match it {
            "book" => draft.file("自己診断.xlsx", form("complete")),
            "locked" => draft.file("自己診断.xlsx", form("complete")[..100_000].to_vec()),
            "file" => draft.file("書類.docx", b"PK\x03\x04".to_vec()),
            header => {
                head.push_str(header.strip_prefix("h:").unwrap());
                head.push_str("\r\n");
                draft
            }
        };
    }
    [head.into_bytes(), draft.bytes()].concat()
}

fn class(row: &Row<'_>, rules: &Rules) -> Class {
    let at = "2022-08-12T03:00:00Z".parse().unwrap();
    let it: Reading = reading::understand(&raw(row), at, Care::All, rules, &[]);
    let known = Known {
        contact: matches!(row.who, "known" | "reply"),
        colleague: false,
        replies_to_us: row.who == "reply",
        wants_form: false,
        our_addresses: &["nw@itc.or.jp".to_string()],
        staff: &["jimukyoku@itc.example.jp".to_string()],
    };
    let wishes = &it.wishes;
    let has_answers = wishes.method.is_some()
        || !(wishes.dates.is_empty() && wishes.doubts.is_empty() && wishes.excluded.is_empty())
        || !it.answers.is_empty();
    let refused = it.unreadable.iter().any(|it| it.why.was_meant());
    classify(&it.mail, it.workbook.is_some(), refused, has_answers, &known, &rules.programme)
}

fn name(class: Class) -> String {
    class.name().replace("auto-reply", "autoreply").replace("not-ours", "notours")
}

/// Those that are taken for something else, and those among them that would be the worst: a person who asks is not heard
/// by a person, or a form is thrown away.
fn wrong(rows: &[Row<'_>]) -> (Vec<String>, Vec<String>) {
    let rules = Config::example().unwrap().rules;
    let (mut wrong, mut worst) = (Vec::new(), Vec::new());
    for row in rows {
        let is = name(class(row, &rules));
        if is == row.expected {
            continue;
        }
        let said = format!("{} is taken for {is}: {} ({}) {}", row.expected, row.subject, row.who, row.text);
        let asked =
            row.expected == "question" && ["answers", "courtesy", "withdrawal", "autoreply"].contains(&is.as_str());
        let thrown = row.expected == "submission" && is != "question";
        if asked || thrown {
            worst.push(said.clone());
        }
        wrong.push(said);
    }
    (wrong, worst)
}

#[test]
fn mails_are_what_they_are() {
    for (table, least, share) in [(TABLE, 150, 97), (UNSEEN, 40, 80), (LEAVING, 46, 100), (LINKS, 20, 100)] {
        let rows = rows(table);
        assert!(rows.len() >= least, "{}", rows.len());
        let (wrong, worst) = wrong(&rows);
        let right = rows.len() - wrong.len();
        println!("{right} of {} mails are classed right\n{}", rows.len(), wrong.join("\n"));
        assert!(worst.is_empty(), "the worst errors: {}", worst.join("\n"));
        assert!(right * 100 >= rows.len() * share, "{right} of {}:\n{}", rows.len(), wrong.join("\n"));
    }
}
