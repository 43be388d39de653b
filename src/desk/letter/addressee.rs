//! Whom a display name means: a person, a department, a company, or a company and a person of it.

use crate::desk::text;

/// Titles behind a person's name, the longest first.
const TITLES: [&str; 14] = [
    "代表取締役社長",
    "代表取締役",
    "取締役",
    "代表社員",
    "社長",
    "専務",
    "常務",
    "本部長",
    "部長",
    "課長",
    "係長",
    "工場長",
    "店長",
    "主任",
];
/// How departments end.
const PARTS: [&str; 10] = ["部", "課", "室", "係", "局", "グループ", "チーム", "センター", "窓口", "委員会"];
/// Names of people that end like departments.
const LIKE_PARTS: [&str; 7] = ["長谷部", "日下部", "曽我部", "曾我部", "長曽我部", "長宗我部", "矢田部"];
/// How names of firms, shops and places end, which three letters and more of a person's name do not.
const OF_FIRMS: [&str; 20] = [
    "所", "店", "社", "院", "園", "組", "場", "館", "会", "業", "県", "府", "都", "市", "町", "村", "堂", "舎", "様",
    "長",
];
/// Words of two letters that stand where a name may, and are none.
const NO_NAMES: [&str; 33] = [
    "代表", "担当", "社長", "専務", "常務", "総務", "経理", "営業", "人事", "事務", "受付", "本社", "本店", "支店",
    "工場", "店舗", "企画", "開発", "製造", "購買", "情報", "広報", "法務", "財務", "商店", "商会", "工業", "産業",
    "建設", "東京", "大阪", "京都", "茨城",
];

/// Whom a display name means, and how it is addressed. People write 様 behind their own names, departments and companies
/// stand where a person is meant, and programs repeat the address. `company_told`: the letter names the company by itself.
pub(super) fn addressee(name: &str, company_told: bool) -> (String, &'static str) {
    let bare = name.trim().trim_end_matches(['様', '殿']).trim_end_matches("御中").trim_end_matches("さま").trim();
    if bare.contains('@') {
        return (String::new(), "様");
    }
    if let Some((_, person)) = company_and_person(bare) {
        return (if company_told { person } else { bare }.to_owned(), "様");
    }
    let last = bare.split_whitespace().next_back().unwrap_or_default();
    let several = is_part(last) || text::names_a_company(bare);
    (bare.to_owned(), if several { "御中" } else { "様" })
}

/// 阿部, 服部, 磯部 are people; 総務部 is none.
fn is_part(word: &str) -> bool {
    word.chars().count() >= 3 && PARTS.iter().any(|it| word.ends_with(it)) && !LIKE_PARTS.contains(&word)
}

/// The company and the person of one display name, as they are written there: 「㈱髙橋鐵工所 髙橋」, 「髙橋（㈱髙橋鐵工所）」.
/// `None` where it is not plain that it names both.
pub(crate) fn company_and_person(name: &str) -> Option<(&str, &str)> {
    let words = words(name);
    let named = |at: usize| words.get(at).map(|it| it.1).unwrap_or_default();
    let whole = |from: usize, to: usize| {
        let ((start, _), (last, word)) = (words.get(from)?, words.get(to.checked_sub(1)?)?);
        name.get(*start..last.checked_add(word.len())?)
    };
    let is_company = |from: usize, to: usize| {
        // a legal form by itself belongs to the word beside it
        (from..to).any(|it| text::names_a_company(named(it)))
            && (from..to).any(|it| !text::company_key(named(it)).is_empty())
    };
    let is_person = |from: usize, to: usize| {
        (from..to).all(|it| is_name(named(it))) && (from..to).any(|it| named(it).contains(is_kanji))
    };
    // its departments and titles are neither
    let firm = |to: usize| (0..to).find(|it| is_part(named(*it)) || is_title(named(*it))).unwrap_or(to);
    let count = words.len();
    let behind = [2, 1].into_iter().filter_map(|it| count.checked_sub(it));
    if let Some(from) = behind.into_iter().find(|from| is_person(*from, count) && is_company(0, firm(*from))) {
        return Some((whole(0, firm(from))?, untitled(whole(from, count)?)));
    }
    let to = [2, 1].into_iter().find(|to| is_person(0, *to) && is_company(*to, count))?;
    Some((whole(to, count)?, untitled(whole(0, to)?)))
}

/// The words of a display name, each with its place: between blanks, slashes and brackets, but for those of a legal form.
fn words(name: &str) -> Vec<(usize, &str)> {
    let mut words = Vec::new();
    let mut from = 0;
    for (at, it) in name.char_indices() {
        let behind: String = name.get(at..).unwrap_or_default().chars().skip(1).take(2).collect();
        let before: String = name.get(..at).unwrap_or_default().chars().rev().take(2).collect();
        let legal =
            |it: &str, bracket: [char; 2]| it.starts_with(['株', '有', '同', '資', '名']) && it.ends_with(bracket);
        let opens = matches!(it, '(' | '（') && !legal(&behind, [')', '）']);
        let closes = matches!(it, ')' | '）') && !legal(&before, ['(', '（']);
        let parts = matches!(it, '/' | '／' | '|' | '｜' | '＠' | ',' | '、' | '，' | '【' | '】' | '「' | '」');
        if it.is_whitespace() || opens || closes || parts {
            words.extend(name.get(from..at).map(|it| (from, it)));
            from = at.saturating_add(it.len_utf8());
        }
    }
    words.extend(name.get(from..).map(|it| (from, it)));
    words.retain(|it| !it.1.is_empty());
    words
}

fn is_title(word: &str) -> bool {
    TITLES.contains(&word)
}

/// 「佐々木部長」 is addressed by the name alone.
fn untitled(person: &str) -> &str {
    TITLES.iter().find_map(|it| person.strip_suffix(it)).map(str::trim).filter(|it| !it.is_empty()).unwrap_or(person)
}

/// Whether a word may be a person's name, or a part of it.
fn is_name(word: &str) -> bool {
    let bare = untitled(word);
    let length = bare.chars().filter(|it| !is_variant(*it)).count();
    let written = bare.chars().all(|it| is_kanji(it) || is_variant(it) || matches!(it, 'ぁ'..='ん' | 'ヶ' | 'ノ'));
    let of_firm = length >= 3 && OF_FIRMS.iter().any(|it| bare.ends_with(it));
    (1..=6).contains(&length) && written && !of_firm && !is_part(bare) && !is_no_name(bare)
}

fn is_no_name(word: &str) -> bool {
    NO_NAMES.contains(&word) || is_title(word) || text::names_a_company(word)
}

fn is_kanji(it: char) -> bool {
    matches!(it, '々' | '〆' | '\u{3400}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{2_0000}'..='\u{3_FFFF}')
}

/// Unicode ideographic variation selectors (UTS 37).
fn is_variant(it: char) -> bool {
    matches!(it, '\u{E0100}'..='\u{E01EF}')
}

#[cfg(test)]
mod tests {
    use super::{addressee, company_and_person};

    #[test]
    fn people_departments_and_companies_are_addressed_as_such() {
        for (name, contact, honorific) in [
            ("小林花子", "小林花子", "様"),
            ("小林 花子 様", "小林 花子", "様"),
            ("総務部", "総務部", "御中"),
            ("株式会社山田 総務課", "株式会社山田 総務課", "御中"),
            ("株式会社山田", "株式会社山田", "御中"),
            ("株式会社山田御中", "株式会社山田", "御中"),
            ("suzuki@kinoko.example.jp", "", "様"),
            ("阿部", "阿部", "様"),
            ("長谷部", "長谷部", "様"),
            ("", "", "様"),
            ("㈱髙橋鐵工所 髙橋", "髙橋", "様"),
        ] {
            assert_eq!(addressee(name, true), (contact.to_string(), honorific), "{name}");
        }
        assert_eq!(addressee("㈱髙橋鐵工所 髙橋", false), ("㈱髙橋鐵工所 髙橋".to_string(), "様"));
    }

    #[test]
    fn a_company_and_its_person_in_one_name() {
        for (name, company, person) in [
            ("㈱髙橋鐵工所 髙橋", "㈱髙橋鐵工所", "髙橋"),
            ("㈱髙橋鐵工所　髙橋 一郎 様", "㈱髙橋鐵工所", "髙橋 一郎"),
            ("髙橋（㈱髙橋鐵工所）", "㈱髙橋鐵工所", "髙橋"),
            ("（株）ひたち精工　﨑山", "（株）ひたち精工", "﨑山"),
            ("大野 さくら / 有限会社ひたち精工", "有限会社ひたち精工", "大野 さくら"),
            ("株式会社 霞運輸 渡邉", "株式会社 霞運輸", "渡邉"),
            ("霞運輸 株式会社 渡邉", "霞運輸 株式会社", "渡邉"),
            ("合同会社ABC 営業部 佐々木 茂", "合同会社ABC", "佐々木 茂"),
            ("株式会社霞運輸 代表取締役 阿部", "株式会社霞運輸", "阿部"),
            ("株式会社霞運輸 阿部部長", "株式会社霞運輸", "阿部"),
            ("𠮷田 ㈱霞運輸", "㈱霞運輸", "𠮷田"),
        ] {
            let name = name.trim_end_matches(" 様");
            assert_eq!(company_and_person(name), Some((company, person)), "{name}");
        }
        for name in [
            "株式会社 山田",
            "山田 株式会社",
            "株式会社山田製作所",
            "株式会社 山田 製作所",
            "株式会社山田 総務課",
            "株式会社山田 水戸支店",
            "株式会社山田 担当",
            "株式会社ABC ジャパン",
            "株式会社山田 東京",
            "（株）山田",
            "山田 太郎",
            "髙橋鐵工所 髙橋",
            "",
        ] {
            assert_eq!(company_and_person(name), None, "{name}");
        }
    }
}
