#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::expect_used,
    reason = "a test may panic"
)]

mod excuses;
mod judged;

use std::collections::BTreeMap;

use jiff::civil::date;

use super::*;
use crate::desk::{
    mail::Mail,
    reading::{Candidate, Doubt, DoubtWhy, Method, Reading, Refused, Unreadable, Wishes},
    rules::{Bounds, FormMailer, Programme, Question, QuestionKind, Questionnaire, Region, Rules},
    workbook::{
        UnknownRow, Value, Written,
        tests::{form, read_sample},
    },
};

fn must(name: &str) -> Vec<(Rule, String)> {
    let findings = check_workbook(&read_sample(name), &form());
    let must = findings.into_iter().filter(|it| it.severity == Severity::MustMend);
    must.map(|it| (it.rule, it.no.unwrap_or_default())).collect()
}

/// Not one of the advisor's notes on single rows, of which any book has some.
fn is_told(it: &Finding) -> bool {
    !matches!(it.rule, Rule::KeySubGap | Rule::EvidenceMissing)
}

#[test]
fn the_faulty_sample_has_exactly_its_faults() {
    let wanted = [
        (Rule::CurrentMissing, "4-2"),
        (Rule::CurrentNotALevel, "6"),
        (Rule::CurrentNotALevel, "7-3"),
        (Rule::CurrentMissing, "8-6"),
        (Rule::CurrentMissing, "9-4"),
        (Rule::NotAnAnswer, "K2"),
        (Rule::CurrentMissing, "D3"),
        (Rule::CurrentMissing, "T2"),
    ];
    assert_eq!(must("faulty"), wanted.map(|(rule, no)| (rule, no.to_owned())));
    let findings = check_workbook(&read_sample("faulty"), &form());
    let it = findings.iter().find(|it| it.no.as_deref() == Some("7-3")).unwrap();
    assert_eq!(
        (it.sheet.as_deref(), it.cell.as_deref(), it.found.as_deref()),
        (Some("自己診断"), Some("J27"), Some("6"))
    );
    assert_eq!((it.title.as_deref(), it.file.as_deref()), (Some("持続力"), Some("faulty.xlsx")));
}

#[test]
fn the_other_samples() {
    for name in ["complete", "complete-2", "resaved-by-libreoffice", "split-sheets", "gaps"] {
        assert_eq!(must(name), [], "{name}");
    }
    assert_eq!(must("old-version-2.2"), [(Rule::VersionOld, String::new())]);
    let half = must("no-quantitative");
    assert_eq!(half.len(), 20);
    assert!(half.iter().all(|it| it.0 == Rule::CurrentMissing));
    let blank = must("blank");
    assert_eq!((blank.len(), blank[0].0, blank[1].1.as_str()), (56, Rule::BlankForm, "1"));
    assert!(blank[1..].iter().all(|it| it.0 == Rule::CurrentMissing));
}

#[test]
fn asks_and_notes() {
    let mut book = read_sample("complete");
    book.version = None;
    let level = |it: u8| Written { raw: Some(it.to_string()), value: Some(Value::Level(it)), fault: None };
    for it in &mut book.indicators {
        match it.no.as_str() {
            "1" => it.target = Written::default(),
            "2" => {
                it.target = Written {
                    raw: Some("高".to_owned()),
                    value: None,
                    fault: Some(crate::desk::workbook::Fault::NotANumber),
                }
            }
            "3" => (it.current, it.target) = (level(3), level(2)),
            "4" => it.current = level(5),
            "5" => (it.current, it.target) = (level(1), level(1)),
            "7" => it.current = level(2),
            _ => {}
        }
    }
    book.unknown_rows.push(UnknownRow {
        sheet: "a".to_owned(),
        cell: "B2".to_owned(),
        title: "x".to_owned(),
        current: None,
    });
    let found: Vec<_> = check_workbook(&book, &form())
        .into_iter()
        .filter(|it| it.rule != Rule::EvidenceMissing)
        .map(|it| (it.severity, it.rule, it.no.unwrap_or_default()))
        .collect();
    let wanted = [
        (Severity::Ask, Rule::VersionUnknown, ""),
        (Severity::Ask, Rule::TargetMissing, "1"),
        (Severity::Ask, Rule::TargetNotALevel, "2"),
        (Severity::Note, Rule::TargetBelowCurrent, "3"),
        (Severity::Note, Rule::TargetBelowCurrent, "4"),
        (Severity::Note, Rule::KeySubGap, "4"),
        (Severity::Note, Rule::KeySubGap, "9"),
        (Severity::Note, Rule::RowUnknown, ""),
    ];
    assert_eq!(found, wanted.map(|(severity, rule, no)| (severity, rule, no.to_owned())));
}

#[test]
fn missing_rows_and_blocks_and_conflicts() {
    let mut book = read_sample("complete");
    book.indicators.retain(|it| it.no != "6-1" && it.kind == crate::desk::workbook::IndicatorKind::Qualitative);
    book.conflicts.push("2".to_owned());
    let rules = |form: &Form| -> Vec<_> {
        let findings = check_workbook(&book, form);
        findings.into_iter().filter(is_told).map(|it| (it.severity, it.rule)).collect()
    };
    let (block, conflict) = ((Severity::MustMend, Rule::BlockMissing), (Severity::MustMend, Rule::RowTwice));
    assert_eq!(rules(&form()), [block, conflict, (Severity::Note, Rule::RowMissing)]);
    let mut confirmed = form();
    confirmed.confirmed = true;
    assert_eq!(rules(&confirmed), [block, conflict, (Severity::MustMend, Rule::RowMissing)]);
}

#[test]
fn places_of_a_conflict() {
    let books = vec![read_sample("complete"), read_sample("gaps")];
    let book = crate::desk::workbook::join(books).unwrap();
    let findings = check_workbook(&book, &form());
    let it = findings.iter().find(|it| it.rule == Rule::RowTwice && it.no.as_deref() == Some("2")).unwrap();
    assert_eq!(it.found.as_deref(), Some("complete.xlsx 自己診断 J10：3／gaps.xlsx 自己診断シート L11：1"));
}

fn region(name: &str) -> Region {
    Region { name: name.to_owned(), quota: 4, organisation: String::new(), address: String::new() }
}

fn rules() -> Rules {
    let question = |id: &str, kind, required| Question {
        id: id.to_owned(),
        text: format!("{id}?"),
        known_by: vec![],
        kind,
        choices: vec![],
        scale: None,
        required,
    };
    Rules {
        programme: Programme {
            name: String::new(),
            short_name: String::new(),
            organisation: String::new(),
            secretariat: String::new(),
            telephone: String::new(),
            form_version: "2.3".to_owned(),
            form_url: String::new(),
            questionnaire_url: String::new(),
            submission_from: date(2022, 7, 25),
            submission_to: date(2022, 8, 19),
            advice_from: date(2022, 8, 1),
            advice_to: date(2022, 9, 2),
            in_person: true,
            correction_rounds: 2,
            regions: vec![region("茨城"), region("長野")],
            form_mailer: FormMailer {
                from: vec![],
                name: String::new(),
                company: String::new(),
                department: String::new(),
                address: String::new(),
                region: String::new(),
                message: String::new(),
            },
        },
        forms: vec![form()],
        questionnaire: Questionnaire {
            questions: vec![
                question("q1", QuestionKind::Choice, true),
                question("q2", QuestionKind::Text, true),
                question("q3", QuestionKind::Text, false),
                question("q4", QuestionKind::Method, true),
                question("q5", QuestionKind::Dates, true),
            ],
        },
        advisors: vec![],
        bounds: Bounds::default(),
    }
}

fn reading() -> Reading {
    Reading {
        mail: Mail::default(),
        earlier: vec![],
        workbook: None,
        unreadable: vec![],
        answers: BTreeMap::from([("q1".to_owned(), "はい".to_owned()), ("q2".to_owned(), " ".to_owned())]),
        wishes: Wishes::default(),
        key: crate::desk::reading::Key::Lone,
        with: vec![],
        fitted: Vec::new(),
    }
}

#[test]
fn a_mail_s_asks() {
    let mut it = reading();
    it.workbook = Some(read_sample("faulty"));
    let rules_found = |it: &Reading, region: Option<&str>| -> Vec<_> {
        let found = check_reading(it, &rules(), region);
        found.into_iter().filter(|it| it.severity == Severity::Ask).map(|it| (it.rule, it.no)).collect()
    };
    let q2 = (Rule::AnswerMissing, Some("q2".to_owned()));
    assert_eq!(
        rules_found(&it, None),
        [q2.clone(), (Rule::MethodMissing, None), (Rule::DatesMissing, None), (Rule::RegionUnknown, None)]
    );
    it.wishes.method = Some(Method::Online);
    let doubt = |why| Doubt { raw: "8/32".to_owned(), why };
    it.wishes.doubts = [DoubtWhy::Outside, DoubtWhy::Weekday, DoubtWhy::Impossible].map(doubt).to_vec();
    it.unreadable.push(Refused { file: "a.pdf".to_owned(), why: Unreadable::Pdf });
    let wanted =
        [Rule::UnreadableFile, Rule::AnswerMissing, Rule::DateOutside, Rule::WeekdayContradicts, Rule::DateUnclear];
    assert_eq!(rules_found(&it, Some("長野")).into_iter().map(|it| it.0).collect::<Vec<_>>(), wanted);
    assert_eq!(check_reading(&it, &rules(), None)[0].severity, Severity::MustMend);
}

#[test]
fn wishes_are_too_short_when_all_are() {
    let day = |hours: [i8; 2]| {
        let (start, end) = (date(2022, 8, 24).at(hours[0], 0, 0, 0), date(2022, 8, 24).at(hours[1], 0, 0, 0));
        let raw = "8/24".to_owned();
        Candidate { rank: 1, start, end, raw, open_month: false, open_hours: false, in_rank: None }
    };
    let asked = |hours: &[[i8; 2]]| {
        let wishes = Wishes { either: true, dates: hours.iter().map(|it| day(*it)).collect(), ..Wishes::default() };
        let found = open_questions(&reading().answers, &wishes, Some("長野"), &rules());
        found.into_iter().map(|it| it.rule).filter(|it| *it != Rule::AnswerMissing).collect::<Vec<_>>()
    };
    assert_eq!(asked(&[[13, 15]]), [Rule::DateTooShort]);
    assert_eq!(asked(&[[13, 15], [9, 11]]), [Rule::DateTooShort]);
    assert_eq!(asked(&[[13, 15], [9, 12]]), []);
    assert_eq!(asked(&[[13, 16]]), []);
    assert_eq!(asked(&[]), [Rule::DatesMissing]);
}

#[test]
fn an_unreadable_file_alone_must_be_mended() {
    let mut it = reading();
    it.unreadable.push(Refused { file: "a.xls".to_owned(), why: Unreadable::OldFormat });
    let first = check_reading(&it, &rules(), Some("長野")).remove(0);
    assert_eq!(
        (first.severity, first.rule, first.found.as_deref()),
        (Severity::MustMend, Rule::UnreadableFile, Some("old-format"))
    );
}

#[test]
fn regions() {
    let regions = rules().programme.regions;
    for (text, wanted) in [
        ("長野県松本市", Some("長野")),
        ("⻑野県", Some("長野")),
        ("茨城", Some("茨城")),
        ("〒390-0811　長野県松本市中央1-1", Some("長野")),
        ("本社：茨城県日立市", Some("茨城")),
        ("長野市南千歳", Some("長野")),
        ("大阪府河内長野市", None),
        ("群馬県吾妻郡長野原町", None),
        ("東京都府中市（工場 長野県）", None),
        ("", None),
    ] {
        assert_eq!(region_of(text, &regions).as_deref(), wanted, "{text}");
    }
    assert_eq!(region_of("長野県", &[region("長野県")]).as_deref(), Some("長野県"));
}

#[test]
fn words_of_the_wire() {
    let it = Finding { no: Some("4-2".to_owned()), ..Finding::new(Rule::CurrentNotALevel, Severity::MustMend) };
    let json = serde_json::to_value(&it).unwrap();
    assert_eq!((json["rule"].as_str(), json["severity"].as_str()), (Some("current-not-a-level"), Some("must-mend")));
    assert_eq!(serde_json::from_value::<Finding>(json).unwrap(), it);
}

#[test]
fn most_of_a_kind_missing_is_told_once() {
    let mut book = read_sample("complete");
    book.indicators.retain(|it| !it.no.contains('-') && it.no != "K1");
    let found: Vec<_> = check_workbook(&book, &form())
        .into_iter()
        .filter(is_told)
        .map(|it| (it.severity, it.rule, it.no, it.title, it.found))
        .collect();
    assert_eq!(found.len(), 2);
    let (title, rows) = (Some("定性指標".to_owned()), Some("9／35".to_owned()));
    assert_eq!(found[0], (Severity::MustMend, Rule::BlockMissing, None, title, rows));
    assert_eq!((found[1].1, found[1].2.as_deref()), (Rule::RowMissing, Some("K1")));
    book.indicators.clear();
    let rules: Vec<_> = check_workbook(&book, &form()).into_iter().map(|it| (it.rule, it.found.unwrap())).collect();
    assert_eq!(rules, [(Rule::BlockMissing, "0／35".to_owned()), (Rule::BlockMissing, "0／20".to_owned())]);
}

#[test]
fn half_of_a_kind_is_told_row_by_row() {
    let mut book = read_sample("complete");
    let mut left = 0;
    book.indicators.retain(|it| {
        left += usize::from(it.kind == crate::desk::workbook::IndicatorKind::Quantitative);
        left <= 10
    });
    let found = check_workbook(&book, &form());
    assert_eq!(found.iter().filter(|it| it.rule == Rule::RowMissing).count(), 10);
    assert!(found.iter().all(|it| it.rule != Rule::BlockMissing));
}

#[test]
fn targets() {
    let targets = |change: &dyn Fn(&mut crate::desk::workbook::Indicator)| -> Vec<_> {
        let mut book = read_sample("complete");
        book.indicators.iter_mut().for_each(change);
        let found = check_workbook(&book, &form()).into_iter().filter(|it| it.rule == Rule::TargetMissing);
        found.map(|it| (it.severity, it.no, it.title, it.found)).collect()
    };
    // no column at all
    let found = targets(&|it| (it.target, it.target_cell) = (Written::default(), None));
    assert_eq!(found, [(Severity::Ask, None, Some("目標（3年後）の列".to_owned()), None)]);
    // an empty column
    assert_eq!(targets(&|it| it.target = Written::default()).len(), 35);
    // a formula without a result is told as one
    let fault = Some(crate::desk::workbook::Fault::NoCachedValue);
    let found = targets(&|it| {
        if it.no == "4-1" {
            it.target = Written { raw: None, value: None, fault };
        }
    });
    assert_eq!(found, []);
}

#[test]
fn an_unknown_row_is_told_by_its_title() {
    let mut book = read_sample("complete");
    let (sheet, cell, title) = ("自己診断".to_owned(), "J44".to_owned(), "9-7 生成AIの活用".to_owned());
    book.unknown_rows.push(UnknownRow { sheet, cell, title, current: Some("3".to_owned()) });
    let it = check_workbook(&book, &form()).into_iter().find(|it| it.rule == Rule::RowUnknown).unwrap();
    assert_eq!((it.title.as_deref(), it.found.as_deref()), (Some("9-7 生成AIの活用"), Some("9-7 生成AIの活用")));
}

#[test]
fn files_of_one_name_are_told_apart_in_a_conflict() {
    let mut other = read_sample("complete");
    other.indicators[0].current.raw = Some("5".to_owned());
    other.indicators[0].current.value = Some(Value::Level(5));
    let book = crate::desk::workbook::join(vec![read_sample("complete"), other]).unwrap();
    let it = check_workbook(&book, &form()).into_iter().find(|it| it.rule == Rule::RowTwice).unwrap();
    assert_eq!(
        it.found.as_deref(),
        Some("complete.xlsx（1つ目） 自己診断 J9：3／complete.xlsx（2つ目） 自己診断 J9：5")
    );
}

#[test]
fn a_guessed_catalogue_is_likelier_wrong_than_a_book_with_other_rows_in_their_place() {
    use crate::desk::workbook::IndicatorKind::Quantitative;
    let blocks = |found: usize, unknown: usize, confirmed: bool| -> Vec<(Severity, usize)> {
        let mut book = read_sample("complete");
        let mut left = 0;
        book.indicators.retain(|it| {
            left += usize::from(it.kind == Quantitative);
            it.kind != Quantitative || left <= found
        });
        book.unknown_rows = (0..unknown)
            .map(|n| UnknownRow { sheet: "a".to_owned(), cell: format!("J{n}"), title: format!("x{n}"), current: None })
            .collect();
        let form = Form { confirmed, ..form() };
        let findings = check_workbook(&book, &form);
        let rows = findings.iter().filter(|it| (it.rule, it.severity) == (Rule::RowMissing, Severity::Note)).count();
        findings.iter().filter(|it| it.rule == Rule::BlockMissing).map(|it| (it.severity, rows)).collect()
    };
    assert_eq!(blocks(4, 8, false), [(Severity::Note, 16)]);
    assert_eq!(blocks(4, 7, false), [(Severity::MustMend, 0)]);
    assert_eq!(blocks(4, 8, true), [(Severity::MustMend, 0)]);
    assert_eq!(blocks(0, 20, false), [(Severity::MustMend, 0)], "not one row of the kind");
}

#[test]
fn two_kinds_that_are_missing_are_two_places() {
    let block =
        |title: &str| Finding { title: Some(title.to_owned()), ..Finding::new(Rule::BlockMissing, Severity::MustMend) };
    let (one, other) = (block("定性指標"), block("定量指標"));
    assert!(one.same_place(&Finding { found: Some("3／35".to_owned()), ..one.clone() }));
    assert!(!one.same_place(&other));
}

#[test]
fn where_a_company_is_in_its_own_words() {
    let regions = rules().programme.regions;
    for (words, wanted) in [
        ("茨城です。", Some("茨城")),
        ("つくば市ですので茨城県です", Some("茨城")),
        ("地域は茨城です。", Some("茨城")),
        ("お世話になっております。\n茨城です。よろしくお願いします。", Some("茨城")),
        ("長野です。", Some("長野")),
        // a family name
        ("お世話になっております。\n長野です。よろしくお願いします。", None),
        ("長野です。いつもお世話になります。", None),
        ("長野です。\n12/4の13時を希望します。", None),
        ("長野です。\nオンラインでお願いします。", None),
        ("ご連絡ありがとうございます。\n長野でございます。\n自己診断を提出いたします。", None),
        ("自己診断を提出いたします。\n\n総務部\n長野", None),
        ("12/4の13時を希望します。\n地域：長野", Some("長野")),
        ("地域：\n長野です。", Some("長野")),
        ("長野県です。\n12/4の13時を希望します。", Some("長野")),
        ("茨城県つくば市です", Some("茨城")),
        ("本社は茨城のつくば市になります。", Some("茨城")),
        ("弊社は水戸市なので、茨城になります。", Some("茨城")),
        ("所在地：長野県松本市", Some("長野")),
        // with the company's name
        ("茨城の笠間陶苑です。お世話になっております。", Some("茨城")),
        ("お世話になります。茨城の笠間陶苑、田村です。", Some("茨城")),
        ("いつもお世話になっております。\n長野の㈱佐久木工の太郎と申します。", Some("長野")),
        ("長野の佐久精工でございます。", Some("長野")),
        ("茨城は笠間市の笠間陶苑です。", Some("茨城")),
        ("茨城の取引先です。", None),
        ("茨城の取引先、霞運輸のことです。", None),
        ("長野の代理の鈴木です。", None),
        ("長野の部下です。", None),
        ("茨城の営業所の者です。", None),
        ("茨城の件です。", None),
        ("東京の霞運輸です。", None),
        ("お世話になります。\n自己診断を提出します。\n一\n二\n三\n茨城の笠間陶苑です。", None),
        ("茨城太郎です。", None),
        ("茨城さんにお伝えください。", None),
        ("茨城と長野の両方に事業所があります。地域は茨城・長野です。", None),
        ("東京です。", None),
    ] {
        assert_eq!(region_said(words, &regions, true).as_deref(), wanted, "{words}");
    }
    for (words, wanted) in [
        ("東京です。", Some("東京都")),
        ("東京都です", Some("東京都")),
        ("弊社は栃木県宇都宮市です。", Some("栃木県")),
        ("所在地は東京都千代田区になります。", Some("東京都")),
        ("大阪市ですので大阪府です。", Some("大阪府")),
        ("東京の霞運輸です。", Some("東京都")),
        ("東京の友人の紹介です。", None),
        ("地域：北海道", Some("北海道")),
        ("茨城です。", None),
        ("東京に支店がありますが、茨城県です。", None),
        ("千葉です。お世話になっております。資料を福島さんに送りました。", None),
        ("千葉です。", Some("千葉県")),
        ("お世話になっております。千葉県です。", Some("千葉県")),
        ("千葉です。\n先ほどの件、12/4の午後で。", None),
        ("山口です。\n修正したファイルをお送りします。", None),
        ("熊本です。\n12/4でお願いします。", None),
        ("修正しました。\n石川", None),
        ("所在地は千葉です。\n12/4の午後で。", Some("千葉県")),
        ("東京商工会の紹介で参加します。", None),
        ("株式会社千葉製作所\n東京都港区芝1-1", None),
        ("千葉と申します。", None),
    ] {
        assert_eq!(outside_said(words, &regions, true).as_deref(), wanted, "{words}");
    }
    // nobody was asked: who sends a form says their name
    assert_eq!(region_said("長野です。", &regions, false), None);
    assert_eq!(outside_said("千葉です。", &regions, false), None);
    assert_eq!(region_said("茨城です。", &regions, false).as_deref(), Some("茨城"));
    let mut it = reading();
    it.mail.text = "東京です。".to_owned();
    let found = check_reading(&it, &rules(), None);
    let told: Vec<_> = found.iter().filter(|it| matches!(it.rule, Rule::RegionOutside | Rule::RegionUnknown)).collect();
    assert!(matches!(told.as_slice(), [it] if it.found.as_deref() == Some("東京都")), "{told:?}");
    assert!(check_reading(&it, &rules(), Some("茨城")).iter().all(|it| it.rule != Rule::RegionOutside));
}
