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
    writeln!(std::io::stdout(), "{}", serde_json::to_string_pretty(value)?)?;
    Ok(())
}

/// Prints one line.
///
/// # Errors
/// When stdout is gone.
pub fn line(text: &str) -> Result<()> {
    writeln!(std::io::stdout(), "{}", text.trim_end())?;
    Ok(())
}

/// Prints rows in columns, the headings in bold on a terminal and tab-separated where piped.
///
/// # Errors
/// When stdout is gone.
pub fn rows(headings: &[&str], rows: &[Vec<String>]) -> Result<()> {
    let terminal = std::io::stdout().is_terminal();
    if !terminal {
        line(&headings.join("\t"))?;
        for row in rows {
            line(&row.iter().map(|it| one_line(it)).collect::<Vec<_>>().join("\t"))?;
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
    line(&format!("\x1b[1m{}\x1b[0m", padded(&heading, &widths)))?;
    for row in rows {
        line(&padded(row, &widths))?;
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
    text.chars().map(|it| if it.is_control() { ' ' } else { it }).collect()
}
