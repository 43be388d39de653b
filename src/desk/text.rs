//! Folding of Japanese text for comparing. What people wrote is kept unchanged; this is only for finding.

use unicode_normalization::UnicodeNormalization as _;

/// NFKC, CJK radicals and look-alike marks folded, `～` and dashes unified; whitespace kept.
/// NFKC leaves ⻑ (U+2ED1) and its siblings in the CJK Radicals Supplement alone, so they are mapped here.
pub fn fold(text: &str) -> String {
    text.nfkc().map(fold_char).collect()
}

/// [`fold`], then without any whitespace and in lower case: a key for comparing titles and headers.
pub fn key(text: &str) -> String {
    fold(text).chars().filter(|it| !it.is_whitespace()).flat_map(char::to_lowercase).collect()
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

    #[test]
    fn radicals_and_widths_fold() {
        assert_eq!(key("⻑野県　ｖｅｒ２．３"), "長野県ver2.3");
        assert_eq!(fold("13：00〜16：00"), "13:00~16:00");
    }
}
