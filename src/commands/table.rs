//! Tables and JSON on the terminal. Widths count a kanji as two columns.

use std::io::{IsTerminal as _, Write as _};

use anyhow::Result;
use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

/// Between two columns.
const GAP: usize = 2;
/// Before the further lines of a row.
const INDENT: usize = 4;

/// Prints one JSON value.
///
/// # Errors
/// When stdout is gone.
pub fn json(value: &impl Serialize) -> Result<()> {
    writeln!(std::io::stdout(), "{}", escaped(&serde_json::to_string_pretty(value)?))?;
    Ok(())
}

/// Prints one line, or several; whatever a mail or a cell brought into it moves no cursor.
///
/// # Errors
/// When stdout is gone.
pub fn line(text: &str) -> Result<()> {
    let safe: String = text.trim_end().chars().map(|it| if it == '\n' { it } else { harmless(it) }).collect();
    print(&safe)
}

fn print(text: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{text}")?;
    Ok(())
}

/// Prints rows in columns, the headings in bold and everything within the terminal's width; tab-separated where piped.
///
/// # Errors
/// When stdout is gone.
pub fn rows(headings: &[&str], rows: &[Vec<String>]) -> Result<()> {
    if !std::io::stdout().is_terminal() {
        print(&headings.join("\t"))?;
        for row in rows {
            print(&row.iter().map(|it| one_line(it)).collect::<Vec<_>>().join("\t"))?;
        }
        return Ok(());
    }
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|it| one_line(it)).collect()).collect();
    let columns = rustix::termios::tcgetwinsize(std::io::stdout()).map_or(0, |it| usize::from(it.ws_col));
    let lines = folded(widths(headings, &rows), columns);
    let heading: Vec<String> = headings.iter().map(ToString::to_string).collect();
    for line in padded(&heading, &lines) {
        print(&format!("\x1b[1m{line}\x1b[0m"))?;
    }
    for row in &rows {
        padded(row, &lines).iter().try_for_each(|it| print(it))?;
    }
    Ok(())
}

/// Prints rows as a file for a spreadsheet: CSV (RFC 4180) in UTF-8, with the mark Excel wants. What would be a formula
/// there gets an apostrophe, as one types it.
///
/// # Errors
/// When stdout is gone.
pub fn csv(headings: &[&str], rows: &[Vec<String>]) -> Result<()> {
    let quoted = |it: &str| format!("\"{}\"", no_formula(&one_line(it)).replace('"', "\"\""));
    let mut out = std::io::stdout();
    write!(out, "\u{FEFF}{}\r\n", headings.iter().map(|it| quoted(it)).collect::<Vec<_>>().join(","))?;
    for row in rows {
        write!(out, "{}\r\n", row.iter().map(|it| quoted(it)).collect::<Vec<_>>().join(","))?;
    }
    Ok(())
}

fn widths(headings: &[&str], rows: &[Vec<String>]) -> Vec<usize> {
    let widest = |n: usize, it: &&str| {
        rows.iter().filter_map(|row| row.get(n)).map(|it| it.width()).chain([it.width()]).max().unwrap_or(0)
    };
    headings.iter().enumerate().map(|(n, it)| widest(n, it)).collect()
}

/// The widths of the columns, line by line: where the terminal is too narrow for a row, the row takes several lines, and
/// nothing of it is lost. 0 columns: not known.
fn folded(widths: Vec<usize>, columns: usize) -> Vec<Vec<usize>> {
    let mut lines: Vec<Vec<usize>> = vec![Vec::new()];
    let mut used = 0;
    for width in widths {
        let width = if columns == 0 { width } else { width.min(columns.saturating_sub(INDENT)) };
        if columns > 0 && used + width > columns && used > 0 {
            lines.push(Vec::new());
            used = INDENT;
        }
        used += width + GAP;
        if let Some(line) = lines.last_mut() {
            line.push(width);
        }
    }
    lines
}

/// A text cut to a width, 「…」 in place of the rest.
fn cut(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_string();
    }
    let (mut short, mut used) = (String::new(), 1);
    for it in text.chars() {
        used += unicode_width::UnicodeWidthChar::width(it).unwrap_or(0);
        if used > width {
            break;
        }
        short.push(it);
    }
    short + "…"
}

fn padded(row: &[String], lines: &[Vec<usize>]) -> Vec<String> {
    let mut cells = row.iter();
    let line = |(n, widths): (usize, &Vec<usize>)| {
        let mut line = if n == 0 { String::new() } else { " ".repeat(INDENT) };
        for (it, width) in cells.by_ref().take(widths.len()).zip(widths) {
            let it = cut(it, *width);
            line.push_str(&format!("{it}{}", " ".repeat(width.saturating_sub(it.width()) + GAP)));
        }
        line.trim_end().to_string()
    };
    lines.iter().enumerate().map(line).collect()
}

/// No control character of a mail reaches the terminal.
fn one_line(text: &str) -> String {
    text.chars().map(harmless).collect()
}

/// Escape sequences begin with a control, C1 included; bidirectional marks turn what stands beside them around.
fn harmless(it: char) -> char {
    if it.is_control() || turns(it) { ' ' } else { it }
}

fn turns(it: char) -> bool {
    matches!(it, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// A cell that would be a formula in a spreadsheet.
fn no_formula(cell: &str) -> String {
    let begins = cell.trim_start().starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠']);
    if begins && cell.trim() != "-" { format!("'{cell}") } else { cell.to_string() }
}

/// JSON leaves C1 controls and bidirectional marks as they are; all of them stand within strings, where \u is allowed.
fn escaped(json: &str) -> String {
    let mut safe = String::with_capacity(json.len());
    for it in json.chars() {
        if (it.is_control() && it != '\n') || turns(it) {
            safe.push_str(&format!("\\u{:04x}", u32::from(it)));
        } else {
            safe.push(it);
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_takes_the_lines_it_needs_and_a_kanji_is_never_halved() {
        assert_eq!(folded(vec![4, 40, 30], 80), [vec![4, 40, 30]]);
        assert_eq!(folded(vec![4, 40, 30], 0), [vec![4, 40, 30]], "no terminal says how wide it is");
        let narrow = folded(vec![4, 40, 30], 60);
        assert_eq!(narrow, [vec![4, 40], vec![30]]);
        let row = ["0001".to_string(), "株式会社例示製作所".to_string(), "taro@example.jp".to_string()];
        assert_eq!(padded(&row, &narrow), ["0001  株式会社例示製作所", "    taro@example.jp"]);
        assert_eq!(folded(vec![50], 20), [vec![16]]);
        for (width, shown) in [(9, "株式会社…"), (8, "株式会…"), (18, "株式会社例示製作所")] {
            assert_eq!(cut("株式会社例示製作所", width), shown);
        }
    }

    #[test]
    fn nothing_of_a_mail_moves_a_cursor_or_becomes_a_formula() {
        for bad in ["\x1b[2Ja", "\u{9b}2Ja", "\u{202e}a", "a\tb", "a\rb", "\u{2066}a"] {
            assert!(one_line(bad).chars().all(|it| !it.is_control() && !turns(it)), "{bad:?}");
            let json = escaped(&serde_json::to_string(bad).unwrap_or_default());
            assert!(json.is_ascii() && serde_json::from_str::<String>(&json).is_ok_and(|it| it == bad), "{json}");
        }
        for (cell, shown) in
            [("=HYPERLINK(\"http://x.example\")", true), ("+1", true), ("@x", true), ("-", false), ("株式会社", false)]
        {
            assert_eq!(no_formula(cell).starts_with('\''), shown, "{cell}");
        }
    }
}
