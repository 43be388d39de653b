//! Politeness and questions at the end of a submission or of wishes.

use serde::Deserialize;

use super::{Class, class_of, programme, read, text_mail};
use crate::desk::mail::class::asks;

/// Sentences that are told apart right, of all, in all places; it only ever rises.
const FLOOR: usize = 444;
/// The same of the second table.
const SECOND_FLOOR: usize = 264;

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

/// How many are told apart right, of all, and which are not.
fn measured(table: &str) -> (usize, usize, String) {
    let table: Table = toml::from_str(table).unwrap();
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
    (right, all, report)
}

#[test]
fn politeness_is_no_question() {
    let (right, _, report) = measured(include_str!("asking.toml"));
    assert!(right >= FLOOR, "{report}");
}

/// Each of these was once taken for politeness or for an offer of days.
#[test]
fn a_favour_or_an_offer_about_something_else_asks() {
    let lost: Vec<&str> = [
        "前回お送りしたファイルが届いているかご確認いただけますでしょうか。",
        "弊社が補助対象に入るかご確認いただけますでしょうか。",
        "秘密保持についてご対応いただけますでしょうか。",
        "有料の場合は事前にご連絡いただけますでしょうか。",
        "12/4までに自己診断を出せば大丈夫でしょうか。",
        "明日までの修正で大丈夫でしょうか。",
        "12/4の駐車場は大丈夫でしょうか。",
        "12/4は弊社の税理士が同行してもよろしいでしょうか。",
        "ZoomのURLは同じでよろしいでしょうか。",
        "Teamsは使えないのですがZoomのみでよろしいでしょうか。",
        // their relatives
        "受付が完了しているかご確認いただけますでしょうか。",
        "K3の単位が合っているか、ご確認いただけますか。",
        "交通費の有無をご確認いただけますでしょうか。",
        "個人情報の取り扱いについてご確認いただけますでしょうか。",
        "訪問の場合は駐車台数をご連絡いただけますでしょうか。",
        "来社の際は人数をお知らせいただけますでしょうか。",
        "面談の時間についてご調整いただけるかご回答いただけますでしょうか。",
        "月曜までに直せば大丈夫でしょうか。",
        "来週中の再送で問題ないでしょうか。",
        "12/4の昼食はどうでしょうか。",
        "12/5は顧問の先生が一緒でもよろしいでしょうか。",
        "オンラインのカメラは切ったままで大丈夫でしょうか。",
        "当日のZoomはスマートフォンでよろしいでしょうか。",
        "ファイルが開けないようですが、ご確認いただけますでしょうか。",
    ]
    .into_iter()
    .filter(|it| seen(it) != [true; 3])
    .collect();
    assert!(lost.is_empty(), "{lost:#?}");
}

#[test]
fn sentences_nobody_tuned_to() {
    let (right, _, report) = measured(include_str!("asking-2.toml"));
    assert!(right >= SECOND_FLOOR, "{report}");
}
