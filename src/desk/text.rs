//! Folding of Japanese text for comparing. What people wrote is kept unchanged; this is only for finding.

use unicode_normalization::UnicodeNormalization as _;

/// NFKC, CJK radicals and look-alike marks folded, `～` and dashes unified; whitespace kept.
/// NFKC leaves ⻑ (U+2ED1) and its siblings in the CJK Radicals Supplement alone, so they are mapped here.
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for it in text.chars() {
        match plain(it) {
            Some(it) => folded.push(it),
            None => return text.nfkc().map(fold_char).collect(),
        }
    }
    folded
}

/// The characters of the Basic Multilingual Plane that fold one by one, whatever stands beside them: first and last of
/// each stretch.
pub(crate) const PLAIN: [(u16, u16); 6] =
    [(0, 0x7F), (0x3000, 0x3012), (0x3041, 0x3096), (0x30A1, 0x30FC), (0x4E00, 0x9FFF), (0xFF01, 0xFF5E)];

/// A character folded, where NFKC makes one character of it, beside any other such: kana, kanji, ASCII of both widths.
#[inline]
fn plain(it: char) -> Option<char> {
    match it {
        '\0'..='\u{7F}' | 'ぁ'..='ゖ' | 'ァ'..='ー' | '、'..='〒' => Some(it),
        '一'..='\u{9FFF}' => Some(if it == '髙' { '高' } else { it }),
        '\u{3000}' => Some(' '),
        // full-width: as far behind ASCII (Unicode, Halfwidth and Fullwidth Forms)
        '！'..='～' => char::from_u32(u32::from(it) - 0xFEE0),
        _ => None,
    }
}

/// What [`key`] makes of a character that folds alone; `None` for whitespace, too.
#[inline]
pub(crate) fn plain_key(it: char) -> Option<char> {
    plain(it).filter(|it| !matches!(it, ' ' | '\t'..='\r')).map(|it| it.to_ascii_lowercase())
}

/// [`fold`], then without any whitespace and unseen marks, in lower case: a key for comparing titles and headers.
pub fn key(text: &str) -> String {
    let mut key = String::with_capacity(text.len());
    for it in text.chars() {
        match plain(it) {
            Some(' ' | '\t'..='\r') => {}
            // these have no other case, but for ASCII
            Some(it) => key.push(it.to_ascii_lowercase()),
            None => return any_key(text),
        }
    }
    key
}

fn any_key(text: &str) -> String {
    let seen = text.nfkc().map(fold_char).filter(|it| !it.is_whitespace() && !is_unseen(*it));
    seen.flat_map(char::to_lowercase).collect()
}

/// `char::is_alphanumeric`, without its tables for kana and kanji.
#[inline]
pub fn is_letter(it: char) -> bool {
    matches!(it, 'ぁ'..='ゖ' | 'ァ'..='ヺ' | 'ー' | '一'..='\u{9FFF}') || it.is_alphanumeric()
}

/// Marks without width that come with pasted text: joiners, a soft hyphen, variation selectors.
fn is_unseen(it: char) -> bool {
    matches!(
        it,
        '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{E0100}'..='\u{E01EF}'
    )
}

fn fold_char(it: char) -> char {
    match it {
        '\u{2ED1}' => '長',
        '\u{2EA0}' => '民',
        '\u{2EC4}' | '\u{2EC3}' => '西',
        '\u{2EE4}' => '鬼',
        '\u{2ED8}' => '青',
        '\u{2EDD}' | '\u{2EDE}' => '食',
        '\u{2EE9}' => '黄',
        '\u{2EEB}' => '斉',
        '\u{2EED}' => '歯',
        '\u{2EEF}' => '竜',
        '\u{2EE8}' => '麦',
        '\u{2ECB}' => '車',
        '\u{2EB3}' => '网',
        '\u{2E81}' => '厂',
        '\u{2E84}' => '乙',
        '\u{2E88}' => '刀',
        '\u{2E8C}' | '\u{2E8D}' => '小',
        '\u{2E92}' => '巳',
        '\u{2E9C}' => '日',
        '\u{2E9D}' | '\u{2EBC}' => '月',
        '\u{2EA7}' => '牛',
        '\u{2EA9}' => '王',
        '\u{2EAB}' => '目',
        '\u{2EAC}' => '示',
        '\u{2EB6}' => '羊',
        '\u{2EC6}' => '角',
        '\u{2ECA}' => '足',
        '\u{2ED7}' => '雨',
        '\u{2EE3}' => '骨',
        '\u{2EF2}' => '亀',
        '髙' => '高',
        '﨑' => '崎',
        '〜' | '～' | '∼' | '˜' => '~',
        '‐' | '‑' | '‒' | '–' | '—' | '―' | '−' | '﹣' | '－' => '-',
        '\u{00A0}' | '\u{3000}' => ' ',
        other => other,
    }
}

/// What makes a name a company's.
const LEGAL_FORMS: [&str; 8] = ["株式会社", "有限会社", "合同会社", "合資会社", "合名会社", "(株)", "(有)", "(同)"];

/// Whether a display name is a company's rather than a person's: it carries a legal form.
pub fn names_a_company(name: &str) -> bool {
    let key = key(name);
    LEGAL_FORMS.iter().any(|it| key.contains(it))
}

/// A company's name as a key: without its legal form, marks and spaces.
pub fn company_key(name: &str) -> String {
    let mut key = key(name);
    for form in LEGAL_FORMS.into_iter().chain(["御中"]) {
        key = key.replace(form, "");
    }
    key.chars().filter(|it| it.is_alphanumeric()).collect()
}

/// Whether two names may be one company: equal, one inside the other, or one of them not said.
pub fn same_company(a: &str, b: &str) -> bool {
    let (a, b) = (company_key(a), company_key(b));
    a.is_empty() || b.is_empty() || a.contains(&b) || b.contains(&a)
}

/// [`same_company`], or nearly the same by edit distance: as the same people spell one name twice.
pub fn nearly_same_company(a: &str, b: &str) -> bool {
    same_company(a, b) || strsim::normalized_levenshtein(&company_key(a), &company_key(b)) >= 0.6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn legal_forms_and_widths_do_not_make_another_company() {
        assert!(same_company("㈱信州きのこ工房", "信州きのこ工房株式会社"));
        assert!(same_company("鹿島水産（株）", "鹿島水産"));
        assert!(same_company("", "鹿島水産"));
        assert!(!nearly_same_company("株式会社土浦フーズ", "信州きのこ工房株式会社"));
        assert!(
            !same_company("山田製作所", "山本製作所") && nearly_same_company("安曇野テキスタイル", "安曇野テキスタル")
        );
    }

    /// The short way gives what the long one gives.
    #[test]
    fn plain_characters_fold_as_after_nfkc() {
        let all = || (0..=0x2_FFFF).filter_map(char::from_u32);
        let folded: String = all().filter_map(plain).collect();
        let text: String = all().filter(|it| plain(*it).is_some()).collect();
        assert_eq!(text.nfkc().map(fold_char).collect::<String>(), folded);
        assert_eq!(fold(&text), folded);
        let is_plain = |it: u16| PLAIN.iter().any(|(first, last)| (*first..=*last).contains(&it));
        assert!((0..=0xFFFF).all(|it| is_plain(it) == char::from_u32(it.into()).is_some_and(|it| plain(it).is_some())));
        assert_eq!(key(&text), any_key(&text));
        assert!((0..=0x2_FFFF).filter_map(char::from_u32).all(|it| is_letter(it) == it.is_alphanumeric()));
        assert_eq!(key("現\u{200B}在\u{FEFF}の 葛\u{E0100}"), "現在の葛");
    }

    #[test]
    fn radicals_and_widths_fold() {
        assert_eq!(key("⻑野県　ｖｅｒ２．３"), "長野県ver2.3");
        assert_eq!(fold("13：00〜16：00"), "13:00~16:00");
    }
}
