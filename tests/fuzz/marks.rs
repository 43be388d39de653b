//! Broken workbooks that are marked: the parts that marking splices are changed more often than others. What could be
//! marked says the same as before, and all its other parts keep their bytes.

use std::{collections::BTreeMap, io::Read as _, time::Duration};

use uketsuke::desk::workbook::{
    self,
    mark::{Mark, Weight, mark},
};
use zip::ZipArchive;

use super::{Chance, archive, corpus, mutate, rules, watch, xml};

const RUNS: u64 = 400;
const AUTHOR: &str = "受付";
const FAR: [&str; 4] = ["XFD1048576", "ZZ90000", "A1048576", "XFD1"];

pub fn what_is_marked_says_the_same() {
    let runs = watch::runs(RUNS);
    let books = ready();
    let rules = rules();
    let (mut answers, mut slowest, mut total) = (BTreeMap::<String, u64>::new(), Duration::ZERO, Duration::ZERO);
    for run in 0..runs {
        let mut chance = Chance::of(run);
        let bytes = changed(chance.pick(&books).clone(), &mut chance);
        let before = workbook::inspect("form.xlsx", &bytes, &rules, &[]);
        let marks = wanted(before.form.as_ref().ok(), &mut chance);
        let (answer, took, panics) = watch::watched(|| mark(&bytes, &marks, AUTHOR, &rules.bounds));
        let fail = |why: &str| -> ! { watch::failed(&format!("mark-{run}.xlsx"), &bytes, why) };
        if panics > 0 || took > watch::MOST_TIME {
            fail(&format!("took {took:?}, panicked {panics} times"));
        }
        (slowest, total) = (slowest.max(took), total + took);
        let said = match answer {
            Ok(after) => {
                let again = workbook::inspect("form.xlsx", &after, &rules, &[]);
                // what could not be opened for a broken styles part or relation may open once that is written anew
                if again.form != before.form || (before.size.is_some() && again.size != before.size) {
                    fail(&format!("{before:?} became {again:?}"));
                }
                if let Some(name) = spoilt(&bytes, &after) {
                    fail(&format!("{name} is not what it was"));
                }
                // a second round also looks at the sheets that the first had no business with: it may refuse
                if let Ok(twice) = mark(&after, &marks, AUTHOR, &rules.bounds)
                    && workbook::inspect("form.xlsx", &twice, &rules, &[]) != before
                {
                    fail("the second round says something else");
                }
                if before.form.is_ok() { "marked" } else { "marked, though not read" }.to_owned()
            }
            Err(why) => why.name().to_owned(),
        };
        *answers.entry(said).or_default() += 1;
    }
    println!("{runs} marked in {total:?}, slowest {slowest:?}, peak {} KiB: {answers:?}", watch::peak());
    assert!(watch::peak() < super::MOST_KIB, "{} KiB", watch::peak());
    let marked: u64 = answers.iter().filter(|it| it.0.starts_with("marked")).map(|it| it.1).sum();
    assert!(marked * 10 > runs, "{answers:?}");
}

/// Small books of several programs, and the same ones marked before.
fn ready() -> Vec<mutate::Parts> {
    let rules = rules();
    let mut books = [corpus("marking"), corpus("corpus")].concat();
    for at in 0..books.len() {
        let bytes = archive::written(&books[at], false, &mut Chance::of(0));
        let form = workbook::read("form.xlsx", &bytes, &rules, &[]).ok();
        let marks = wanted(form.as_ref(), &mut Chance::of(1));
        // one of the books says not what its parts are
        books.extend(mark(&bytes, &marks, AUTHOR, &rules.bounds).ok().map(|it| archive::parts(&it)));
    }
    books
}

fn changed(mut parts: mutate::Parts, chance: &mut Chance) -> Vec<u8> {
    let spliced: Vec<usize> = (0..parts.len()).filter(|it| is_spliced(&parts[*it].0)).collect();
    for _ in 0..=chance.below(3) {
        let at = *chance.pick(&spliced);
        xml::change(&mut parts[at].1, chance);
    }
    if chance.one_in(5) { mutate::package(parts, chance) } else { archive::written(&parts, false, chance) }
}

/// Which parts marking may change.
fn is_spliced(name: &str) -> bool {
    let name = name.to_lowercase();
    let ends = ["styles.xml", ".vml", ".rels", "[content_types].xml"].iter().any(|it| name.ends_with(it));
    ends || name.contains("comments") || (name.contains("worksheets/") && name.ends_with(".xml"))
}

/// Two cells that the reading names, and one far away.
fn wanted(form: Option<&workbook::Workbook>, chance: &mut Chance) -> Vec<Mark> {
    let mark = |sheet: &str, cell: &str, weight| Mark {
        sheet: sheet.to_owned(),
        cell: cell.to_owned(),
        weight,
        comment: "現在値が空欄です。\n0〜5の数字を<ご記入>ください。".to_owned(),
    };
    let rows = form.map(|it| it.indicators.as_slice()).unwrap_or_default();
    if rows.is_empty() {
        // the books made for marking are no forms
        return vec![mark("診断", "J14", Weight::MustMend), mark("診断", chance.pick::<&str>(&FAR), Weight::Ask)];
    }
    let (one, other) = (chance.pick(rows), chance.pick(rows));
    vec![
        mark(&one.sheet, &one.cell, Weight::MustMend),
        mark(&other.sheet, other.target_cell.as_ref().unwrap_or(&other.cell), Weight::Ask),
        mark(&one.sheet, chance.pick::<&str>(&FAR), Weight::Ask),
    ]
}

/// A part that marking has no business with and that is not what it was.
fn spoilt(before: &[u8], after: &[u8]) -> Option<String> {
    let mut old = ZipArchive::new(std::io::Cursor::new(before)).unwrap();
    let mut new = ZipArchive::new(std::io::Cursor::new(after)).unwrap();
    let packed = |archive: &mut ZipArchive<_>, at: usize| {
        let mut entry = ZipArchive::by_index_raw(archive, at).unwrap();
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        (entry.name().unwrap().to_string(), entry.crc32(), bytes)
    };
    (0..old.len()).find_map(|at| {
        let (was, is): ((String, u32, Vec<u8>), _) = (packed(&mut old, at), packed(&mut new, at));
        (was != is && (was.0 != is.0 || !is_spliced(&was.0))).then_some(was.0)
    })
}
