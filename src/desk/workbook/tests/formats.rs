//! The form in the other formats, each by more than one writer (`tests/formats/make.py`).

use super::{super::*, *};
use crate::desk::rules::Bounds;

const WRITERS: [&str; 5] = ["-libreoffice.xls", "-xlwt.xls", ".xlsb", "-libreoffice.ods", "-odfpy.ods"];

pub(super) fn other(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/formats/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn book(name: &str) -> book::Book {
    let bytes = other(name);
    unlocked(kind::of("", &bytes).content, &bytes, &rules(&[form()]), &Titles::of(&[form()])).unwrap()
}

/// All that was read but the places' file and what only some formats keep.
fn said(mut book: Workbook) -> Workbook {
    book.name = String::new();
    book.indicators.iter_mut().for_each(|it| it.file = String::new());
    book
}

#[test]
fn every_format_says_the_same() {
    let expected = said(read_sample("complete"));
    for writer in WRITERS {
        let name = format!("complete{writer}");
        // the name lies: bytes decide
        let found = read_by("form.xlsx", &other(&name), &[form()]).unwrap();
        assert_eq!(said(found), expected, "{name}");
    }
}

#[test]
fn numbers_are_as_their_cells_show_them() {
    for (writer, formula) in [
        ("-libreoffice.xls", Some("3")),
        ("-xlwt.xls", None),
        (".xlsb", Some("3")),
        ("-libreoffice.ods", Some("3")),
        ("-odfpy.ods", None),
    ] {
        let name = format!("odd{writer}");
        let found = read_by("form.xls", &other(&name), &[form()]).unwrap();
        let numbers: Vec<&Indicator> =
            found.indicators.iter().filter(|it| it.kind == IndicatorKind::Quantitative).collect();
        let shown: Vec<Option<&str>> = numbers.iter().take(5).map(|it| it.current.raw.as_deref()).collect();
        // odfpy's book keeps no shown text, and so no comma
        let money = if writer == "-odfpy.ods" { "1234.5" } else { "1,234.5" };
        assert_eq!(shown, [Some("25%"), Some("2022/4/1"), Some("8:2"), Some(money), formula], "{name}");
        let fault = numbers[4].current.fault;
        assert_eq!(fault, formula.is_none().then_some(Fault::NoCachedValue), "{name}");
    }
}

#[test]
fn hidden_sheets_rows_merged_cells_and_formulas() {
    for writer in WRITERS {
        let name = format!("odd{writer}");
        let book = book(&name);
        let hidden: Vec<(&str, bool)> = book.sheets.iter().map(|it| (it.name.as_str(), it.hidden)).collect();
        assert_eq!(hidden[3..], [("自己診断", false), ("結果", false), ("集計", true)], "{name}");
        let sheet = &book.sheets[3];
        assert_eq!(sheet.hidden_rows.len(), 1, "{name}");
        assert_eq!(sheet.formulas.len(), 1, "{name}");
        assert!(!book.torn && !book.macros, "{name}");
        // odfpy's book is written without its merged cells
        assert_eq!(sheet.merged.is_empty(), writer == "-odfpy.ods", "{name}");
    }
}

#[test]
fn a_workbook_under_a_password() {
    let plain = said(read_sample("complete"));
    let open = |name: &str, passwords: &[&str]| {
        let passwords: Vec<String> = passwords.iter().map(|it| (*it).to_owned()).collect();
        read("form.xlsx", &other(name), &rules(&[form()]), &passwords).map(said)
    };
    for name in ["agile.xlsx", "agile-2010.xlsx", "standard.xlsx"] {
        assert_eq!(open(name, &[]), Err(Unreadable::Encrypted), "{name}");
        assert_eq!(open(name, &["ひたち2023", ""]), Err(Unreadable::Encrypted), "{name}");
        assert_eq!(open(name, &["ひたち2023", "ひたち2022"]).as_ref(), Ok(&plain), "{name}");
    }
    // protected for its structure only: Excel asks for no password, so nobody knows one
    assert_eq!(open("agile-own.xlsx", &[]).as_ref(), Ok(&plain));
}

#[test]
fn many_passwords_cost_no_more_than_a_few() {
    let passwords: Vec<String> = (0..10_000).map(|it| it.to_string()).chain(["ひたち2022".to_owned()]).collect();
    let found = read("form.xlsx", &other("agile.xlsx"), &rules(&[form()]), &passwords);
    assert_eq!(found, Err(Unreadable::Encrypted), "the bound on tries is hit first");
}

#[test]
fn damaged_ones_are_refused_without_harm() {
    let rules = rules(&[form()]);
    // a password costs its hundred thousand rounds each time
    for (name, cuts) in [
        ("complete-xlwt.xls", 60),
        ("complete.xlsb", 60),
        ("complete-odfpy.ods", 60),
        ("agile.xlsx", 6),
        ("standard.xlsx", 6),
    ] {
        let bytes = other(name);
        for at in (0..bytes.len()).step_by(bytes.len() / cuts) {
            let found = read(name, &bytes[..at], &rules, &[]);
            assert!(found.is_err() || at > bytes.len() / 2, "{name} cut at {at}");
        }
        let cut = read(name, &bytes[..bytes.len() / 2], &rules, &[]);
        assert!(matches!(cut, Err(Unreadable::Damaged | Unreadable::Encrypted)), "{name}: {cut:?}");
    }
}

#[test]
fn bounds_hold_for_the_other_formats() {
    let tight = |bounds: Bounds, name: &str| {
        let rules = Rules { bounds, ..rules(&[form()]) };
        read("form", &other(name), &rules, &[]).unwrap_err()
    };
    for writer in WRITERS {
        let name = format!("complete{writer}");
        assert_eq!(tight(Bounds { cells: 100, ..Bounds::default() }, &name), Unreadable::TooManyCells, "{name}");
        assert_eq!(tight(Bounds { workbook_bytes: 1_000, ..Bounds::default() }, &name), Unreadable::TooLarge, "{name}");
    }
    for writer in ["-libreoffice.ods", "-odfpy.ods"] {
        let bounds = Bounds { part_bytes: 5_000, ..Bounds::default() };
        assert_eq!(tight(bounds, &format!("complete{writer}")), Unreadable::InflatesTooFar, "{writer}");
    }
}

/// calamine would follow the one for ever, and reserve what the other wraps round to.
#[test]
fn circles_and_sizes_the_wrong_way_round_cost_nothing() {
    let good = other("complete-xlwt.xls");
    let word = |at: usize| usize::try_from(u32::from_le_bytes(good[at..at + 4].try_into().unwrap())).unwrap();
    let mut circle = good.clone();
    let (table, directory) = (512 * (word(76) + 1), word(48));
    circle[table + 4 * directory..][..4].copy_from_slice(&u32::try_from(directory).unwrap().to_le_bytes());
    assert_eq!(read("form.xls", &circle, &rules(&[form()]), &[]).unwrap_err(), Unreadable::Damaged);

    let mut wrapped = good.clone();
    let dimensions: Vec<usize> =
        (0..good.len() - 18).filter(|at| good[*at..].starts_with(&[0, 2, 14, 0])).map(|at| at + 4).collect();
    assert!(!dimensions.is_empty());
    for at in dimensions {
        let (first, last) = (word(at), word(at + 4));
        wrapped[at..at + 4].copy_from_slice(&u32::try_from(last + 1).unwrap().to_le_bytes());
        wrapped[at + 4..at + 8].copy_from_slice(&u32::try_from(first + 1).unwrap().to_le_bytes());
    }
    let plain = said(read("form.xls", &good, &rules(&[form()]), &[]).unwrap());
    assert_eq!(read("form.xls", &wrapped, &rules(&[form()]), &[]).map(said), Ok(plain));
}
