//! Ways of answering a questionnaire.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    reason = "a test may panic"
)]

use proptest::prelude::*;

use super::read;
use crate::desk::{
    rules::{Question, Questionnaire},
    schedule::tests::SAMPLE_01,
};

fn questions() -> Vec<Question> {
    let file: Questionnaire = toml::from_str(include_str!("../../../config/questionnaire.toml")).unwrap();
    file.questions
}

/// `q1=オンライン|q3=鈴木`.
fn told(text: &str) -> String {
    let answers = read(text, &questions());
    answers.iter().map(|(id, answer)| format!("{id}={answer}")).collect::<Vec<_>>().join("|")
}

#[test]
fn sample() {
    let answers = read(SAMPLE_01, &questions());
    let want = [
        ("q1", "オンライン"),
        ("q2", "第1希望： 8月24日(水) 13:00〜16:00\n第2希望： 8/25（木）午前\n第3希望： 8月30日(火) 午後"),
        ("q3", "代表取締役 鈴木、総務部長 鈴木一郎"),
        ("q4", "伴走型支援"),
        ("q5", "4"),
        ("q6", "受発注がFAX中心で、二重入力が多い。"),
    ];
    assert_eq!(answers.iter().map(|(id, it)| (id.as_str(), it.as_str())).collect::<Vec<_>>(), want);
}

#[test]
fn quoted_sample() {
    let quoted: String = SAMPLE_01.lines().map(|it| format!("> {it}\n")).collect();
    assert_eq!(read(&quoted, &questions()), read(SAMPLE_01, &questions()));
}

#[test]
fn ways_of_answering() {
    let table = [
        ("アドバイス方式：対面", "q1=対面"),
        ("１．アドバイス方式　オンライン", "q1=オンライン"),
        ("Q1 アドバイス方式（対面／オンライン）\nオンライン", "q1=オンライン"),
        ("問1 アドバイス方式（対面／オンライン） 対面", "q1=対面"),
        ("①アドバイス方式：☑対面　□オンライン", "q1=対面"),
        ("1. アドバイス方式（対面／オンライン）：\n□対面\n☑オンライン", "q1=オンライン"),
        ("1. アドバイス方式（対面／オンライン）：", ""),
        ("1. アドバイス方式： 対面／オンライン", ""),
        ("1. アドバイス方式：どちらでも", "q1=どちらでも"),
        ("【1】アドバイス方式（対面／オンライン）→ZOOM希望", "q1=ZOOM希望"),
        ("■アドバイス方式（オンライン）", "q1=オンライン"),
        ("(4) 今後希望する支援：マッチング支援を希望します", "q4=マッチング支援"),
        ("4. 今後希望する支援（伴走型支援／マッチング支援／未定）：○伴走型支援・マッチング支援・未定", "q4=伴走型支援"),
        ("4. 今後希望する支援：伴走型支援（　）マッチング支援（○）未定（　）", "q4=マッチング支援"),
        ("4. 今後希望する支援：伴走型支援／マッチング支援／未定", ""),
        ("4. 今後希望する支援：検討中", ""),
        ("4．今後希望する支援（伴走型支援／マッチング支援／未定）\n　　未定です。", "q4=未定"),
        ("5. 説明会は参考になりましたか（1〜5）： ４", "q5=4"),
        ("5. 説明会は参考になりましたか（1〜5）： 4点", "q5=4"),
        ("5. 説明会は参考になりましたか（１～５）：④", "q5=4"),
        ("5. 説明会は参考になりましたか（1〜5）： 1 2 3 ④ 5", "q5=4"),
        ("5. 説明会は参考になりましたか（1〜5）： 1・2・3・4・5", ""),
        ("5. 説明会は参考になりましたか（1〜5）： 6", ""),
        ("5. 説明会は参考になりましたか（1〜5）： 2.5", ""),
        ("5. 説明会は参考になりましたか？ 4/5", "q5=4"),
        ("5. 説明会は参考になりましたか（1〜5）\n3", "q5=3"),
        ("6. お困りごと：\n人手が足りない。\n\n在庫が合わない。", "q6=人手が足りない。"),
        (
            "6. お困りごと：人手が足りない。\n在庫も合わない。\n\n有限会社ひたち",
            "q6=人手が足りない。\n在庫も合わない。",
        ),
        ("6. お困りごと：特になし\n以上、よろしくお願いいたします。", "q6=特になし"),
        ("6. お困りごと：（　　　）", ""),
        ("3. 参加者：\n鈴木\n田中\n4. 今後希望する支援：未定", "q3=鈴木\n田中|q4=未定"),
        ("参加者は3名です。アドバイス方式は対面でお願いします。", ""),
        ("本日は次の3点をお送りします。\n1. 自己診断\n2. 会社案内\n3. 名刺", ""),
        (
            "アンケート\n1. オンライン\n2. 8/24 13:00\n3. 鈴木\n4. 伴走型支援\n5. 4\n6. 特になし",
            "q1=オンライン|q2=8/24 13:00|q3=鈴木|q4=伴走型支援|q5=4|q6=特になし",
        ),
        ("回答します。\n①対面\n②8/24午後\n③社長 鈴木\n④未定\n⑤５", "q1=対面|q2=8/24午後|q3=社長 鈴木|q4=未定|q5=5"),
        (
            "1. アドバイス方式：対面\n2. 候補日\n1. 8/24 午後\n2. 8/25 午後\n3. 8/26 午後\n3. 参加者：鈴木",
            "q1=対面|q2=1. 8/24 午後\n2. 8/25 午後\n3. 8/26 午後|q3=鈴木",
        ),
        ("6. お困りごと：人手不足\n7. 従業員数：20名", "q6=人手不足"),
        (
            "> 1. アドバイス方式（対面／オンライン）\n対面でお願いします\n> 2. アドバイス日時の候補\n8/24 午後\n> 3. 参加者\n鈴木\n",
            "q1=対面でお願いします|q2=8/24 午後|q3=鈴木",
        ),
        ("＞ 1. アドバイス方式（対面／オンライン）： オンライン\n＞ 3. 参加者： 鈴木\n", "q1=オンライン|q3=鈴木"),
        ("2. アドバイス日時の候補\n　第1希望：　月　日（　）　時〜\n　第2希望：\n3. 参加者：", ""),
        ("2. アドバイス日時の候補\n※第3希望までご記入ください\n8/24\n3. 参加者：鈴木", "q2=8/24|q3=鈴木"),
        (
            "1. アドバイス方式：オンライン\n3. 参加者：鈴木\n\n> 1. アドバイス方式（対面／オンライン）：\n> 3. 参加者：\n",
            "q1=オンライン|q3=鈴木",
        ),
        ("│1. アドバイス方式│オンライン│\n├──┼──┤\n│3. 参加者    │鈴木    │", "q1=オンライン|q3=鈴木"),
        ("", ""),
    ];
    let mut wrong = String::new();
    for (text, want) in table {
        let told = told(text);
        if told != want {
            wrong += &format!("\n{text:?}\n  want {want:?}\n  told {told:?}");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn long_answers_are_cut() {
    let answers = read(&format!("6. お困りごと：{}", "長い".repeat(5_000)), &questions());
    assert_eq!(answers["q6"].chars().count(), 2_000);
}

#[test]
fn long_text_takes_no_long_time() {
    let begun = std::time::Instant::now();
    let pieces = [
        "1. アドバイス方式：\n",
        "1.\n2.\n",
        "① ",
        "（",
        "1. アドバイス方式：対面\n2. あ\n",
        "お困りごと：",
        "\n\n1.",
        "> 1. 参加者\n",
        "4. 伴走型支援\n5.\n",
    ];
    for piece in pieces {
        read(&piece.repeat(200_000 / piece.chars().count()), &questions());
    }
    assert!(begun.elapsed().as_secs() < 60, "{:?}", begun.elapsed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_text_is_read(text in any::<String>()) {
        read(&text, &questions());
    }

    #[test]
    fn pieces_in_any_order_are_read(pieces in prop::collection::vec(prop::sample::select(vec![
        "1.", "①", "Q2", "アドバイス方式", "（対面／オンライン）", "：", "オンライン", "\n", "> ", "参加者", "伴走型支援", "--", "☑", "4", " ", "お困りごと", "８",
    ]), 0..80)) {
        for (_, answer) in read(&pieces.concat(), &questions()) {
            prop_assert!(!answer.is_empty() && answer.chars().count() <= 2_000);
        }
    }
}
