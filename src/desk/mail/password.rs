//! Passwords told in a mail: the custom of sending a locked file in one mail and its password in the next. They are found
//! anew in the raw mail whenever a file is to be opened, and stand nowhere else: what is stored of a mail has them blotted.

use std::ops::Range;

use crate::desk::text;

/// Candidates taken from one mail.
const MOST: usize = 12;
/// Their lengths in characters. Shorter ones are numbers of a list, longer ones are lines.
const SHORTEST: usize = 3;
const LONGEST: usize = 64;
/// Written lines below 「パスワードは以下の通りです」 in which it may stand.
const BELOW: usize = 4;
/// Lines that are looked at.
const MOST_LINES: usize = 2_000;
/// Texts shorter than this are far from every bound.
const BOUNDLESS: usize = 900;
/// What stands in place of a password.
const BLOT: &str = "＊＊＊＊";
/// Words before a password.
const CUES: [&str; 16] = [
    "パスワード",
    "パスワ-ド",
    "ぱすわーど",
    "password",
    "passwd",
    "passcode",
    "passphrase",
    "解凍キー",
    "解凍コード",
    "復号キー",
    "暗号キー",
    "暗証番号",
    "pass",
    "パス",
    "pwd",
    "pw",
];
/// Words behind one: 「先ほどのファイルは abc123 で開けます」.
const USES: [&str; 6] = ["で開", "で解凍", "にて解凍", "で復号", "で展開", "にて開"];
/// It comes by another way.
const ELSEWHERE: [&str; 9] =
    ["別途", "別メール", "別送", "後ほど", "後程", "追って", "改めて", "次のメール", "separately"];
/// Somebody is asked for it: what stands below is none.
const ASKED: [&str; 3] = ["当日", "ください", "下さい"];

/// The passwords that subject and text may tell, most likely first.
pub(super) fn told(subject: &str, text: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    for it in found(subject, text) {
        if all.len() < MOST && !all.contains(&it.word) {
            all.push(it.word);
        }
    }
    all
}

/// Subject and text with every told password blotted out.
pub(super) fn blotted(subject: &str, text: &str) -> (String, String) {
    let found = found(subject, text);
    if found.is_empty() {
        return (subject.to_owned(), text.to_owned());
    }
    let blot = |at: usize, line: &str| {
        let here = found.iter().filter(|it| it.line == at).map(|it| it.word.as_str());
        here.fold(line.to_owned(), without)
    };
    let lines: Vec<String> = text.split('\n').enumerate().map(|(at, line)| blot(at + 1, line)).collect();
    (no_longer(&blot(0, subject), subject), no_longer(&lines.join("\n"), text))
}

/// A blot, or a line in another width, may be longer than what it stands for; the bounds on a mail's texts hold all the same.
fn no_longer(blotted: &str, than: &str) -> String {
    blotted.chars().take(than.chars().count().max(BOUNDLESS)).collect()
}

/// A line without the word, which it may hold in another width.
fn without(line: String, word: &str) -> String {
    if line.contains(word) {
        return line.replace(word, BLOT);
    }
    let folded = text::fold(&line);
    if folded.contains(word) { folded.replace(word, BLOT) } else { line }
}

/// A word that may be a password.
struct Found {
    /// 0 is the subject.
    line: usize,
    word: String,
}

fn found(subject: &str, text: &str) -> Vec<Found> {
    let lines: Vec<String> =
        std::iter::once(subject).chain(text.split('\n')).take(MOST_LINES).map(text::fold).collect();
    let mut found = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let lower = line.to_ascii_lowercase();
        let mut words = before_use(line, &lower);
        let Some(cue) = cue(&lower) else {
            found.extend(words.into_iter().map(|word| Found { line: at, word }));
            continue;
        };
        let rest = line.get(cue.end..).unwrap_or_default().split('。').next().unwrap_or_default(); // the sentence
        let told = rest.to_ascii_lowercase();
        let elsewhere = ELSEWHERE.iter().any(|it| told.contains(it));
        let english = lower.get(cue).is_some_and(str::is_ascii) && !is_told(&told);
        let words_behind = if elsewhere { Vec::new() } else { behind(rest) };
        words.extend(words_behind.into_iter().filter(|it| !english || it.chars().any(|it| it.is_ascii_digit())));
        let asked = ASKED.iter().any(|it| told.contains(it));
        if words.is_empty() && !elsewhere && !asked {
            let below = lines.iter().enumerate().skip(at.saturating_add(1));
            let written = below.filter(|(_, it)| !it.trim().is_empty()).take(if at == 0 { 2 * BELOW } else { BELOW });
            let told = written.map(|(at, line)| (at, alone(line))).find(|it| !it.1.is_empty());
            found.extend(
                told.into_iter().flat_map(|(line, words)| words.into_iter().map(move |word| Found { line, word })),
            );
        }
        found.extend(words.into_iter().map(|word| Found { line: at, word }));
    }
    found
}

/// What follows says that this is the password; "password has expired" does not.
fn is_told(rest: &str) -> bool {
    let rest = rest.trim_start();
    rest.starts_with("is ") || rest.starts_with(|it: char| !it.is_ascii_alphanumeric())
}

/// Where the last cue of the line stands; one of letters only as a word of its own.
fn cue(lower: &str) -> Option<Range<usize>> {
    let places = CUES.iter().flat_map(|cue| lower.rmatch_indices(cue).map(|(at, it)| at..at.saturating_add(it.len())));
    let own = |it: &Range<usize>| {
        let letter = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphabetic());
        let word = lower.get(it.clone()).unwrap_or_default();
        let kana = |it: Option<char>| it.is_some_and(|it| matches!(it, 'ァ'..='ー'));
        let (before, after) = (
            lower.get(..it.start).and_then(|it| it.chars().next_back()),
            lower.get(it.end..).and_then(|it| it.chars().next()),
        );
        if word.is_ascii() {
            // "pass-through", "old_passwd": a part of another word
            let joined = lower.get(it.end..).unwrap_or_default();
            let joined = joined.strip_prefix('-').is_some_and(|it| letter(it.chars().next()));
            !letter(before) && !letter(after) && !joined && before != Some('_') && after != Some('_')
        } else {
            word != "パス" || !(kana(before) || kana(after))
        }
    };
    // of overlapping ones the longest says where the password begins
    places.filter(own).max_by_key(|it| (it.end, it.end - it.start))
}

/// The words behind a cue: in brackets, as they stand, and without the marks that close a sentence.
fn behind(rest: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (open, close) in [('「', '」'), ('『', '』'), ('【', '】'), ('"', '"'), ('\'', '\''), ('“', '”'), ('<', '>')]
    {
        let inner = rest.split_once(open).and_then(|(_, it)| it.split_once(close)).map(|it| it.0.trim());
        words.extend(inner.filter(|it| is_word(it)).map(str::to_owned));
    }
    if let Some(run) = runs(rest).find(|it| is_word(it.trim_start_matches([':', '=']))) {
        words.extend(variants(run));
    }
    words
}

/// 「abc123 で開けます」
fn before_use(line: &str, lower: &str) -> Vec<String> {
    let used = USES.iter().filter_map(|it| lower.find(it)).min();
    let before = used.and_then(|at| line.get(..at)).unwrap_or_default().trim_end();
    let last = runs(before).last().filter(|it| before.ends_with(it) && is_word(it));
    // 「Excelで開けます」 tells a program, no password
    let told = last.filter(|it| it.chars().any(|it| it.is_ascii_digit() || it.is_ascii_punctuation()));
    told.map(variants).unwrap_or_default()
}

/// A line that is nothing but a word.
fn alone(line: &str) -> Vec<String> {
    let bare = line.trim().trim_end_matches(['。', '、']);
    let bare =
        ["です", "となります", "になります", "でございます"].iter().fold(bare, |it, end| it.trim_end_matches(end));
    let bare =
        bare.trim().trim_matches(['「', '」', '『', '』', '【', '】', '・', '→', '⇒', '■', '●', '“', '”']).trim();
    if is_word(bare) && runs(bare).next() == Some(bare) { variants(bare) } else { Vec::new() }
}

/// Runs of printable ASCII.
fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !it.is_ascii_graphic()).filter(|it| !it.is_empty())
}

fn variants(run: &str) -> Vec<String> {
    let led = run.trim_start_matches([':', '=', '>']);
    let bare = led
        .trim_start_matches(['(', '<', '[', '"', '\''])
        .trim_end_matches([')', '>', ']', '"', '\'', '.', ',', ';', ':']);
    let mut words = vec![led.to_owned()];
    if bare != led && is_word(bare) {
        words.push(bare.to_owned());
    }
    words
}

/// 8/24, 2022.8.24, 13:00-16:00, 03-1234-5678: digits with the marks of dates, times and telephones between.
fn is_day_or_number(word: &str) -> bool {
    let digits = word.chars().all(|it| it.is_ascii_digit() || matches!(it, '/' | ':' | '-' | '.' | '~' | '(' | ')'));
    let marks = word.chars().filter(|it| !it.is_ascii_digit()).count();
    digits && marks > 0
}

/// Neither an address, nor the name of a file, nor a place on the web.
fn is_word(word: &str) -> bool {
    let length = word.chars().count();
    let lower = word.to_ascii_lowercase();
    let file =
        [".zip", ".xlsx", ".xls", ".xlsm", ".pdf", ".docx", ".7z", ".jp", ".com"].iter().any(|it| lower.ends_with(it));
    let rule = !word.chars().any(char::is_alphanumeric);
    !is_day_or_number(word)
        && (SHORTEST..=LONGEST).contains(&length)
        && !lower.contains("://")
        && !lower.starts_with("www.")
        && !file
        && !rule
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_found_however_it_is_told() {
        for (text, password) in [
            ("パスワードは abc123 です", "abc123"),
            ("パスワードはabc123です。", "abc123"),
            ("パスワード：Xy7-k2_p!", "Xy7-k2_p!"),
            ("ＰＷ：ａｂｃ１２３", "abc123"),
            ("解凍パスワードは「k8s#Pq」です。", "k8s#Pq"),
            (
                "先ほどのファイルのパスワードは以下の通りです。\n\n  dx2022kinoko\n\nよろしくお願いいたします。",
                "dx2022kinoko",
            ),
            ("パスワードをお知らせいたします。\n『 Aa-0824 』\n", "Aa-0824"),
            ("Password: hunter2.", "hunter2"),
            ("pw=1234", "1234"),
            ("先ほどお送りしたファイルは 0824dx で開けます。", "0824dx"),
            ("添付ファイルの開封パスワード→ Qz9!", "Qz9!"),
            ("PASS 20220824", "20220824"),
            ("zipの解凍キーは【moss-77】となります", "moss-77"),
            ("【パスワード】\nＴＫ－９９１", "TK-991"),
            ("パスワード　　p@ss.w0rd", "p@ss.w0rd"),
            ("パスワードはabc123ですのでご確認ください", "abc123"),
            ("暗証番号は８８１２です。", "8812"),
            ("ﾊﾟｽﾜｰﾄﾞは kw-552 です", "kw-552"),
            ("パスワードは、ひらがなで「あさがお」です。", "あさがお"),
            ("パスワードは「kiku.」（最後の点まで）です。", "kiku."),
            ("パスワードは \"two Words 7\" です（途中に空白）", "two Words 7"),
            ("■ファイル名\n診断.zip\n■パスワード\nrT5-pq", "rT5-pq"),
            ("解凍用PWは次です：\n  hagi2022x\n電話 029-000-0000", "hagi2022x"),
        ] {
            assert!(told("", text).iter().any(|it| it == password), "{text}: {:?}", told("", text));
            let (_, blotted) = blotted("", text);
            assert!(!text::fold(&blotted).contains(password), "{blotted}");
        }
        assert_eq!(told("パスワードのお知らせ", "お世話になっております。\nkinoko-88\n"), ["kinoko-88"]);
        assert_eq!(told("パスワード：kinoko-88", ""), ["kinoko-88"]);
    }

    #[test]
    fn what_is_no_password_is_not_taken_for_one() {
        for text in [
            "パスワードは別途お送りします。\nshindan2022\n",
            "パスワードは別途お送りします。8/29 13:00-16:00 を希望します",
            "パスワードは弊社の電話番号の下4桁です。",
            "passport 1234567 を持参します",
            "8月24日 13:00 を希望します",
            "Excelで開けます",
            "Zoomのパスワードは当日お知らせください。\n03-1234-5678\n8/24\n",
            "パスワードは以下の通りです。\n8/24\n13:00-16:00\n",
            "パスワードにつきましては追ってご連絡いたします。\nform.xlsx",
            "Your password has expired, please click",
            "Pass-through papers are here",
            "db_passwd_fix_path() is called",
            "バイパス工事のため 8/24 は不可です",
        ] {
            assert_eq!(told("", text), Vec::<String>::new(), "{text}");
            assert_eq!(blotted("", text).1, text);
        }
    }

    #[test]
    fn only_the_password_is_blotted() {
        let (subject, text) =
            blotted("PW: abc123", "お世話になります。\nパスワードは abc123 です。\n電話 03-1234-5678");
        assert_eq!(subject, "PW: ＊＊＊＊");
        assert_eq!(text, "お世話になります。\nパスワードは ＊＊＊＊ です。\n電話 03-1234-5678");
    }

    #[test]
    fn no_text_is_too_odd() {
        for text in ["", "パスワード", "パスワードは", "pw", "で開", "パスワード\u{0}「」", "「パスワード"]
        {
            told(text, text);
            blotted(text, text);
        }
    }
}
