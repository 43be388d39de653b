//! Versions of the form, what is hidden, and books that are no form.

use std::time::Instant;

use super::{
    super::{
        book::{Book, Cell, Datum, Sheet},
        *,
    },
    *,
};

/// Next year's form: a file like this and no code.
const NEXT: &str = r#"
version = "2.4"
title = "経営デジタル度チェックシート"
confirmed = true

[[rows]]
no = "1"
kind = "qualitative"
block = "経営"
category = "方針"
title = "方針の共有"

[[rows]]
no = "1-1"
kind = "qualitative"
block = "経営"
category = "方針"
title = "体制"
also = ["推進する体制"]

[[rows]]
no = "2-1"
kind = "qualitative"
block = "人材"
category = "育成"
title = "体制"

[[rows]]
no = "10"
kind = "qualitative"
block = "人材"
category = "育成"
title = "生成AIの利用"

[[rows]]
no = "M1"
kind = "quantitative"
block = "数値"
category = "利用"
title = "生成AIを使う人の数"
"#;

fn next() -> Form {
    toml::from_str(NEXT).unwrap()
}

/// A book of the form, its version beside the form's title.
fn of(form: &Form, version: &str) -> Vec<u8> {
    let mut book = Writer::new();
    let sheet = book.add_worksheet();
    sheet.write(0, 0, format!("{} ver{version}", form.title)).unwrap();
    filled_sheet_of(form, sheet, 3, 0);
    book.save_to_buffer().unwrap()
}

#[test]
fn another_version_is_another_file_and_no_code() {
    for forms in [[form(), next()], [next(), form()]] {
        let found = read_by("a.xlsx", &of(&next(), "2.4"), &forms).unwrap();
        assert_eq!(found.version.as_deref(), Some("2.4"));
        let numbers: Vec<&str> = found.indicators.iter().map(|it| it.no.as_str()).collect();
        assert_eq!((numbers, found.missing_rows.len()), (vec!["1", "1-1", "2-1", "10", "M1"], 0));
        assert!(found.unknown_rows.is_empty() && found.indicators.iter().all(|it| it.current.value.is_some()));
        let old = read_by("a.xlsx", &of(&form(), "2.3"), &forms).unwrap();
        assert_eq!((old.version.as_deref(), old.indicators.len(), old.missing_rows.len()), (Some("2.3"), 55, 0));
    }
}

/// The title of a catalogue tells its version, whatever the form is called.
#[test]
fn a_catalogue_s_title_finds_the_version() {
    let bytes = of(&Form { version: "3.1".to_owned(), ..next() }, "3.1");
    assert_eq!(read_by("a.xlsx", &bytes, &[next()]).unwrap().version.as_deref(), Some("3.1"));
}

/// Of two forms with the same rows the book's own version decides.
#[test]
fn a_form_with_one_row_more_is_not_taken_for_the_other() {
    let mut more = form();
    more.version = "2.4".to_owned();
    more.rows.push(FormRow { no: "10".to_owned(), title: "生成AIの利用".to_owned(), ..more.rows[0].clone() });
    for (version, missing) in [("2.3", 0), ("2.4", 1)] {
        let found = read_by("a.xlsx", &of(&form(), version), &[more.clone(), form()]).unwrap();
        assert_eq!((found.version.as_deref(), found.missing_rows.len()), (Some(version), missing));
    }
}

/// The form with 4-1 in two rows, of which some are hidden.
fn with_hidden(hidden: &[u32], change: impl FnOnce(&mut Worksheet)) -> Workbook {
    let mut book = Writer::new();
    let sheet = book.add_worksheet().set_name("自己診断").unwrap();
    filled_sheet(sheet, 0, 0);
    change(sheet);
    let mut book = open_xlsx(&book.save_to_buffer().unwrap(), &Bounds::default()).unwrap();
    book.sheets[0].hidden_rows.extend(hidden);
    rows::understand("a.xlsx", &book, &[form()], &Titles::of(&[form()])).unwrap()
}

#[test]
fn a_hidden_row_counts_only_where_there_is_no_other() {
    let twice = |sheet: &mut Worksheet| {
        let known = &form().rows[4];
        printed(sheet, 60, 0, 5, known);
        sheet.write(60, CURRENT, 5).unwrap();
    };
    let own = row_of("4-1", 0);
    for (hidden, value_is, conflicts, is_hidden) in [
        (&[][..], None, 1, false),
        (&[60], Some("2"), 0, false),
        (&[own], Some("5"), 0, false),
        (&[own, 60], None, 1, true),
    ] {
        let found = with_hidden(hidden, twice);
        assert_eq!((found.conflicts.len(), by_no(&found, "4-1").hidden), (conflicts, is_hidden), "{hidden:?}");
        assert!(value_is.is_none() || value(&found, "4-1").as_deref() == value_is, "{hidden:?}");
    }
    // what is blank where it is seen is blank
    let found = with_hidden(&[60], |sheet| {
        twice(sheet);
        sheet.clear_cell(own, CURRENT);
    });
    assert_eq!((value(&found, "4-1"), by_no(&found, "4-1").current.raw.clone()), (None, None));
}

/// 200,000 cells that are not the form, some of them headers and versions.
fn large() -> Book {
    let mut cells = Vec::new();
    let mut put = |row: u32, column: u32, text: String, datum: Datum| {
        cells.push(((row, column), Cell { text: text.into(), datum }));
    };
    for (column, words) in (0..).zip(["No", "項目", "現在", "目標", "担当者名", "版"]) {
        put(0, column, words.to_owned(), Datum::Text);
    }
    for row in 1..20_000 {
        put(row, 0, row.to_string(), Datum::Number(f64::from(row)));
        put(row, 1, format!("商品　第{row}号 の現在の売上"), Datum::Text);
        for column in 2..5 {
            put(row, column, format!("株式会社ｶﾌﾞｼｷ{row}-{column}"), Datum::Text);
        }
        for column in 5..10 {
            put(row, column, format!("ver2.{row} 目標の達成に向けた取組を進める"), Datum::Text);
        }
    }
    let sheet = Sheet { name: "売上".to_owned(), cells: cells.into_iter().collect(), ..Sheet::default() };
    Book { sheets: vec![sheet], ..Book::default() }
}

/// Loose, since tests are not optimised and run beside each other.
#[test]
fn a_large_book_that_is_not_the_form_is_passed_over() {
    let (book, forms) = (large(), [form(), next()]);
    let start = Instant::now();
    assert_eq!(rows::understand("a.xlsx", &book, &forms, &Titles::of(&forms)), Err(Unreadable::NotTheForm));
    println!("{} cells: {:?}", book.sheets[0].cells.len(), start.elapsed());
    assert!(start.elapsed().as_secs() < 20, "{:?}", start.elapsed());
}

#[test]
fn the_rows_are_understood_fast() {
    let (book, forms) = (open_xlsx(&sample("complete"), &Bounds::default()).unwrap(), [form()]);
    let times = (0..20).map(|_| {
        let start = Instant::now();
        rows::understand("a.xlsx", &book, &forms, &Titles::of(&forms)).unwrap();
        start.elapsed()
    });
    let best = times.min().unwrap();
    println!("{best:?}");
    assert!(best.as_millis() < 50, "{best:?}");
}
