//! Politeness and questions at the end of a submission or of wishes.

use serde::Deserialize;

use super::{Class, class_of, programme, read, text_mail};
use crate::desk::mail::class::asks;

/// Sentences that are told apart right, of all, in all places; it only ever rises.
const FLOOR: usize = 333;

#[derive(Deserialize)]
struct Table {
    polite: Vec<String>,
    questions: Vec<String>,
}

/// Whether a person is asked to look at a mail that hands in or tells wishes, and says this besides.
fn seen(words: &str) -> [bool; 3] {
    let submits = format!("お世話になっております。\n自己診断を添付のとおり提出いたします。\n{words}\n");
    let wishes = format!("12/4の13時を希望します。オンラインでお願いします。\n{words}\n\nよろしくお願いいたします。\n");
    let (mail, _) = read(&text_mail("自己診断", &submits));
    [
        asks(&mail, &programme()),
        class_of(&text_mail("Re: 受付", &wishes), true, true) == Class::Question,
        class_of(&text_mail("Re: 受付", words), true, true) == Class::Question,
    ]
}

#[test]
fn politeness_is_no_question() {
    let table: Table = toml::from_str(include_str!("asking.toml")).unwrap();
    let polite = table.polite.iter().map(|it| (it, false));
    let questions = table.questions.iter().map(|it| (it, true));
    let (mut all, mut right, mut report) = (0, 0, String::new());
    for (words, want) in polite.chain(questions) {
        let seen = seen(words);
        all += seen.len();
        right += seen.iter().filter(|it| **it == want).count();
        if seen != [want; 3] {
            report += &format!("\n{words} → {seen:?}, want {want}");
        }
    }
    println!("{right} of {all} right{report}");
    assert!(right >= FLOOR, "{report}");
}
