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
    (wide || (readable && is_text)).then(|| clean::block(&charset::guess(bytes), MAX_TEXT))
}

fn main_part(bytes: &[u8]) -> Option<String> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).ok()?;
    let part = archive.by_name("word/document.xml").ok()?;
    let mut xml = Vec::new();
    part.take(MOST_BYTES).read_to_end(&mut xml).ok()?;
    Some(String::from_utf8_lossy(&xml).into_owned())
}

/// The runs of WordprocessingML (ECMA-376 part 1 §17.3): `w:t` is text, a paragraph, row or break ends a line, a cell
/// is set off by a tab. Phonetic guides are not text.
fn paragraphs(xml: &str) -> String {
    let mut out = String::new();
    let mut in_text = false;
    let mut in_guide = false;
    for piece in xml.split('<').skip(1) {
        let (tag, words) = piece.split_once('>').unwrap_or((piece, ""));
        let name = tag.split([' ', '/']).find(|it| !it.is_empty()).unwrap_or_default();
        let closes = tag.starts_with('/');
        match name {
            "w:t" => in_text = !closes && !tag.ends_with('/'),
            "w:rt" => in_guide = !closes,
            "w:p" | "w:tr" if closes => out.push('\n'),
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

fn unescaped(text: &str) -> String {
    let named = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")];
    named.iter().fold(text.to_string(), |it, (from, to)| it.replace(from, to))
}
