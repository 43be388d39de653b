//! A questionnaire that came as a file → its text.

use std::io::{Cursor, Read as _};
use std::panic::catch_unwind;

use super::{body::MAX_TEXT, charset, clean, sniff};

/// Most bytes of a document's main part.
const MOST_BYTES: u64 = 8 * 1024 * 1024;

/// The text of a text file (its charset guessed) or of a .docx; `None` for anything else.
pub fn text(name: &str, bytes: &[u8]) -> Option<String> {
    if sniff::is_zip(bytes) {
        let xml = catch_unwind(|| main_part(bytes)).ok().flatten()?;
        return Some(clean::block(&paragraphs(&xml), MAX_TEXT));
    }
    let readable = matches!(sniff::ending(name).as_str(), "txt" | "csv" | "tsv" | "md");
    let is_text = !bytes.iter().take(4_096).any(|it| matches!(it, 0..=8 | 0x10..=0x1A));
    let wide = bytes.starts_with(&[0xFF, 0xFE]) || bytes.starts_with(&[0xFE, 0xFF]);
    let text = (wide || (readable && is_text)).then(|| clean::block(&charset::guess(bytes), MAX_TEXT))?;
    Some(if sniff::ending(name) == "csv" { columns(&text) } else { text })
}

/// Commas that part the fields of a CSV file (RFC 4180) as tabs; line ends inside a quoted field as blanks.
fn columns(text: &str) -> String {
    let mut quoted = false;
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(it) = chars.next() {
        match it {
            '"' if quoted && chars.peek() == Some(&'"') => out.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => out.push('\t'),
            '\n' if quoted => out.push(' '),
            it => out.push(it),
        }
    }
    out
}

fn main_part(bytes: &[u8]) -> Option<String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let part = archive.by_name("word/document.xml").ok()?;
    let mut xml = Vec::new();
    part.take(MOST_BYTES).read_to_end(&mut xml).ok()?;
    Some(String::from_utf8_lossy(&xml).into_owned())
}

/// The runs of WordprocessingML (ECMA-376 part 1 §17.3): `w:t` is text, a paragraph, row or break ends a line, a cell
/// is set off by a tab. Phonetic guides are not text. Boxes are: as a symbol's character (§17.3.3.30), or as a form field
/// (§17.16.7); a content control's (`w14:checkbox`) is text already.
fn paragraphs(xml: &str) -> String {
    let mut out = String::new();
    let mut in_text = false;
    let mut in_guide = false;
    let mut ticked = false;
    for piece in xml.split('<').skip(1) {
        let (tag, words) = piece.split_once('>').unwrap_or((piece, ""));
        let name = tag.split([' ', '/']).find(|it| !it.is_empty()).unwrap_or_default();
        let closes = tag.starts_with('/');
        match name {
            "w:t" => in_text = !closes && !tag.ends_with('/'),
            "w:rt" => in_guide = !closes,
            "w:p" | "w:tr" if closes => out.push('\n'),
            "w:sym" => out.extend(symbol(tag)),
            "w:checkBox" if !closes => ticked = false,
            "w:default" | "w:checked" => ticked = !["\"0\"", "\"false\"", "\"off\""].iter().any(|it| tag.contains(it)),
            "w:checkBox" => out.push(if ticked { '☑' } else { '☐' }),
            "w:br" => out.push('\n'),
            "w:tab" => out.push('\t'),
            "w:tc" if closes => {
                // A cell holds a paragraph: its line end becomes the tab.
                out.truncate(out.trim_end_matches('\n').len());
                out.push('\t');
            }
            _ => {}
        }
        if in_text && !in_guide && name == "w:t" {
            out.push_str(&unescaped(words));
        }
    }
    out
}

/// Boxes and ticks of Wingdings and Wingdings 2, which have no characters of their own in older Word.
fn symbol(tag: &str) -> Option<char> {
    let (_, code) = tag.split_once("w:char=\"")?;
    match code.get(..4)?.to_uppercase().as_str() {
        "F0FC" | "F0FD" | "F0FE" | "F050" | "F051" | "F052" | "F053" => Some('☑'),
        "F06F" | "F0A8" | "F0A3" | "F071" => Some('☐'),
        _ => None,
    }
}

fn unescaped(text: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    named.iter().fold(text.to_string(), |it, (from, to)| it.replace(from, to))
}
