//! Tables and JSON on the terminal. Widths count a kanji as two columns.

use std::io::{IsTerminal as _, Write as _};

use anyhow::Result;
use serde::Serialize;
use unicode_width::UnicodeWidthStr as _;

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

/// Prints rows in columns, the headings in bold on a terminal and tab-separated where piped.
///
/// # Errors
/// When stdout is gone.
pub fn rows(headings: &[&str], rows: &[Vec<String>]) -> Result<()> {
    let terminal = std::io::stdout().is_terminal();
    if !terminal {
        print(&headings.join("\t"))?;
        for row in rows {
            print(&row.iter().map(|it| no_formula(&one_line(it))).collect::<Vec<_>>().join("\t"))?;
        }
        return Ok(());
    }
    let widths: Vec<usize> = headings
        .iter()
        .enumerate()
        .map(|(n, it)| {
            rows.iter().filter_map(|row| row.get(n)).map(|it| it.width()).chain([it.width()]).max().unwrap_or(0)
        })
        .collect();
    let heading: Vec<String> = headings.iter().map(ToString::to_string).collect();
    print(&format!("\x1b[1m{}\x1b[0m", padded(&heading, &widths).trim_end()))?;
    for row in rows {
        print(padded(row, &widths).trim_end())?;
    }
    Ok(())
}

fn padded(row: &[String], widths: &[usize]) -> String {
    row.iter()
        .zip(widths)
        .map(|(it, width)| format!("{}{}", one_line(it), " ".repeat(width.saturating_sub(it.width()) + 2)))
        .collect()
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

/// Piped rows end up in spreadsheets: a cell that would be a formula there gets an apostrophe, as one types it.
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
