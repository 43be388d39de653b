//! Passwords told in a mail: the custom of sending a locked file in one mail and its password in the next. They are found
//! anew in the raw mail whenever a file is to be opened, and stand nowhere else: what is stored of a mail has them blotted.

use std::ops::Range;

use crate::desk::text;

/// Candidates taken from one mail.
const MOST: usize = 12;
/// Their lengths in characters. Shorter ones are numbers of a list, longer ones are lines.
const SHORTEST: usize = 3;
const LONGEST: usize = 64;
/// Candidates of a mail that says no word of a password.
const MOST_LIKELY: usize = 6;
/// Written lines below 「パスワードは以下の通りです」 in which it may stand.
const BELOW: usize = 4;
/// Lines that are looked at.
const MOST_LINES: usize = 2_000;
/// Texts shorter than this are far from every bound.
const BOUNDLESS: usize = 900;
/// What stands in place of a password.
const BLOT: &str = "＊＊＊＊";
/// Words before a password.
const CUES: [&str; 24] = [
    "パスワード",
    "パスワ-ド",
    "ぱすわーど",
    "password",
    "passwd",
    "passcode",
    "passphrase",
    "解凍キー",
    "解凍コード",
    "展開キー",
    "展開コード",
    "開封キー",
    "開封コード",
    "解除キー",
    "解除コード",
    "合言葉",
    "復号キー",
    "暗号キー",
    "暗証番号",
    "pass",
    "パス",
    "pwd",
    "pw",
    "p/w",
];
/// Words before one on a line that speaks of opening: 「展開するための文字列は…」「開くときの文字は…」.
const LOOSE_CUES: [&str; 7] = ["文字列", "文字", "英数字", "キー", "コード", "ワード", "番号"];
const OPENING: [&str; 9] = ["展開", "解凍", "開く", "開け", "開封", "復号", "解除", "ロック", "開き方"];
/// What the reader is thought to know: 「今日の日付8桁」「御社の電話番号の下4桁」. It is not guessed.
const HINTS: [&str; 14] = [
    "日付",
    "電話番号",
    "郵便番号",
    "桁",
    "生年月日",
    "設立",
    "創立",
    "社名",
    "会社名",
    "いつもの",
    "例の",
    "前回と",
    "共通の",
    "ご存",
];
/// Lines of a signature.
const SIGNS: [&str; 8] = ["tel", "fax", "〒", "http", "mail", "携帯", "電話", "www."];
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

/// Words that may be a password though nothing says so, likeliest first: for a mail whose sender has left a locked file.
pub(super) fn likely(subject: &str, own_words: &str) -> Vec<String> {
    let mut ranked: Vec<(u8, String)> = Vec::new();
    let lines = own_words.split('\n').take(MOST_LINES).enumerate();
    for (at, line) in std::iter::once((0, subject)).chain(lines.map(|(at, it)| (at + 1, it))) {
        let line = text::fold(line);
        let lower = line.to_ascii_lowercase();
        if line.chars().count() > 300 || SIGNS.iter().any(|it| lower.contains(it)) {
            continue;
        }
        let shown = bracketed(&line).into_iter().chain(said(&line));
        ranked.extend(shown.filter(|it| is_mixed(it)).map(|it| (0, it)));
        let lone = if at == 0 { Vec::new() } else { alone(&line) };
        ranked.extend(lone.into_iter().map(|it| (if is_mixed(&it) { 0 } else { 2 }, it)));
        let within = runs(&line).flat_map(variants).filter(|it| is_mixed(it) && is_word(it));
        ranked.extend(within.map(|it| (1, it)));
    }
    ranked.sort_by_key(|it| it.0);
    let mut all: Vec<String> = Vec::new();
    for (_, word) in ranked {
        if all.len() < MOST_LIKELY && word.chars().count() >= 4 && !word.contains('@') && !all.contains(&word) {
            all.push(word);
        }
    }
    all
}

/// Whether a password is described instead of told.
pub(super) fn hinted(subject: &str, own_words: &str) -> bool {
    let lines = std::iter::once(subject).chain(own_words.split('\n')).take(MOST_LINES).map(text::fold);
    let describes = |line: &String| {
        let Some(cue) = cue(&line.to_ascii_lowercase()) else { return false };
        let rest = line.get(cue.end..).unwrap_or_default().split('。').next().unwrap_or_default();
        HINTS.iter().any(|it| rest.contains(it)) && !ELSEWHERE.iter().any(|it| rest.contains(it))
    };
    told(subject, own_words).is_empty() && lines.filter(describes).count() > 0
}

/// Subject and text with every told password blotted out, and those that are known from elsewhere.
pub(super) fn blotted(subject: &str, text: &str, known: &[String]) -> (String, String) {
    let found = found(subject, text);
    if found.is_empty() && known.is_empty() {
        return (subject.to_owned(), text.to_owned());
    }
    let blot = |at: usize, line: &str| {
        let here = found.iter().filter(|it| it.line == at).map(|it| it.word.as_str());
        let line = here.fold(line.to_owned(), without);
        known.iter().fold(line, |line, word| without_run(line, word))
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

/// A line without the word where it stands by itself.
fn without_run(line: String, word: &str) -> String {
    let shown = if line.contains(word) { line } else { text::fold(&line) };
    if word.is_empty() || !shown.contains(word) {
        return shown;
    }
    let joined = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric());
    let (mut rest, mut kept) = (shown.as_str(), String::new());
    while let Some((before, after)) = rest.split_once(word) {
        let own = !joined(before.chars().next_back()) && !joined(after.chars().next());
        kept.push_str(before);
        kept.push_str(if own { BLOT } else { word });
        rest = after;
    }
    kept + rest
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
        let sure = cue(&lower);
        let loose = sure.is_none();
        let Some(cue) = sure.or_else(|| loose_cue(&lower)) else {
            found.extend(words.into_iter().map(|word| Found { line: at, word }));
            continue;
        };
        let rest = line.get(cue.end..).unwrap_or_default().split('。').next().unwrap_or_default(); // the sentence
        let told = rest.to_ascii_lowercase();
        let elsewhere = ELSEWHERE.iter().any(|it| told.contains(it));
        let english = lower.get(cue).is_some_and(str::is_ascii) && !is_told(&told);
        let mut words_behind = if elsewhere { Vec::new() } else { behind(rest) };
        words_behind.retain(|it| !loose || is_mixed(it));
        words.extend(words_behind.into_iter().filter(|it| !english || it.chars().any(|it| it.is_ascii_digit())));
        let asked = loose || ASKED.iter().any(|it| told.contains(it));
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

/// The same of a word that is a cue only where the line speaks of opening.
fn loose_cue(lower: &str) -> Option<Range<usize>> {
    let opens = OPENING.iter().filter_map(|it| lower.find(it)).min()?;
    let places = LOOSE_CUES.iter().filter_map(|it| lower.rfind(it).map(|at| at..at.saturating_add(it.len())));
    places.filter(|it| it.start > opens).max_by_key(|it| it.end)
}

/// Letters together with figures or signs, as people make passwords.
fn is_mixed(word: &str) -> bool {
    let has = |is: fn(char) -> bool| word.chars().any(is);
    let sign = has(|it| "!#$%&*+=?^~_".contains(it));
    let letters = has(|it| it.is_ascii_alphabetic());
    word.is_ascii()
        && (5..=LONGEST).contains(&word.len())
        && (letters || sign)
        && (sign || has(|it| it.is_ascii_digit()))
}

/// What stands in brackets and quotation marks.
fn bracketed(line: &str) -> Vec<String> {
    let pairs = [('「', '」'), ('『', '』'), ('【', '】'), ('[', ']'), ('"', '"'), ('“', '”'), ('<', '>')];
    let inner = pairs.iter().filter_map(|(open, close)| line.split_once(*open)?.1.split_once(*close));
    inner.map(|it| it.0.trim()).filter(|it| is_word(it)).map(str::to_owned).collect()
}

/// 「念のため、k7#Mz2Qp です」
fn said(line: &str) -> Vec<String> {
    let ends = ["です", "になります", "となります", "でございます"];
    let before = ends.iter().filter_map(|it| line.split_once(it)).map(|it| it.0.trim_end());
    let last = before.filter_map(|it| runs(it).last().filter(|run| it.ends_with(run) && is_word(run)));
    last.flat_map(variants).collect()
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
            ("展開するための文字列は k7#Mz2Qp です。", "k7#Mz2Qp"),
            ("開くときの文字は、k7#Mz2Qp", "k7#Mz2Qp"),
            ("Ｐ／Ｗ　k7#Mz2Qp", "k7#Mz2Qp"),
            ("PW→k7#Mz2Qp", "k7#Mz2Qp"),
            ("ﾌｧｲﾙを開くｺｰﾄﾞ：Mz2Qp-7", "Mz2Qp-7"),
            ("解凍用PWは次です：\n  hagi2022x\n電話 029-000-0000", "hagi2022x"),
        ] {
            assert!(told("", text).iter().any(|it| it == password), "{text}: {:?}", told("", text));
            let (_, blotted) = blotted("", text, &[]);
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
            assert_eq!(blotted("", text, &[]).1, text);
        }
    }

    #[test]
    fn a_word_that_nothing_announces_is_a_likely_one() {
        for (text, password) in [
            ("念のため、k7#Mz2Qp です。", "k7#Mz2Qp"),
            ("お世話になります。\n\nk7#Mz2Qp\n\n以上です。", "k7#Mz2Qp"),
            ("「k7#Mz2Qp」でお願いします", "k7#Mz2Qp"),
            ("[k7Mz2Qp]", "k7Mz2Qp"),
            ("\"k7Mz2Qp\"", "k7Mz2Qp"),
            ("先ほどの件はｋ７＃Ｍｚ２Ｑｐになります", "k7#Mz2Qp"),
            ("お送りした件、k7#Mz2Qp を入れてください", "k7#Mz2Qp"),
        ] {
            assert_eq!(likely("", text).first().map(String::as_str), Some(password), "{text}: {:?}", likely("", text));
            let shown = blotted("", text, &[password.to_owned()]).1;
            assert!(!text::fold(&shown).contains(password) && shown.contains(BLOT), "{shown}");
        }
        for text in [
            "8/24 13:00 を希望します",
            "03-1234-5678",
            "https://example.jp/k7Mz2Qp",
            "tel 0299-12-3456",
            "k7x@example.jp",
            "2022年8月24日",
        ] {
            assert_eq!(likely("", text), Vec::<String>::new(), "{text}");
        }
        let many: String = (0..50).map(|it| format!("token-{it}x\n")).collect();
        assert_eq!(likely("", &many).len(), MOST_LIKELY);
        assert_eq!(blotted("", "k7Mz2Qpx k7Mz2Qp.", &["k7Mz2Qp".to_owned()]).1, "k7Mz2Qpx ＊＊＊＊.");
    }

    #[test]
    fn a_password_that_is_described_is_no_password() {
        for text in [
            "パスワードは今日の日付8桁です。",
            "パスワードは御社の電話番号下４桁です",
            "PWは弊社の設立年月日になります",
            "パスワードはいつものものです。",
        ] {
            assert!(hinted("", text) && told("", text).is_empty(), "{text}: {:?}", told("", text));
        }
        for text in
            ["パスワードは別途、電話番号宛てにお送りします。", "電話番号の下4桁", "パスワードは abc123 です。日付は…"]
        {
            assert!(!hinted("", text), "{text}");
        }
    }

    #[test]
    fn only_the_password_is_blotted() {
        let (subject, text) =
            blotted("PW: abc123", "お世話になります。\nパスワードは abc123 です。\n電話 03-1234-5678", &[]);
        assert_eq!(subject, "PW: ＊＊＊＊");
        assert_eq!(text, "お世話になります。\nパスワードは ＊＊＊＊ です。\n電話 03-1234-5678");
    }

    #[test]
    fn no_text_is_too_odd() {
        for text in ["", "パスワード", "パスワードは", "pw", "で開", "パスワード\u{0}「」", "「パスワード"]
        {
            told(text, text);
            likely(text, text);
            hinted(text, text);
            blotted(text, text, &[text.to_owned()]);
        }
    }
}
