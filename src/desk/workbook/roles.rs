//! What a header cell stands for, by its words.

use super::book::{Cell, Datum};
use crate::desk::text;

/// A header cell is a few words; 「なぜその成熟度と判断したかの根拠、確認方法／エビデンス等(任意)」 has 34 characters.
const MAX_HEADER: usize = 60;
/// The longest header of a column of values.
const MAX_VALUE_HEADER: usize = 30;
/// The longest header of a column of titles that is told by its last word only.
const MAX_TITLE_HEADER: usize = 12;

/// What a header cell stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Current,
    /// スコア: the current values, but only where it stands beside 目標 and nothing else can be meant.
    Score,
    Target,
    Number,
    Running,
    Title,
    Minor,
    Kind,
    Block,
    Category,
    Evidence,
    Action,
}

impl Role {
    /// Whether it says which row is which, rather than what is answered.
    pub(super) fn identifies(self) -> bool {
        use Role::{Block, Category, Kind, Minor, Number, Running, Title};
        matches!(self, Number | Running | Title | Minor | Kind | Block | Category)
    }
}

/// The folded words of a cell that may be a header or a title; `None` for prose and numbers.
pub(super) fn short_key(cell: &Cell) -> Option<String> {
    // in bytes: a character has at most four, and spaces are dropped
    let short = cell.datum == Datum::Text && cell.text.len() <= MAX_HEADER * 4;
    short.then(|| text::key(&cell.text)).filter(|it| !it.is_empty())
}

/// The role of a header, by its folded words, and how well it fits (0 is best).
pub(super) fn role(key: &str) -> Option<(Role, u8)> {
    // most cells end here
    if !key.chars().any(is_telling) && !unbracketed(key.chars()).next().is_some_and(begins_name) {
        return None;
    }
    let length = key.chars().count();
    if length > MAX_HEADER {
        return None;
    }
    let bare = bare(key);
    match exact_role(&bare) {
        Some(Role::Current | Role::Target) if is_past(key, &bare) => return None,
        // 「成熟度（現在）」「自己評価（3年後）」
        Some(Role::Score) => return value_role(key).or(Some((Role::Score, 0))),
        Some(found) => return Some((found, 0)),
        None if bare == "自己評価" => return value_role(key).or(Some((Role::Current, 3))),
        None => {}
    }
    let has = |words: &[&str]| words.iter().any(|it| key.contains(it));
    // before the values: 「現在の成熟度の根拠」 is no column of values
    if has(&["根拠", "エビデンス", "算出", "計算方法", "判断理由", "確認方法"]) {
        return Some((Role::Evidence, 1));
    }
    if has(&["アクション"]) {
        return Some((Role::Action, 1));
    }
    if length > MAX_VALUE_HEADER || has(&["ください", "下さい", "。"]) {
        return None;
    }
    if has(&["定性"]) && has(&["定量"]) {
        return Some((Role::Kind, 1));
    }
    if has(&["指標", "項目"]) && (key.ends_with("no") || key.ends_with("no.") || has(&["番号"])) {
        return Some((Role::Number, if has(&["指標"]) { 0 } else { 1 }));
    }
    if is_past(key, &bare) {
        return None;
    }
    value_role(key).or_else(|| {
        let titles = ["指標", "項目", "指標名", "項目名", "指標の名称", "項目の名称"];
        let named = length <= MAX_TITLE_HEADER && titles.iter().any(|it| bare.ends_with(it));
        named.then_some((Role::Title, 2))
    })
}

/// 「前回の現在値」「現在（前回）」 say nothing of today.
fn is_past(key: &str, bare: &str) -> bool {
    ["前回", "昨年", "前年", "過去", "以前", "前期", "昨期"]
        .iter()
        .filter(|it| key.contains(**it))
        .any(|it| bare.contains(it) || ["", "度", "時"].iter().any(|end| key.contains(&format!("({it}{end})"))))
}

/// Without what stands in brackets and marks like 「※」.
pub(super) fn bare(key: &str) -> String {
    let mut bare = String::with_capacity(key.len());
    bare.extend(unbracketed(key.chars()));
    bare
}

/// The letters of [`bare`], of those of a key.
pub(super) fn unbracketed(key: impl Iterator<Item = char>) -> impl Iterator<Item = char> {
    let mut depth = 0_u32;
    key.filter(move |it| {
        match it {
            '(' | '[' | '【' | '〔' => depth += 1,
            ')' | ']' | '】' | '〕' => depth = depth.saturating_sub(1),
            '※' | '*' | ':' | '■' | '●' | '・' => {}
            _ => return depth == 0,
        }
        false
    })
}

/// Headers that say one thing only.
const NAMES: [(Role, &[&str]); 12] = [
    (
        Role::Current,
        &[
            "現在",
            "現状",
            "現在値",
            "現状値",
            "現在の成熟度",
            "現在の値",
            "現在成熟度",
            "asis",
            "as-is",
            "current",
            "現時点",
            "現時点の成熟度",
            "現時点の値",
            "現状の成熟度",
            "現況",
        ],
    ),
    (
        Role::Score,
        &["スコア", "成熟度", "成熟度レベル", "レベル", "評価点", "点数", "得点", "自己採点", "いま", "今回"],
    ),
    (
        Role::Target,
        &["目標", "目標値", "目標の成熟度", "目標の値", "目標成熟度", "3年後の目標", "tobe", "to-be", "target"],
    ),
    (Role::Number, &["定性指標no.", "定性指標no", "指標no.", "指標no", "指標番号", "定性指標番号"]),
    (Role::Running, &["no", "no.", "番号", "#", "項番", "通番"]),
    (
        Role::Title,
        &[
            "dx推進指標",
            "推進指標",
            "指標",
            "指標名",
            "項目",
            "項目名",
            "設問",
            "指標項目",
            "質問",
            "title",
            "indicator",
        ],
    ),
    (Role::Minor, &["小分類"]),
    (Role::Kind, &["定性定量", "種別"]),
    (Role::Block, &["大分類"]),
    (Role::Category, &["中分類"]),
    (Role::Action, &["アクション", "アクション欄", "action"]),
    (Role::Evidence, &["理由"]),
];

fn exact_role(bare: &str) -> Option<Role> {
    NAMES.iter().find(|it| it.1.contains(&bare)).map(|it| it.0)
}

/// How [`NAMES`] begin, and 「自己評価」.
pub(super) const FIRST_LETTERS: &str = "現acスレ成評点得自い今目3t定指n番#項通d推設質i小種大中ア理";

fn begins_name(it: char) -> bool {
    FIRST_LETTERS.contains(it)
}

/// The most letters of one of [`NAMES`].
const MAX_NAME: usize = 9;

/// Whether these folded words may be one of [`NAMES`] or 「自己評価」.
pub(super) fn may_be_name(key: impl Iterator<Item = char>) -> bool {
    let mut bare = unbracketed(key);
    bare.next().is_some_and(begins_name) && bare.nth(MAX_NAME - 1).is_none()
}

/// One of them stands in each word that tells a header wherever it stands in it.
pub(super) const TELLING: [char; 12] = ['根', 'エ', '算', '判', '確', 'ア', '定', '標', '目', '現', '実', '年'];

fn is_telling(it: char) -> bool {
    TELLING.contains(&it)
}

const NOW: [&str; 4] = ["現在", "現状", "現時点", "現況"];

/// Words of headers that speak of the values and head none: 「現在の課題」「目標との差」「目標時期」.
const NO_VALUES: [&str; 16] = [
    "課題",
    "取組",
    "内容",
    "理由",
    "コメント",
    "差",
    "ギャップ",
    "日",
    "担当",
    "備考",
    "メモ",
    "平均",
    "人",
    "時期",
    "期限",
    "年月",
];

/// 「現在の成熟度レベル」「目標(例えば3年後)」「3年後」「2022年度実績」.
fn value_role(key: &str) -> Option<(Role, u8)> {
    if NO_VALUES.iter().any(|it| key.contains(it)) {
        return None;
    }
    let now = NOW.iter().any(|it| key.contains(it));
    let done = key.ends_with("実績") || key.ends_with("実績値");
    let (role, leads) = match (now || done, key.contains("目標") || key.contains("年後")) {
        (true, false) => (Role::Current, NOW.iter().any(|it| key.starts_with(it))),
        (false, true) => (Role::Target, key.starts_with("目標")),
        _ => return None,
    };
    // 「現在の状況」 may be words beside the value
    let fit = match (["状況", "状態", "説明", "概要"].iter().any(|it| key.contains(it)), leads) {
        (true, _) => 4,
        _ if done && !now => 5,
        (false, true) => 1,
        (false, false) => 2,
    };
    Some((role, fit))
}

/// What a header under 現在 says that is merged over several columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Share {
    /// 全社: the company's value.
    Whole,
    /// レベル, 値: the value.
    Value,
    /// 営業部: one of several.
    Part,
    /// 理由, 単位: no value.
    None,
}

/// What stands under a header of several columns.
pub(super) fn share(words: &str) -> Share {
    let key = text::key(words);
    let is = |words: &[&str]| words.iter().any(|it| key.contains(it));
    if is(&["理由", "根拠", "コメント", "備考", "説明", "単位", "メモ", "エビデンス", "算出", "担当", "時期", "前回"])
    {
        Share::None
    } else if is_whole(&key) {
        Share::Whole
    } else if is(&["レベル", "成熟度", "点", "値", "スコア", "数"]) {
        Share::Value
    } else {
        Share::Part
    }
}

/// Whether a header speaks of the whole company: 「現在（全社）」 beside 「現在（営業部）」.
pub(super) fn is_whole(key: &str) -> bool {
    ["全社", "全体", "会社", "総合"].iter().any(|it| key.contains(it))
}

#[cfg(test)]
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().flat_map(|it| it.1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first look lets all names through.
    #[test]
    fn every_name_begins_as_names_do() {
        for name in names() {
            assert!(may_be_name(name.chars()) && role(name).is_some(), "{name}");
        }
        assert_eq!(role("自己評価"), Some((Role::Current, 3)));
        assert_eq!(role("売上管理の在庫(会議)第7項"), None);
    }
}
