//! One workbook for each rule.

use rust_xlsxwriter::{Formula, Workbook as Writer, Worksheet};

use super::{super::*, form, rules};
use crate::desk::workbook;

pub(super) const CURRENT: u16 = 3;
const TARGET: u16 = 4;
pub(super) const EVIDENCE: u16 = 5;
const ACTION: u16 = 6;

/// A form with 2 and 3 in every row and a word as evidence, and with one change.
pub(super) fn book(change: impl FnOnce(&mut Worksheet)) -> Workbook {
    let mut writer = Writer::new();
    let sheet = writer.add_worksheet().set_name("自己診断").unwrap();
    sheet.write(0, 0, "DX推進指標 自己診断フォーマット ver2.3").unwrap();
    for (at, text) in (0..).zip(["No", "DX推進指標", "定性定量", "現在", "目標", "根拠・エビデンス", "アクション"])
    {
        sheet.write(1, at, text).unwrap();
    }
    for (row, known) in (2..).zip(form().rows) {
        let qualitative = known.kind == crate::desk::workbook::IndicatorKind::Qualitative;
        if qualitative {
            sheet.write(row, 0, known.no).unwrap();
        }
        sheet.write(row, 1, known.title).unwrap();
        sheet.write(row, 2, if qualitative { "定性" } else { "定量" }).unwrap();
        sheet.write(row, CURRENT, 1 + row % 3).unwrap();
        sheet.write(row, TARGET, 4).unwrap();
        sheet.write(row, EVIDENCE, "会議の記録").unwrap();
    }
    change(sheet);
    let bytes = writer.save_to_buffer().unwrap();
    workbook::read("book.xlsx", &bytes, &rules(), &[]).unwrap()
}

pub(super) fn row(no: &str) -> u32 {
    2 + u32::try_from(form().rows.iter().position(|it| it.no == no).unwrap()).unwrap()
}

/// What is found about one row, and about the whole book.
fn about(no: Option<&str>, change: impl FnOnce(&mut Worksheet)) -> Vec<Finding> {
    let found = check_workbook(&book(change), &form());
    found.into_iter().filter(|it| it.no.as_deref() == no && it.rule != Rule::KeySubGap).collect()
}

#[track_caller]
fn one(no: &str, change: impl FnOnce(&mut Worksheet)) -> Finding {
    let found = about(Some(no), change);
    assert_eq!(found.len(), 1, "one finding for one cell: {found:?}");
    found.into_iter().next().unwrap()
}

#[test]
fn a_book_without_faults_has_no_findings() {
    assert_eq!(about(None, |_| {}), []);
    assert_eq!(about(Some("4-2"), |_| {}), []);
}

#[test]
fn what_stands_as_a_current_value() {
    for (no, written, rule, between, counts) in [
        ("4-2", "2.5", Rule::CurrentNotALevel, Some((2, 3)), false),
        ("4-2", "２～３", Rule::CurrentNotALevel, Some((2, 3)), false),
        ("4-2", "2〜4", Rule::CurrentNotALevel, Some((2, 4)), false),
        ("4-2", "1-2", Rule::CurrentNotALevel, Some((1, 2)), false),
        ("4-2", "レベル2～3", Rule::CurrentNotALevel, Some((2, 3)), false),
        ("4-2", "2か3", Rule::CurrentNotALevel, Some((2, 3)), false),
        ("4-2", "2月3日", Rule::CurrentNotALevel, Some((2, 3)), false),
        ("4-2", "0.5", Rule::CurrentNotALevel, Some((0, 1)), false),
        ("4-2", "6", Rule::CurrentNotALevel, None, false),
        ("4-2", "5.5", Rule::CurrentNotALevel, None, false),
        ("4-2", "3～2", Rule::CurrentNotALevel, None, false),
        ("4-2", "3/5", Rule::CurrentNotALevel, None, false),
        ("4-2", "2→3", Rule::CurrentNotALevel, None, false),
        ("4-2", "10", Rule::CurrentNotALevel, None, false),
        ("4-2", "該当なし", Rule::CurrentNotALevel, None, false),
        ("K2", "なし", Rule::NotAnAnswer, None, false),
        ("K2", "-", Rule::NotAnAnswer, None, false),
        ("K6", "該当なし", Rule::NotAnAnswer, None, false),
        ("T1", "不明", Rule::NotAnAnswer, None, false),
        ("D7", "なし", Rule::NotAnAnswer, None, true),
        ("D4", "該当なし", Rule::NotAnAnswer, None, true),
        ("D3", "未定", Rule::NotAnAnswer, None, true),
        ("T4", "－", Rule::NotAnAnswer, None, true),
    ] {
        let it = one(no, |sheet| {
            sheet.write(row(no), CURRENT, written).unwrap();
        });
        assert_eq!((it.rule, it.severity), (rule, Severity::MustMend), "{written}");
        assert_eq!(
            (it.hint.between, it.hint.counts, it.found.as_deref()),
            (between, counts, Some(written)),
            "{written}"
        );
    }
    for way in ["３", "③", "レベル3", "Lv.3", "3点", "0"] {
        let found = about(Some("4-2"), |sheet| {
            sheet.write(row("4-2"), CURRENT, way).unwrap();
        });
        assert_eq!(found, [], "{way}");
    }
}

#[test]
fn a_value_in_another_column_is_told_once_with_its_place() {
    let blank = |no: &'static str, column: u16, words: &'static str| {
        one(no, |sheet| {
            sheet.clear_cell(row(no), CURRENT);
            sheet.clear_cell(row(no), EVIDENCE);
            sheet.clear_cell(row(no), TARGET);
            sheet.write(row(no), column, words).unwrap();
        })
    };
    for (no, column, words, wanted) in [
        ("K2", EVIDENCE, "25%", Column::Evidence),
        ("K2", EVIDENCE, "約2週間", Column::Evidence),
        ("T1", ACTION, "8:2", Column::Action),
        ("D3", EVIDENCE, "500万円", Column::Evidence),
    ] {
        let it = blank(no, column, words);
        assert_eq!((it.rule, it.severity), (Rule::ValueInWrongColumn, Severity::MustMend), "{words}");
        assert_eq!((it.hint.column, it.hint.stands.as_deref()), (Some(wanted), Some(words)));
    }
    for words in ["3", "レベル３", "3点", "③"] {
        let it = one("4-2", |sheet| {
            sheet.clear_cell(row("4-2"), CURRENT);
            sheet.write(row("4-2"), EVIDENCE, words).unwrap();
        });
        assert_eq!((it.rule, it.hint.stands.as_deref()), (Rule::ValueInWrongColumn, Some(words)));
    }
    for words in ["3回の会議で確認した", "2022年8月の売上から算出", "議事録"] {
        assert_eq!(blank("K2", EVIDENCE, words).rule, Rule::CurrentMissing, "{words}");
    }
}

#[test]
fn only_the_target_is_filled() {
    let it = one("4-2", |sheet| {
        sheet.clear_cell(row("4-2"), CURRENT);
    });
    assert_eq!(
        (it.rule, it.hint.column, it.hint.stands.as_deref()),
        (Rule::CurrentMissing, Some(Column::Target), Some("4"))
    );
}

#[test]
fn formulas_and_errors() {
    let it = one("4-2", |sheet| {
        sheet.write_formula(row("4-2"), TARGET, Formula::new("1/0").set_result("#DIV/0!")).unwrap();
    });
    assert_eq!((it.rule, it.severity, it.hint.column), (Rule::ErrorValue, Severity::Ask, Some(Column::Target)));
    let it = one("4-2", |sheet| {
        sheet.write_formula(row("4-2"), CURRENT, Formula::new("1/0").set_result("#DIV/0!")).unwrap();
    });
    assert_eq!((it.rule, it.severity, it.hint.column), (Rule::ErrorValue, Severity::MustMend, None));
    let mut book = book(|_| {});
    let fault = Some(crate::desk::workbook::Fault::NoCachedValue);
    for it in book.indicators.iter_mut().filter(|it| it.no == "4-2") {
        (it.current.value, it.current.fault) = (None, fault);
        (it.target.value, it.target.fault) = (None, fault);
    }
    let found = check_workbook(&book, &form()).into_iter().filter(|it| it.no.as_deref() == Some("4-2"));
    let found: Vec<_> = found.map(|it| (it.rule, it.severity, it.hint.column)).collect();
    assert_eq!(
        found,
        [
            (Rule::FormulaWithoutValue, Severity::MustMend, None),
            (Rule::FormulaWithoutValue, Severity::Ask, Some(Column::Target))
        ]
    );
}

#[test]
fn swapped_columns_are_asked_about_once() {
    let found = check_workbook(
        &book(|sheet| {
            for row in 2..37 {
                sheet.write(row, CURRENT, 4).unwrap();
                sheet.write(row, TARGET, 1 + row % 3).unwrap();
            }
            sheet.write(2, TARGET, 5).unwrap();
        }),
        &form(),
    );
    let told: Vec<_> = found.iter().filter(|it| it.rule != Rule::KeySubGap).collect();
    let asked: Vec<_> = told.iter().filter(|it| it.severity != Severity::Note).collect();
    assert_eq!((asked.len(), asked[0].rule, asked[0].found.as_deref()), (1, Rule::SwappedColumns, Some("34")));
    assert!(told.iter().all(|it| it.rule != Rule::TargetBelowCurrent));
    // a few only may be meant
    let some = about(None, |sheet| {
        for row in 2..12 {
            sheet.write(row, TARGET, 0).unwrap();
        }
    });
    assert_eq!(some, []);
}

#[test]
fn one_level_everywhere_is_a_note_but_not_0() {
    let all = |level: u8| {
        about(None, |sheet| {
            for row in 2..37 {
                sheet.write(row, CURRENT, level).unwrap();
            }
        })
    };
    let found = all(2);
    assert_eq!((found.len(), found[0].rule, found[0].severity), (1, Rule::AllTheSame, Severity::Note));
    assert_eq!((found[0].found.as_deref(), found[0].hint.stands.as_deref()), (Some("2"), Some("35")));
    assert_eq!(all(0), []);
}

#[test]
fn versions_old_and_new() {
    let found = |version: &str| {
        let mut book = book(|_| {});
        book.version = Some(version.to_owned());
        check_workbook(&book, &form()).into_iter().find(|it| it.severity == Severity::MustMend).map(|it| it.rule)
    };
    assert_eq!(
        ["2.2", "1.9", "2.3", "2.4", "2.10", "3.0"].map(found),
        [
            Some(Rule::VersionOld),
            Some(Rule::VersionOld),
            None,
            Some(Rule::VersionNew),
            Some(Rule::VersionNew),
            Some(Rule::VersionNew)
        ]
    );
}

#[test]
fn notes_for_the_advisor() {
    let it = one("4-2", |sheet| {
        sheet.write(row("4-2"), CURRENT, 3).unwrap();
        sheet.clear_cell(row("4-2"), EVIDENCE);
    });
    assert_eq!((it.rule, it.severity), (Rule::EvidenceMissing, Severity::Note));
    let mut macros = book(|_| {});
    macros.macros = true;
    let found: Vec<Rule> =
        check_workbook(&macros, &form()).iter().filter(|it| it.no.is_none()).map(|it| it.rule).collect();
    assert_eq!(found, [Rule::Macros]);
    for (written, evidence, reason) in [
        ("該当なし（店舗のため）", "会議の記録", None),
        ("該当なし", "上場していないため", Some("上場していないため")),
        ("未上場のため無し", "会議の記録", None),
    ] {
        let it = one("K6", |sheet| {
            sheet.write(row("K6"), CURRENT, written).unwrap();
            sheet.write(row("K6"), EVIDENCE, evidence).unwrap();
        });
        assert_eq!((it.rule, it.severity, it.hint.reason.as_deref()), (Rule::NotApplicable, Severity::Note, reason));
    }
    for answer in ["8:2", "0", "約2週間", "0（該当なし）", "なし崩し的に10件"] {
        let found = about(Some("K2"), |sheet| {
            sheet.write(row("K2"), CURRENT, answer).unwrap();
        });
        assert_eq!(found, [], "{answer}");
    }
}

#[test]
fn a_hidden_row_is_said_to_be_hidden() {
    let mut hidden = book(|sheet| {
        sheet.clear_cell(row("4-2"), CURRENT);
    });
    hidden.indicators.iter_mut().filter(|it| it.no == "4-2").for_each(|it| it.hidden = true);
    let it = check_workbook(&hidden, &form()).into_iter().find(|it| it.no.as_deref() == Some("4-2")).unwrap();
    assert!(it.hint.hidden);
}

#[test]
fn names_are_stable_and_old_ones_are_read() {
    for rule in Rule::ALL {
        let json = serde_json::to_value(rule).unwrap();
        assert_eq!(json.as_str(), Some(rule.name()));
        assert_eq!(serde_json::from_value::<Rule>(json).unwrap(), rule);
    }
    for (old, rule) in [
        ("version-wrong", Rule::VersionOld),
        ("row-conflict", Rule::RowTwice),
        ("current-no-value", Rule::NotAnAnswer),
        ("current-unreadable", Rule::FormulaWithoutValue),
        ("key-differs", Rule::KeySubGap),
    ] {
        assert_eq!(serde_json::from_value::<Rule>(old.into()).unwrap(), rule);
    }
    let old = serde_json::json!({"rule": "row-conflict", "severity": "ask", "no": "1", "title": null, "file": null,
        "sheet": null, "cell": null, "found": null});
    assert_eq!(serde_json::from_value::<Finding>(old).unwrap().hint, Hint::default());
}

#[test]
fn a_bound_that_was_hit_is_a_file_refused() {
    use crate::desk::reading::{Refused, Unreadable};
    for why in Unreadable::ALL {
        let it = refused(&Refused { file: "a.xlsx".to_owned(), why }, Severity::Ask);
        let wanted = if why.is_bound() { Rule::FileRefused } else { Rule::UnreadableFile };
        assert_eq!((it.rule, it.found.as_deref()), (wanted, Some(why.name())));
    }
}
