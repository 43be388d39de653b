//! The region of a company, from its prefecture or address.

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
