//! Strangers' strings → strings that may be shown, stored and put into headers.

/// Most characters of a header string.
pub(super) const MAX_LINE: usize = 1_000;
/// Most lines of a text: what is looked for in it is looked for line by line.
const MAX_LINES: usize = 10_000;
/// Most characters of a file name.
pub(super) const MAX_NAME: usize = 100;

/// Controls, bidirectional marks, soft hyphens and line separators: they hide what a name really is, or break what quotes it.
fn unwanted(it: char) -> bool {
    it.is_control()
        || matches!(it,
            '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}' | '\u{E0000}'..='\u{E007F}')
}

/// One line: line breaks and tabs become spaces, unwanted characters go, ends are trimmed, the length is bounded.
pub(super) fn line(text: &str, most: usize) -> String {
    let spaced = text.chars().map(|it| if matches!(it, '\t' | '\r' | '\n') { ' ' } else { it });
    let clean: String = spaced.filter(|it| !unwanted(*it)).take(most.saturating_mul(2)).collect();
    clean.trim().chars().take(most).collect()
}

/// A text of several lines: line ends become `\n`, unwanted characters go, the length is bounded.
pub(super) fn block(text: &str, most: usize) -> String {
    let unified = text.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    let mut lines = 0_usize;
    let within = |it: &char| {
        lines = lines.saturating_add(usize::from(*it == '\n'));
        lines < MAX_LINES
    };
    unified.chars().filter(|it| matches!(it, '\n' | '\t') || !unwanted(*it)).take_while(within).take(most).collect()
}

/// A file's display name: the last piece of a path, cleaned. Too long names keep their extension.
pub(super) fn file_name(text: &str) -> String {
    let clean = line(text, MAX_LINE);
    let base = clean.rsplit(['/', '\\']).next().unwrap_or_default().trim();
    if base.chars().all(|it| it == '.' || it == ' ') {
        return String::new();
    }
    if base.chars().count() <= MAX_NAME {
        return base.to_string();
    }
    let ending = base.rsplit_once('.').map(|(_, it)| it).filter(|it| it.chars().count() <= 8);
    let tail = ending.map(|it| format!("….{it}")).unwrap_or_default();
    let room = MAX_NAME.saturating_sub(tail.chars().count());
    base.chars().take(room).chain(tail.chars()).collect()
}
