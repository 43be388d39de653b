//! The company's name and place: the cell beside a label, or below it.

use super::{
    book::{Book, Cell, Datum, Place, Sheet, clip},
    header::Table,
};
use crate::desk::text;

/// A label is short; a sentence that begins with 企業名 is none.
const MAX_LABEL: usize = 24;
const MAX_VALUE: usize = 200;
/// How far to the right of its label a value is looked for.
const MAX_RIGHT: u32 = 8;

const COMPANY: [&str; 16] = [
    "企業名",
    "会社名",
    "法人名",
    "貴社名",
    "御社名",
    "事業者名",
    "社名",
    "商号",
    "団体名",
    "組織名",
    "事業所名",
    "企業・団体名",
    "会社・団体名",
    "会社・組織名",
    "企業名称",
    "会社名称",
];
const PLACE: [&str; 6] = ["所在地", "都道府県", "本社所在地", "本社住所", "会社住所", "住所"];

/// Company and prefecture as written; visible sheets first.
pub(super) fn find(book: &Book, tables: &[(&Sheet, Table)]) -> (Option<String>, Option<String>) {
    let all = |labels: &[&str]| -> Vec<String> {
        let mut found = Vec::new();
        for hidden in [false, true] {
            for label in labels {
                let sheets = book.sheets.iter().filter(|it| it.hidden == hidden);
                found.extend(sheets.filter_map(|it| in_sheet(it, tables, label)));
            }
        }
        found
    };
    let mut places = all(&PLACE);
    // 「水戸市…」 under 所在地 and 「茨城県」 under 都道府県: the one that names a prefecture
    places.sort_by_key(|it| !text::fold(it).contains(['都', '道', '府', '県']));
    let company = all(&COMPANY).into_iter().next();
    (company, places.into_iter().next())
}

fn in_sheet(sheet: &Sheet, tables: &[(&Sheet, Table)], wanted: &str) -> Option<String> {
    // answers may be about anything
    let end =
        tables.iter().filter(|(it, _)| it.name == sheet.name).map(|(_, table)| table.first).min().unwrap_or(u32::MAX);
    sheet.cells.range(..(end, 0)).find_map(|(place, cell)| {
        if cell.datum != Datum::Text || cell.text.len() > (MAX_LABEL + MAX_VALUE) * 4 {
            return None;
        }
        // 「企業名：有限会社ひたち精工」 in one cell
        let folded = text::fold(&cell.text);
        if let Some((label, value)) = folded.split_once(':')
            && is_label(label, wanted)
            && let Some(value) = usable(value)
        {
            return Some(value);
        }
        if !is_label(&folded, wanted) {
            return None;
        }
        beside(sheet, *place)
    })
}

fn beside(sheet: &Sheet, (row, column): Place) -> Option<String> {
    let (right, last) = (column.saturating_add(1), column.saturating_add(MAX_RIGHT));
    let mut right =
        sheet.cells.range((row, right)..=(row, last)).map(|(_, cell)| cell).filter(|it| !it.text.trim().is_empty());
    let below = || sheet.cells.get(&(row.saturating_add(1), column));
    match right.next() {
        // a label beside a label: they head columns
        Some(cell) if is_any_label(cell) => below().filter(|it| !is_any_label(it)).and_then(value),
        Some(cell) => value(cell),
        None => below().filter(|it| !is_any_label(it)).and_then(value),
    }
}

fn value(cell: &Cell) -> Option<String> {
    if matches!(cell.datum, Datum::Text) { usable(&cell.text) } else { None }
}

fn usable(value: &str) -> Option<String> {
    let value = value.trim().split('\n').next().unwrap_or_default().trim();
    (!value.is_empty()).then(|| clip(value, MAX_VALUE))
}

fn is_label(words: &str, wanted: &str) -> bool {
    let key = text::key(words);
    if key.chars().count() > MAX_LABEL {
        return false;
    }
    // a name's reading stands above it
    if ["カナ", "かな", "ガナ", "がな", "英", "ローマ"].iter().any(|it| key.contains(it)) {
        return false;
    }
    let bare = key.trim_start_matches(|it: char| !it.is_alphabetic()).trim_start_matches(['■', '●']);
    let bare = bare.split(['(', ':', '※', '*', '【']).next().unwrap_or_default();
    bare == text::key(wanted) || is_several(bare, wanted)
}

/// 「会社名・組織名」「会社名または組織名」: labels of a company only, the first of them the wanted one.
fn is_several(bare: &str, wanted: &str) -> bool {
    let bare = bare.replace("または", "・").replace("又は", "・");
    let mut names = bare.split(['・', '/', '、', ',']).map(str::trim);
    names.clone().all(|it| COMPANY.contains(&it)) && names.next() == Some(wanted)
}

fn is_any_label(cell: &Cell) -> bool {
    let others = [
        "法人番号",
        "業種",
        "従業員数",
        "売上高",
        "資本金",
        "担当者",
        "氏名",
        "部署",
        "役職",
        "電話番号",
        "メールアドレス",
        "記入日",
        "郵便番号",
    ];
    cell.datum == Datum::Text && COMPANY.iter().chain(&PLACE).chain(&others).any(|it| is_label(&cell.text, it))
}
