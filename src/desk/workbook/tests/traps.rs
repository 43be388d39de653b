//! One workbook for each trap, made by several writers, and the table of what must be read of it
//! (`tests/forms/traps`, made by `make.py` there).

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{super::*, *};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Trap {
    name: String,
    why: String,
    writer: String,
    /// Several files of one mail; else the file of the trap's name.
    #[serde(default)]
    files: Vec<String>,
    /// The name under which the file comes.
    called: Option<String>,
    /// Empty: none is named.
    #[serde(default = "shipped")]
    version: String,
    refused: Option<String>,
    /// Rows that are not there.
    #[serde(default)]
    missing: Vec<String>,
    #[serde(default)]
    conflicts: Vec<String>,
    /// The places of a conflict.
    #[serde(default)]
    places: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    unknown: Vec<String>,
    #[serde(default)]
    hidden: Vec<String>,
    #[serde(default)]
    cell: BTreeMap<String, String>,
    /// What is to be read where it is not the row's mark.
    #[serde(default)]
    current: BTreeMap<String, toml::Value>,
    #[serde(default)]
    target: BTreeMap<String, toml::Value>,
    #[serde(default)]
    fault: BTreeMap<String, Fault>,
    #[serde(default)]
    target_fault: BTreeMap<String, Fault>,
    #[serde(default)]
    raw: BTreeMap<String, String>,
    #[serde(default)]
    evidence: BTreeMap<String, String>,
}

#[derive(Deserialize)]
struct Traps {
    trap: Vec<Trap>,
}

fn shipped() -> String {
    "2.3".to_owned()
}

fn folder() -> String {
    format!("{}/tests/forms/traps", env!("CARGO_MANIFEST_DIR"))
}

fn traps() -> Vec<Trap> {
    let text = std::fs::read_to_string(format!("{}/traps.toml", folder())).unwrap();
    toml::from_str::<Traps>(&text).unwrap().trap
}

/// The mark that `model.py` writes into a row's 現在 (0) and 目標 (1).
fn mark(at: usize, kind: IndicatorKind, column: usize) -> Value {
    match kind {
        IndicatorKind::Qualitative => Value::Level(u8::try_from((at + 2 * column) % 6).unwrap()),
        IndicatorKind::Quantitative => Value::Text(format!("{}件", at + column)),
    }
}

fn read_trap(trap: &Trap) -> Result<Workbook, Unreadable> {
    let mut books = Vec::new();
    let names = if trap.files.is_empty() { std::slice::from_ref(&trap.name) } else { &trap.files };
    for file in names {
        let bytes = std::fs::read(format!("{}/{file}.xlsx", folder())).unwrap();
        let name = trap.called.clone().unwrap_or_else(|| format!("{file}.xlsx"));
        books.push(read_by(&name, &bytes, &[form()])?);
    }
    Ok(join(books).unwrap())
}

/// What the table says of a value: a level, words, or that nothing usable is there.
fn wanted(said: Option<&toml::Value>, faulty: bool, mark: Value) -> Option<Value> {
    match said {
        Some(toml::Value::Integer(level)) => Some(Value::Level(u8::try_from(*level).unwrap())),
        Some(toml::Value::String(words)) if !words.is_empty() => Some(Value::Text(words.clone())),
        Some(_) => None,
        None => (!faulty).then_some(mark),
    }
}

/// Every way in which what was read is not what the table says.
fn differences(trap: &Trap, book: &Workbook) -> Vec<String> {
    let mut all = Vec::new();
    let mut same = |what: &str, found: String, wanted: String| {
        if found != wanted {
            all.push(format!("{what}: {found} instead of {wanted}"));
        }
    };
    same("version", book.version.clone().unwrap_or_default(), trap.version.clone());
    same("missing", book.missing_rows.join(" "), trap.missing.join(" "));
    same("conflicts", book.conflicts.join(" "), trap.conflicts.join(" "));
    same("company", book.company.clone().unwrap_or_default(), "有限会社ひたち精工".to_owned());
    let unknown: Vec<&str> = book.unknown_rows.iter().map(|it| it.title.as_str()).collect();
    same("unknown", unknown.join("、"), trap.unknown.join("、"));
    let hidden: Vec<&str> = book.indicators.iter().filter(|it| it.hidden).map(|it| it.no.as_str()).collect();
    same("hidden", hidden.join(" "), trap.hidden.join(" "));
    for (at, known) in form().rows.iter().enumerate() {
        let Some(it) = book.indicators.iter().find(|it| it.no == known.no) else {
            continue;
        };
        let no = &known.no;
        if !trap.conflicts.contains(no) {
            let current = wanted(trap.current.get(no), trap.fault.contains_key(no), mark(at, known.kind, 0));
            same(&format!("{no} 現在"), format!("{:?}", it.current.value), format!("{current:?}"));
            let target = wanted(trap.target.get(no), trap.target_fault.contains_key(no), mark(at, known.kind, 1));
            same(&format!("{no} 目標"), format!("{:?}", it.target.value), format!("{target:?}"));
        }
        same(&format!("{no} fault"), format!("{:?}", it.current.fault), format!("{:?}", trap.fault.get(no).copied()));
        let fault = trap.target_fault.get(no).copied();
        same(&format!("{no} fault of 目標"), format!("{:?}", it.target.fault), format!("{fault:?}"));
    }
    for (no, words) in &trap.raw {
        same(&format!("{no} as shown"), by_no(book, no).current.raw.clone().unwrap_or_default(), words.clone());
    }
    for (no, cell) in &trap.cell {
        same(&format!("{no} cell"), by_no(book, no).cell.clone(), cell.clone());
    }
    for (no, words) in &trap.evidence {
        same(&format!("{no} 根拠"), by_no(book, no).evidence.clone().unwrap_or_default(), words.clone());
    }
    for (no, places) in &trap.places {
        let found: Vec<String> =
            book.rivals.iter().filter(|it| it.no == *no).map(|it| format!("{}!{}", it.sheet, it.cell)).collect();
        same(&format!("{no} places"), found.join(" "), places.join(" "));
    }
    all
}

#[test]
fn each_trap_is_read_as_its_table_says() {
    let mut wrong = Vec::new();
    for trap in traps() {
        let found = match (read_trap(&trap), &trap.refused) {
            (Err(why), Some(reason)) if why.name() == reason => Vec::new(),
            (Err(why), _) => vec![format!("refused: {}", why.name())],
            (Ok(_), Some(reason)) => vec![format!("read, and should be {reason}")],
            (Ok(book), None) => differences(&trap, &book),
        };
        let shown = found.len().min(8);
        wrong.extend(found[..shown].iter().map(|it| format!("{} ({}, {}): {it}", trap.name, trap.writer, trap.why)));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The table is what counts: no workbook without an entry, and enough of each writer's.
#[test]
fn the_table_names_every_workbook() {
    let traps = traps();
    let mut named: Vec<String> = traps
        .iter()
        .flat_map(|it| if it.files.is_empty() { vec![it.name.clone()] } else { it.files.clone() })
        .collect();
    let mut there: Vec<String> = std::fs::read_dir(folder())
        .unwrap()
        .filter_map(|it| it.unwrap().file_name().to_str()?.strip_suffix(".xlsx").map(str::to_owned))
        .collect();
    named.sort();
    there.sort();
    assert_eq!(named, there);
    for writer in ["openpyxl", "xlsxwriter", "libreoffice"] {
        assert!(traps.iter().filter(|it| it.writer == writer).count() >= 20, "{writer}");
    }
}
