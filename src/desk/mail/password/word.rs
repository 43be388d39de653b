//! What may be a password by its looks alone, and what is plainly something else.

/// Lengths of candidates in characters. Shorter ones are numbers of a list, longer ones are lines.
const SHORTEST: usize = 3;
const LONGEST: usize = 64;
/// The shortest word that looks like a secret though nothing says that it is one.
const SHORTEST_SECRET: usize = 6;
/// Ways to meet and to send, and programs: nobody's password, wherever they stand.
const WAYS: [&str; 31] = [
    "zoom",
    "teams",
    "msteams",
    "meet",
    "googlemeet",
    "google",
    "webex",
    "skype",
    "web",
    "online",
    "offline",
    "remote",
    "line",
    "sms",
    "fax",
    "tel",
    "mail",
    "email",
    "gmail",
    "outlook",
    "excel",
    "word",
    "zip",
    "pdf",
    "windows",
    "mac",
    "microsoft",
    "office",
    "chatwork",
    "slack",
    "explorer",
];
/// Programs, norms and counted things that are written with a number: Windows11, Excel2019, ver2.30, ISO9001.
const PRODUCTS: [&str; 62] = [
    "windows",
    "win",
    "server",
    "excel",
    "office",
    "microsoft",
    "word",
    "powerpoint",
    "outlook",
    "access",
    "exchange",
    "ver",
    "version",
    "rev",
    "release",
    "iso",
    "jis",
    "web",
    "zoom",
    "teams",
    "google",
    "chrome",
    "edge",
    "firefox",
    "adobe",
    "acrobat",
    "iphone",
    "ipad",
    "ios",
    "android",
    "mac",
    "macos",
    "galaxy",
    "kintone",
    "garoon",
    "cybozu",
    "covid",
    "dx",
    "it",
    "no",
    "level",
    "form",
    "sheet",
    "step",
    "phase",
    "vol",
    "page",
    "line",
    "bit",
    "gb",
    "mb",
    "usb",
    "autocad",
    "cad",
    "solidworks",
    "salesforce",
    "oracle",
    "java",
    "python",
    "php",
    "industry",
    "room",
];
/// Letters that stand in a date or a time of day.
const TIMES: [&str; 20] = [
    "am", "pm", "h", "r", "to", "or", "jst", "mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun",
    "a", "p", "m",
];
/// Marks that stand in dates, times and telephone numbers.
const MARKS: &str = "/:-.~(),";

/// Runs of printable ASCII.
pub(super) fn runs(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !it.is_ascii_graphic()).filter(|it| !it.is_empty())
}

/// A run as it stands, and without the marks that close a sentence.
pub(super) fn variants(run: &str) -> Vec<String> {
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

/// A line that is nothing but a word.
pub(super) fn alone(line: &str) -> Vec<String> {
    let bare = line.trim().trim_end_matches(['。', '、']);
    let bare =
        ["です", "となります", "になります", "でございます"].iter().fold(bare, |it, end| it.trim_end_matches(end));
    let bare =
        bare.trim().trim_matches(['「', '」', '『', '』', '【', '】', '・', '→', '⇒', '■', '●', '“', '”']).trim();
    if is_word(bare) && runs(bare).next() == Some(bare) { variants(bare) } else { Vec::new() }
}

/// Neither a day, nor a way to meet, nor an address, nor the name of a file, nor a place on the web.
pub(super) fn is_word(word: &str) -> bool {
    let length = word.chars().count();
    let lower = word.to_ascii_lowercase();
    let file =
        [".zip", ".xlsx", ".xls", ".xlsm", ".pdf", ".docx", ".7z", ".jp", ".com"].iter().any(|it| lower.ends_with(it));
    let rule = !word.chars().any(char::is_alphanumeric);
    let numbered = is_numbered(&lower) && lower.contains(['.', ':']);
    !is_day_or_number(&lower)
        && !is_way(&lower)
        && !numbered
        && (SHORTEST..=LONGEST).contains(&length)
        && !lower.contains("://")
        && !lower.starts_with("www.")
        && !file
        && !rule
}

/// Letters together with figures or signs, as people make passwords.
pub(super) fn is_mixed(word: &str) -> bool {
    let has = |is: fn(char) -> bool| word.chars().any(is);
    let sign = has(|it| "!#$%&*+=?^~_".contains(it));
    let letters = has(|it| it.is_ascii_alphabetic());
    word.is_ascii()
        && (5..=LONGEST).contains(&word.len())
        && (letters || sign)
        && (sign || has(|it| it.is_ascii_digit()))
}

/// Nothing that a day, an hour or a number stands in: what may be a password though nothing says so.
pub(super) fn is_unsaid(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    is_word(word) && !word.contains('@') && !holds_time(&lower) && !is_numbered(&lower)
}

/// Mixed, and no name of a program or a norm: what is not shown while a locked file waits, though it opened nothing.
pub fn looks_secret(word: &str) -> bool {
    let product = names_product(word) || is_model(word);
    word.len() >= SHORTEST_SECRET && is_mixed(word) && is_unsaid(word) && !product
}

/// PC-9821, MZ2000: some capitals and a number.
fn is_model(word: &str) -> bool {
    let number = word.trim_start_matches(|it: char| it.is_ascii_uppercase());
    let number = number.strip_prefix('-').unwrap_or(number);
    word.len().saturating_sub(number.len()) <= 4
        && (1..=5).contains(&number.len())
        && number.chars().all(|it| it.is_ascii_digit())
}

/// Windows11, Office365E3, ver2.30. Short names only before nothing but a number: they stand by chance in any other word.
pub(super) fn names_product(word: &str) -> bool {
    let lower = word.to_ascii_lowercase();
    let named: Vec<&str> = lower.split(|it: char| !it.is_ascii_alphabetic()).filter(|it| !it.is_empty()).collect();
    let known = |it: &&str| PRODUCTS.contains(it);
    named.iter().filter(|it| it.len() > 3).any(known) || (named.len() == 1 && named.iter().any(known))
}

/// Zoom, Zoom/Teams, GoogleMeet.
fn is_way(lower: &str) -> bool {
    let mut parts = lower.split(|it: char| !it.is_ascii_alphanumeric()).filter(|it| !it.is_empty()).peekable();
    lower.is_ascii() && parts.peek().is_some() && parts.all(|it| WAYS.contains(&it))
}

/// 8/24, 13:00-16:00, 12/4(Thu)13:00, 10:00AM-12:00PM, R4.8.24, 03-1234-5678: figures and the marks of dates, times and
/// telephones, or letters of a time among short figures.
fn is_day_or_number(lower: &str) -> bool {
    let marks = lower.chars().filter(|it| MARKS.contains(*it)).count();
    let digits = lower.chars().any(|it| it.is_ascii_digit());
    if !digits || !lower.chars().all(|it| it.is_ascii_alphanumeric() || MARKS.contains(it)) {
        return false;
    }
    let mut letters = lower.split(|it: char| !it.is_ascii_alphabetic()).filter(|it| !it.is_empty()).peekable();
    if letters.peek().is_none() {
        return marks > 0;
    }
    let halves = ["am", "pm"].iter().any(|it| lower.contains(it));
    let year = |it: &str| it.len() == 4 && (it.starts_with("19") || it.starts_with("20"));
    let mut figures = lower.split(|it: char| !it.is_ascii_digit()).filter(|it| !it.is_empty());
    letters.all(|it| TIMES.contains(&it)) && (marks > 0 || halves) && figures.all(|it| it.len() <= 2 || year(it))
}

/// A slash or a colon between figures.
fn holds_time(lower: &str) -> bool {
    let bytes = lower.as_bytes();
    bytes
        .windows(3)
        .any(|it| matches!(it, [before, b'/' | b':', behind] if before.is_ascii_digit() && behind.is_ascii_digit()))
}

/// No.0012, #12, Q4-2.
fn is_numbered(lower: &str) -> bool {
    let rest = ["no", "nr", "q", "#"].iter().find_map(|it| lower.strip_prefix(it));
    rest.is_some_and(|it| {
        it.chars().any(|it| it.is_ascii_digit()) && it.chars().all(|it| it.is_ascii_digit() || ".:-_".contains(it))
    })
}
