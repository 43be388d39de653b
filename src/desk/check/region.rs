//! The region of a company, from its prefecture or address.

use super::introduced::introduces;
use crate::desk::{rules::Region, text};

/// The prefectures without 都道府県, but 北海道.
const PREFECTURES: [&str; 47] = [
    "北海道",
    "青森",
    "岩手",
    "宮城",
    "秋田",
    "山形",
    "福島",
    "茨城",
    "栃木",
    "群馬",
    "埼玉",
    "千葉",
    "東京",
    "神奈川",
    "新潟",
    "富山",
    "石川",
    "福井",
    "山梨",
    "長野",
    "岐阜",
    "静岡",
    "愛知",
    "三重",
    "滋賀",
    "京都",
    "大阪",
    "兵庫",
    "奈良",
    "和歌山",
    "鳥取",
    "島根",
    "岡山",
    "広島",
    "山口",
    "徳島",
    "香川",
    "愛媛",
    "高知",
    "福岡",
    "佐賀",
    "長崎",
    "熊本",
    "大分",
    "宮崎",
    "鹿児島",
    "沖縄",
];

/// Prefectures that are family names, too.
const SURNAMES: [&str; 30] = [
    "秋田", "山形", "福島", "宮城", "千葉", "富山", "石川", "福井", "長野", "三重", "奈良", "岡山", "山口", "徳島",
    "香川", "福岡", "佐賀", "長崎", "宮崎", "栃木", "青森", "岩手", "山梨", "静岡", "滋賀", "鳥取", "広島", "高知",
    "熊本", "大分",
];

/// Before a prefecture on a line of its own.
const LABELS: [&str; 5] = ["地域", "所在地", "都道府県", "県名", "本社"];

/// The region that a prefecture or address lies in: 長野 for 「〒390-0811 長野県松本市」.
///
/// The first prefecture that is named with 都, 道, 府 or 県 counts, else one that the text begins with: the 長野 in
/// 「大阪府河内長野市」 is no prefecture.
pub fn region_of(text: &str, regions: &[Region]) -> Option<String> {
    let key = text::key(text);
    let plain = |name: &str| text::key(name).trim_end_matches(['都', '府', '県']).to_owned();
    let Some(prefecture) = named(&key).or_else(|| begins_with(&key)) else {
        // A programme may name its regions otherwise (県北, 中信); such a name has to stand there as it is.
        let other =
            |it: &&Region| !PREFECTURES.contains(&plain(&it.name).as_str()) && key.contains(&text::key(&it.name));
        return regions.iter().find(other).map(|it| it.name.clone());
    };
    regions.iter().find(|it| plain(&it.name) == plain(prefecture)).map(|it| it.name.clone())
}

/// The one region of the programme that a sender's own words name: as 「茨城県」, on a line about the 地域, or as all that a
/// clause says (「茨城です」); `None` for none or several. `answers`: the words answer a letter of ours.
pub fn region_said(words: &str, regions: &[Region], answers: bool) -> Option<String> {
    let words = text::fold(words);
    let says =
        |line: &str, name: &str| line.contains(&format!("{name}県")) || (line.contains("地域") && line.contains(name));
    let clauses: Vec<&str> = clauses(&words).collect();
    let alone = |name: &str| clauses.iter().enumerate().any(|(at, _)| is_place(&clauses, at, name, answers));
    let mut said = regions
        .iter()
        .filter(|it| words.lines().any(|line| says(line, &it.name)) || alone(it.name.trim_end_matches('県')))
        .chain(introduced(&words).and_then(|place| regions.iter().find(|it| it.name.trim_end_matches('県') == place)))
        .fold(Vec::new(), |mut all: Vec<&Region>, it| {
            if all.iter().all(|known| known.name != it.name) {
                all.push(it);
            }
            all
        })
        .into_iter();
    match (said.next(), said.next()) {
        (Some(only), None) => Some(only.name.clone()),
        _ => None,
    }
}

/// A prefecture that is no region of the programme, where a clause says nothing but that the company is there.
pub fn outside_said(words: &str, regions: &[Region], answers: bool) -> Option<String> {
    if region_said(words, regions, answers).is_some() {
        return None;
    }
    let words = text::fold(words);
    let clauses: Vec<&str> = clauses(&words).collect();
    let place = |at: usize| PREFECTURES.iter().find(|name| is_place(&clauses, at, name, answers)).copied();
    let mut said = (0..clauses.len()).filter_map(place).chain(introduced(&words));
    let only = said.next().filter(|first| said.all(|it| it == *first))?;
    outside_of(only, regions)
}

/// The prefecture with its 都, 道, 府 or 県, where it is no region of the programme.
pub(super) fn outside_of(text: &str, regions: &[Region]) -> Option<String> {
    let key = text::key(text);
    let prefecture = named(&key).or_else(|| begins_with(&key))?;
    let by_prefecture =
        |it: &Region| PREFECTURES.iter().any(|name| it.name.trim_end_matches(['都', '府', '県']) == *name);
    // where regions are parts of one prefecture, its name alone says nothing
    if region_of(text, regions).is_some() || !regions.iter().all(by_prefecture) {
        return None;
    }
    let kind = match prefecture {
        "北海道" => "",
        "東京" => "都",
        "大阪" | "京都" => "府",
        _ => "県",
    };
    Some(format!("{prefecture}{kind}"))
}

/// The prefecture from which the first lines introduce a company; `words` are folded.
fn introduced(words: &str) -> Option<&'static str> {
    PREFECTURES.iter().find(|it| introduces(words, it, SURNAMES.contains(it))).copied()
}

/// Clauses of a text, without blanks.
fn clauses(words: &str) -> impl Iterator<Item = &str> {
    let parts = words.split(['。', '、', ',', '\n', '!', '・', '(', ')']).take(4_000);
    parts.map(str::trim).filter(|it| !it.is_empty() && it.chars().count() <= 40)
}

/// 「地域は茨城です」, 「つくば市ですので茨城県です」: whether the clause says that the company is in the prefecture. 「長野です」 is
/// somebody's name, but as all that an answer to us says, or below 「地域：」.
fn is_place(clauses: &[&str], at: usize, name: &str, answers: bool) -> bool {
    let Some(clause) = clauses.get(at) else { return false };
    let bare = ["です", "でございます", "だ", ""].iter().any(|it| clause.strip_suffix(it) == Some(name));
    if bare && SURNAMES.contains(&name) {
        let label = at.checked_sub(1).and_then(|it| clauses.get(it));
        let labelled = label.is_some_and(|it| LABELS.iter().any(|label| it.trim_end_matches(':').ends_with(label)));
        return labelled || (answers && clauses.len() == 1);
    }
    says_place(clause, name)
}

fn says_place(clause: &str, name: &str) -> bool {
    let starts = [
        "お申し込みの地域は",
        "申し込みの地域は",
        "申込地域は",
        "地域は",
        "地域:",
        "弊社は",
        "当社は",
        "所在地は",
        "所在地:",
        "本社は",
        "本社:",
        "本店は",
        "事業所は",
        "工場は",
        "会社は",
        "都道府県は",
        "都道府県:",
        "県名は",
        "県名:",
        "県は",
    ];
    let ends = [
        "になります",
        "となります",
        "でございます",
        "にあります",
        "にございます",
        "所在です",
        "に所在しています",
        "に所在しております",
        "での申し込みです",
        "からの申し込みです",
        "で申し込みました",
        "でお願いします",
        "内です",
        "です",
        "だ",
    ];
    let clause = clause.split("ですので").last().unwrap_or(clause);
    let clause = clause.split("なので").last().unwrap_or(clause).trim();
    let said = starts.iter().find_map(|it| clause.strip_prefix(it)).unwrap_or(clause).trim();
    let bare = ends.iter().find_map(|it| said.strip_suffix(it)).unwrap_or(said).trim();
    let Some(rest) = bare.strip_prefix(name) else { return false };
    let place = rest.strip_prefix(['都', '道', '府', '県']).unwrap_or(rest);
    // 「東京都千代田区です」, 「茨城のつくば市です」
    let town = |it: &str| it.ends_with(['市', '区', '町', '村', '郡']) && !it.contains(['は', 'が', 'を', 'へ']);
    let told = bare.len() < clause.len() || place.is_empty();
    told && (place.is_empty()
        || (rest.len() > place.len() && town(place))
        || place.strip_prefix('の').is_some_and(town))
}

fn named(key: &str) -> Option<&'static str> {
    PREFECTURES
        .iter()
        .filter_map(|name| {
            let suffixes: &[&str] = if *name == "北海道" { &[""] } else { &["都", "府", "県"] };
            let at = suffixes.iter().filter_map(|it| key.find(&format!("{name}{it}"))).min()?;
            Some((at, *name))
        })
        .min_by_key(|(at, _)| *at)
        .map(|(_, name)| name)
}

fn begins_with(key: &str) -> Option<&'static str> {
    let start = key.trim_start_matches(|it: char| !it.is_alphabetic() || it == '〒');
    let start = start.strip_prefix("本社").unwrap_or(start).trim_start_matches(|it: char| !it.is_alphabetic());
    PREFECTURES.iter().find(|it| start.starts_with(**it)).copied()
}
