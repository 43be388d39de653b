//! The company's name and place: the cell beside a label, or below it.

use super::{
    book::{Cell, Datum, Place, Sheet, clip},
    rows::{Survey, Surveyed},
    screen::Signs,
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

/// Company and prefecture as written; visible sheets first, then the labels in their order.
pub(super) fn find(survey: &Survey) -> (Option<String>, Option<String>) {
    let mut said: Vec<Said> = survey.sheets.iter().flat_map(in_sheet).collect();
    // stable: of one label the first sheet
    said.sort_by_key(|it| (it.hidden, it.label));
    let mut places: Vec<&Said> = said.iter().filter(|it| it.label >= COMPANY.len()).collect();
    // 「水戸市…」 under 所在地 and 「茨城県」 under 都道府県: the one that names a prefecture
    places.sort_by_key(|it| !text::fold(&it.value).contains(['都', '道', '府', '県']));
    let place = places.first().map(|it| it.value.clone());
    let company = said.iter().find(|it| it.label < COMPANY.len());
    (company.map(|it| it.value.clone()), place)
}

/// What stands beside a label.
struct Said {
    hidden: bool,
    /// The label's place in [`COMPANY`] and, behind it, in [`PLACE`].
    label: usize,
    value: String,
}

/// What the labels of a sheet are answered with: for each label its first cell. Answers of the form may be about
/// anything, so only what stands above its table counts.
fn in_sheet(sheet: &Surveyed) -> Vec<Said> {
    let mut said: Vec<Said> = Vec::new();
    let above = sheet.sheet.cells.range(..(sheet.first, 0));
    for (place, cell) in above.filter(|it| it.1.text.signs().have(Signs::LABEL)) {
        if cell.datum != Datum::Text || !may_be_label(&cell.text) {
            continue;
        }
        let (labels, value) = match together(&cell.text) {
            Some((labels, value)) => (labels, Some(value)),
            None => (labels(&cell.text), None),
        };
        let labels = labels.into_iter().filter(|label| said.iter().all(|it| it.label != *label)).collect::<Vec<_>>();
        if let (false, Some(value)) = (labels.is_empty(), value.or_else(|| beside(sheet.sheet, *place))) {
            let hidden = sheet.sheet.hidden;
            said.extend(labels.into_iter().map(|label| Said { hidden, label, value: value.clone() }));
        }
    }
    said
}

/// Label and value in one cell: 「企業名：有限会社ひたち精工」, 「（貴社名）㈱髙橋鐵工所」, 「会社名　ひたち精工」. The value stays as it
/// is written.
fn together(words: &str) -> Option<(Vec<usize>, String)> {
    let words = words.trim();
    let bracketed = words.strip_prefix(['(', '（', '【', '[', '［', '「', '<', '＜', '〔', '《']);
    let in_bracket = bracketed.and_then(|it| it.split_once([')', '）', '】', ']', '］', '」', '>', '＞', '〕', '》']));
    // what stands beside the label may be its note
    let note = |it: &str| it.starts_with(['(', '（', '※', '*']) && !text::names_a_company(it);
    let beside = words.split_once([' ', '　', '\n']).filter(|it| !note(it.1.trim_start()));
    let parted = [words.split_once([':', '：']), in_bracket, beside];
    parted.into_iter().flatten().find_map(|(label, value)| {
        let labels = labels(label);
        let value =
            usable(value.trim_start_matches(|it: char| it.is_whitespace() || matches!(it, ':' | '：' | '/' | '／')))?;
        (!labels.is_empty() && self::labels(&value).is_empty()).then_some((labels, value))
    })
}

/// Each label has one of these.
pub(super) const LETTERS: [char; 5] = ['名', '号', '地', '県', '所'];

/// Cheap first look.
pub(super) fn may_be_label(words: &str) -> bool {
    words.len() <= (MAX_LABEL + MAX_VALUE) * 4 && words.contains(LETTERS)
}

#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    COMPANY.into_iter().chain(PLACE)
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

/// Which labels the words are.
fn labels(words: &str) -> Vec<usize> {
    let all = || COMPANY.iter().chain(&PLACE).enumerate();
    bare(words)
        .map(|bare| all().filter(|(_, it)| bare == **it || is_several(&bare, it)).map(|it| it.0).collect())
        .unwrap_or_default()
}

/// A label without its number and what is noted behind it; `None` where it can be none.
fn bare(words: &str) -> Option<String> {
    if words.len() > MAX_LABEL * 8 {
        return None;
    }
    let key = text::key(words);
    // a name's reading stands above it
    if key.chars().count() > MAX_LABEL
        || ["カナ", "かな", "ガナ", "がな", "英", "ローマ"].iter().any(|it| key.contains(it))
    {
        return None;
    }
    let bare = key.trim_start_matches(|it: char| !it.is_alphabetic()).trim_start_matches(['■', '●']);
    Some(bare.split(['(', ')', ':', '※', '*', '【', '】', ']', '」', '>']).next().unwrap_or_default().to_owned())
}

/// 「会社名・組織名」「会社名または組織名」: labels of a company only, the first of them the wanted one.
fn is_several(bare: &str, wanted: &str) -> bool {
    if !bare.starts_with(wanted) {
        return false;
    }
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
    cell.datum == Datum::Text
        && (!labels(&cell.text).is_empty() || bare(&cell.text).is_some_and(|it| others.contains(&it.as_str())))
}
