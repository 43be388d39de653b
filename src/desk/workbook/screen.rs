//! A first look at a text's bytes, letter by letter: whether it may be a header, a title, a label or name a version. Most
//! texts of most books may not, and need not be made into text.

use super::{profile, roles, sightings::Titles, version};
use crate::desk::text;

/// What a text may be, as far as its letters tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Signs(u8);

impl Signs {
    /// A header ([`roles::role`]).
    pub(super) const HEADER: Self = Self(1);
    /// The title of a form's row ([`Titles`]).
    pub(super) const TITLE: Self = Self(2);
    /// The form's version ([`version`]).
    pub(super) const VERSION: Self = Self(4);
    /// The label of a company's name or place ([`profile`]).
    pub(super) const LABEL: Self = Self(8);
    /// Anything: nothing is known.
    pub(super) const ALL: Self = Self(15);

    /// Either.
    pub(super) const fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    fn and(self, other: Self, is: bool) -> Self {
        if is { self.or(other) } else { self }
    }

    /// Whether it may be one of these.
    pub(super) fn have(self, any: Self) -> bool {
        self.0 & any.0 != 0
    }
}

/// The letters that tell, and those that tell nothing.
pub(super) struct Screen<'a> {
    /// For each character of the Basic Multilingual Plane, which of the classes below it is in.
    classes: Box<[u8; 0x1_0000]>,
    titles: &'a Titles,
}

/// In a word that tells a header wherever it stands.
const TELLS: u8 = 1;
/// First letter of a header.
const HEADS: u8 = 2;
/// First letter of a title.
const TITLES: u8 = 4;
/// In a word for a version.
const VERSION: u8 = 8;
/// In a label.
const LABEL: u8 = 16;
/// Not folded letter by letter: no class is known.
const FOLDS: u8 = 32;
/// Shown otherwise than written: a control character, or part of a reference or an escape.
const ODD: u8 = 64;

impl<'a> Screen<'a> {
    pub(super) fn of(titles: &'a Titles) -> Self {
        let mut classes = Box::new([FOLDS; 0x1_0000]);
        for (first, last) in text::PLAIN {
            if let Some(plain) = classes.get_mut(usize::from(first)..=usize::from(last)) {
                plain.fill(0);
            }
        }
        // no characters: halves of UTF-16
        if let Some(surrogates) = classes.get_mut(0xD800..=0xDFFF) {
            surrogates.fill(ODD);
        }
        let mut screen = Self { classes, titles };
        let odd = (0..b' ').filter(|it| *it != b'\n').chain([0x7F, b'&', b'_']).map(char::from);
        odd.for_each(|it| screen.add(it, ODD));
        roles::TELLING.into_iter().for_each(|it| screen.add_forms(it, TELLS));
        roles::FIRST_LETTERS.chars().for_each(|it| screen.add_forms(it, HEADS));
        version::LETTERS.into_iter().for_each(|it| screen.add_forms(it, VERSION));
        profile::LETTERS.into_iter().for_each(|it| screen.add_forms(it, LABEL));
        titles.first_letters().for_each(|it| screen.add_forms(it, TITLES));
        screen
    }

    fn add(&mut self, letter: char, class: u8) {
        if let Some(classes) = usize::try_from(u32::from(letter)).ok().and_then(|it| self.classes.get_mut(it)) {
            *classes |= class;
        }
    }

    /// A letter and all that fold to it, of those that fold letter by letter.
    fn add_forms(&mut self, letter: char, class: u8) {
        for it in [letter.to_ascii_lowercase(), letter.to_ascii_uppercase()] {
            self.add(it, class);
            let wide = u32::from(it).checked_add(0xFEE0).filter(|_| it.is_ascii_graphic());
            wide.and_then(char::from_u32).into_iter().for_each(|it| self.add(it, class));
        }
        if letter == '高' {
            self.add('髙', class);
        }
    }

    /// What a text may be. `None` where it is not shown as it is written, or is no UTF-8 of the plain kind: then it must be
    /// made into text first.
    pub(super) fn signs(&self, written: &[u8]) -> Option<Signs> {
        let found = self.classes(written)?;
        if found & FOLDS != 0 {
            return Some(Signs::ALL);
        }
        let key = || letters(written).filter_map(|it| text::plain_key(char::from_u32(it.into())?));
        // most of those with a first letter of one somewhere do not begin with it, and most begin with a letter
        let begins = |class: u8, first: Option<char>| {
            let first = first.and_then(|it| u16::try_from(u32::from(it)).ok());
            first.is_some_and(|it| self.class(it) & class != 0)
        };
        let first = key().next().filter(|it| text::is_letter(*it));
        let heads = || begins(HEADS, first.or_else(|| roles::unbracketed(key()).next()));
        let is_header = found & TELLS != 0 || (found & HEADS != 0 && heads() && roles::may_be_name(key()));
        let titled = || begins(TITLES, first.or_else(|| key().find(|it| text::is_letter(*it))));
        let is_title = found & TITLES != 0 && titled() && self.titles.may_be(key());
        let signs = Signs(0).and(Signs::HEADER, is_header).and(Signs::TITLE, is_title);
        Some(signs.and(Signs::VERSION, found & VERSION != 0).and(Signs::LABEL, found & LABEL != 0))
    }

    /// The classes of all letters of a text, `None` as for [`Self::signs`].
    fn classes(&self, written: &[u8]) -> Option<u8> {
        let (mut found, mut follow, mut rest) = (0, 0, written);
        while let Some((letter, bits, behind)) = letter(rest) {
            found |= self.class(letter);
            follow |= bits;
            rest = behind;
        }
        (rest.is_empty() && follow < FOLLOW && found & ODD == 0).then_some(found)
    }

    fn class(&self, letter: u16) -> u8 {
        self.classes.get(usize::from(letter)).copied().unwrap_or(ODD)
    }
}

/// The bits of what follows a first byte are less than this, of all else not.
const FOLLOW: u8 = 0x40;

/// The first character of a text in UTF-8 (Unicode, table 3-7), the bits of the bytes behind its first, and what stands
/// behind it; `None` at its end, and before a character that takes a closer look. It is none where the bits reach
/// [`FOLLOW`]: that is asked once for many.
#[inline]
fn letter(text: &[u8]) -> Option<(u16, u8, &[u8])> {
    match text {
        // not E0, behind which not everything may stand
        [first @ 0xE1..=0xEF, second, third, rest @ ..] => {
            let (second, third) = (second ^ 0x80, third ^ 0x80);
            let letter = u16::from(*first) << 12 | u16::from(second) << 6 | u16::from(third);
            Some((letter, second | third, rest))
        }
        [first @ 0..0x80, rest @ ..] => Some((u16::from(*first), 0, rest)),
        // not C2, behind which control characters stand
        [first @ 0xC3..=0xDF, second, rest @ ..] => {
            let second = second ^ 0x80;
            Some((u16::from(first & 0x1F) << 6 | u16::from(second), second, rest))
        }
        _ => None,
    }
}

/// The characters of a text that passed [`Screen::classes`].
fn letters(mut text: &[u8]) -> impl Iterator<Item = u16> {
    std::iter::from_fn(move || {
        let (letter, _, rest) = letter(text)?;
        text = rest;
        Some(letter)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::workbook::{book::Cell, book::Datum, tests::form};

    fn with_screen(test: impl FnOnce(&Screen, &Titles)) {
        let titles = Titles::of(&[form()]);
        test(&Screen::of(&titles), &titles);
    }

    /// A letter is in the classes of what it folds to.
    #[test]
    fn letters_are_classed_as_they_fold() {
        with_screen(|screen, _| {
            let class_of = |it: char| screen.class(u16::try_from(u32::from(it)).unwrap());
            for it in (0..0x1_0000).filter_map(char::from_u32) {
                let class = class_of(it);
                match text::plain_key(it) {
                    Some(folded) => assert_eq!(class & !ODD, class_of(folded) & !ODD, "{it}"),
                    None => assert!(class & FOLDS != 0 || " \t\n\r\u{B}\u{C}　".contains(it), "{it}"),
                }
            }
        });
    }

    /// The texts by which the sheets are read, in other forms and with other words around them, pass the first look.
    #[test]
    fn nothing_that_tells_is_passed_over() {
        let form = form();
        let also = ["自己評価", "現在の成熟度レベル", "2022年度実績", "定性・定量", "版", "バージョン"];
        let words = roles::names().chain(profile::names()).chain(also).map(str::to_owned);
        let words = words.chain(form.rows.into_iter().map(|it| it.title));
        with_screen(|screen, titles| {
            for word in words {
                let wide = |it: char| char::from_u32(u32::from(it) + 0xFEE0).filter(|_| it.is_ascii_graphic());
                let widened: String = word.chars().map(|it| wide(it).unwrap_or(it)).collect();
                let spaced: String = word.chars().flat_map(|it| [it, '　']).collect();
                let others = [word.to_uppercase(), format!("（※）\n {word}"), format!("■{word}")];
                for text in others.iter().chain([&word, &widened, &spaced]) {
                    holds(screen, titles, text);
                }
            }
        });
    }

    #[test]
    fn most_texts_are_passed_over() {
        with_screen(|screen, _| {
            assert_eq!(screen.signs("売上の在庫（会議）第7回".as_bytes()), Some(Signs(0)));
            assert_eq!(screen.signs("ｶﾅ".as_bytes()), Some(Signs::ALL));
            let odd = ["a&amp;b", "_x000D_", "a\tb", "𠮷", "\u{85}", "ࠀ"].map(str::as_bytes);
            assert!(
                odd.into_iter()
                    .chain([&b"\xE3\x81"[..], b"\xED\xA0\x80", b"\xE3\x81a"])
                    .all(|it| screen.signs(it).is_none())
            );
        });
    }

    /// What the closer look finds, the first one lets through.
    fn holds(screen: &Screen, titles: &Titles, words: &str) {
        let Some(signs) = screen.signs(words.as_bytes()) else {
            return;
        };
        let key = text::key(words);
        let cell = Cell { text: words.into(), datum: Datum::Text };
        assert!(
            signs.have(Signs::HEADER) || roles::short_key(&cell).is_none_or(|it| roles::role(&it).is_none()),
            "{words}"
        );
        let mut printed = crate::desk::workbook::sightings::Printed::new();
        titles.add(&mut printed, (0, 0), &key);
        assert!(signs.have(Signs::TITLE) || printed.is_empty(), "{words}");
        assert!(signs.have(Signs::VERSION) || !version::may_name(words), "{words}");
        assert!(signs.have(Signs::LABEL) || !profile::may_be_label(words), "{words}");
    }

    proptest::proptest! {
        #[test]
        fn nor_is_any_other_text(words in "[現在目標ＮｏNo.指（)【】 \u{3000}版vＶバﾊﾞ企業名カa-z⻑髙①×é_&]{0,12}") {
            with_screen(|screen, titles| holds(screen, titles, &words));
        }
    }
}
