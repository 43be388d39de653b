//! A form held against the catalogue, and a catalogue made of a form.

use super::{
    super::probe::{Held, Probe, Sure},
    *,
};

fn file(path: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/forms/{path}.xlsx", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn probed(path: &str) -> Probe {
    super::super::probe("a.xlsx", &file(path), &rules(&[form()])).unwrap()
}

fn held(path: &str) -> Held {
    probed(path).held.remove(0)
}

#[test]
fn every_row_of_the_samples_is_found() {
    for name in
        ["blank", "complete", "complete-2", "gaps", "resaved-by-libreoffice", "split-sheets", "traps/dates-libreoffice"]
    {
        let held = held(name);
        assert_eq!(held.differences(), Vec::<String>::new(), "{name}");
        assert_eq!(held.found(), 55, "{name}");
    }
    let probe = probed("complete");
    let it = &probe.held[0].rows[5];
    let found = it.found.as_ref().unwrap();
    assert_eq!((it.no.as_str(), found.current.sheet.as_str(), found.current.cell.as_str()), ("4-2", "自己診断", "J14"));
    assert_eq!((found.target.as_deref(), found.sure), (Some("K14"), Sure::NumberAndTitle));
    assert_eq!(probe.held[0].rows[40].found.as_ref().unwrap().sure, Sure::TitleOnly);
    let version = probe.version.unwrap();
    let spot = version.spot.unwrap();
    assert_eq!((version.version.as_str(), spot.sheet.as_str(), spot.cell.as_str()), ("2.3", "はじめに", "J2"));
    assert_eq!(probe.title.as_deref(), Some("DX推進指標 自己診断フォーマット"));
    let hidden: Vec<&str> = probe.sheets.iter().filter(|it| it.hidden).map(|it| it.name.as_str()).collect();
    assert_eq!(hidden, ["集計"]);
}

#[test]
fn the_words_of_the_columns_are_told() {
    let probe = probed("traps/header-of-3");
    let columns: Vec<(&str, &str, &str)> = probe.tables[0]
        .columns
        .iter()
        .map(|it| (it.stands_for.as_str(), it.cell.as_str(), it.header.as_str()))
        .filter(|it| ["current", "target", "title", "number"].contains(&it.0))
        .collect();
    assert_eq!(
        columns,
        [
            ("current", "J10", "現在"),
            ("target", "K10", "目標(例えば3年後)"),
            ("number", "C8", "定性指標No."),
            ("title", "G8", "DX推進指標"),
        ]
    );
}

#[test]
fn differences_are_told() {
    assert_eq!(held("traps/rows-taken-out").differences().len(), 3);
    assert!(held("traps/rows-taken-out").differences()[0].starts_with("4-2 KPI: not found"));
    assert_eq!(
        held("traps/unknown-rows").differences(),
        ["自己診断 J64: not in the catalogue: 10 独自の取組", "自己診断 J65: not in the catalogue: 独自の数"]
    );
    assert_eq!(held("traps/row-twice").differences(), ["5-1 推進体制: once more at 自己診断 J64"]);
    let broken = held("traps/titles-broken").differences();
    assert!(broken.contains(&"T1 ラン・ザ・ビジネス予算とバリューアップ予算の比率: printed as 「ラン・ザ・ビジネス予算とバリューアップ予算の比率 ※任意」".to_owned()), "{broken:?}");
    assert_eq!(held("traps/hidden-sheet-alone").differences().len(), 55);
    assert!(super::super::probe("a.xlsx", &file("traps/transposed"), &rules(&[form()])).is_err());
}

/// What is made of a form finds all of it again.
#[test]
fn a_catalogue_made_of_a_form_finds_it_all() {
    for name in [
        "blank",
        "gaps",
        "split-sheets",
        "traps/header-below",
        "traps/dates-xlsxwriter",
        "traps/two-books-b",
        "traps/side-by-side",
    ] {
        let probe = probed(name);
        let made = Form {
            version: "9.9".to_owned(),
            title: probe.title.clone().unwrap_or_default(),
            confirmed: false,
            rows: probe.catalogue,
        };
        let read: Form = toml::from_str(&toml::to_string(&made).unwrap()).unwrap();
        let again = super::super::probe("a.xlsx", &file(name), &rules(std::slice::from_ref(&read))).unwrap();
        assert_eq!(again.held[0].differences(), Vec::<String>::new(), "{name}");
        let expected: Vec<FormRow> = form()
            .rows
            .into_iter()
            .filter(|it| name != "traps/two-books-b" || it.kind == super::super::IndicatorKind::Quantitative)
            .collect();
        assert_eq!(read.rows.len(), expected.len(), "{name}");
        for (made, known) in read.rows.iter().zip(&expected) {
            assert_eq!((made.kind, &made.title, &made.category), (known.kind, &known.title, &known.category), "{name}");
            assert!(
                made.no == known.no || known.kind == super::super::IndicatorKind::Quantitative,
                "{name} {}",
                made.no
            );
        }
    }
}

#[test]
fn made_ids_are_the_shipped_ones() {
    let made: Vec<String> = probed("blank").catalogue.into_iter().map(|it| it.no).collect();
    let shipped: Vec<String> = form().rows.into_iter().map(|it| it.no).collect();
    assert_eq!(made, shipped);
}

#[test]
fn what_a_made_catalogue_leaves_out_is_told() {
    let doubts = |path: &str| {
        let told = probed(path).doubts;
        told.iter().map(|it| format!("{} {}: {}", it.spot.cell, it.title, it.why)).collect::<Vec<_>>()
    };
    assert_eq!(doubts("blank"), Vec::<String>::new());
    assert_eq!(doubts("traps/row-twice"), ["G64 推進体制: left out: 5-1 推進体制 is there already"]);
    let dates = doubts("traps/dates-xlsxwriter");
    assert_eq!(dates[0], "C13 体制: its number is a date, taken for 4-1; 1-4 is possible too");
    assert!(dates.len() > 3 && !dates.iter().any(|it| it.contains("left out")), "{dates:?}");
    let unmarked = doubts("traps/few-columns");
    let (kind, others): (Vec<_>, Vec<_>) =
        unmarked.iter().partition(|it| it.ends_with("left out: it is marked neither 定性 nor 定量"));
    assert_eq!(kind.len(), 20);
    // without their classes two rows are called the same
    assert!(matches!(others.as_slice(), [only] if only.ends_with("is there already")), "{others:?}");
}
