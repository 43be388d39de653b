//! The words at the cells (CT_Comments, ECMA-376 part 1 §18.7.6). Our own are known by their author and, for LibreOffice
//! forgets authors, by their first line; so they never pile up.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Unmarkable,
    place::{Place, place},
    xml::{Edits, Element, SHEET, STRICT_SHEET, Space, Tree, decode, escape, prefix_of},
};
use crate::desk::{rules::Bounds, workbook::book::cell_name};

/// Excel keeps no more characters in a cell's text.
const MOST_CHARACTERS: usize = 32_767;

/// A sheet's comments after the change.
#[derive(Debug, Default)]
pub(super) struct Comments {
    /// The part's new text; `None` where it stays as it is.
    pub(super) text: Option<String>,
    /// Cells whose comment was wholly ours and is gone or replaced.
    pub(super) removed: BTreeSet<Place>,
    /// All cells that have a comment now.
    pub(super) places: BTreeSet<Place>,
    /// What the comments say that have words of ours, for the size of their boxes.
    pub(super) written: BTreeMap<Place, String>,
    /// Cells that carried words of ours before.
    pub(super) formerly: BTreeSet<Place>,
}

/// One comment as it stands in the part.
struct Comment<'t> {
    place: Place,
    author: String,
    element: &'t Element,
}

/// Takes our old words out of a comments part and puts the new ones in.
pub(super) fn rewrite(
    text: Option<&str>,
    strict: bool,
    author: &str,
    words: &BTreeMap<Place, String>,
    bounds: &Bounds,
) -> Result<Comments, Unmarkable> {
    let empty;
    let text = match text {
        Some(text) => text,
        None => {
            let space = if strict { STRICT_SHEET } else { SHEET };
            let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
            empty =
                format!("{head}<comments xmlns=\"{space}\"><authors></authors><commentList></commentList></comments>");
            &empty
        }
    };
    let tree = Tree::read(text, bounds.strings, bounds.xml_depth)?;
    let root = tree.root(Space::Sheet, "comments")?;
    let list = |local| tree.child(root, Space::Sheet, local).ok_or(Unmarkable::NotUnderstood("a comments part"));
    let (authors, list) = (list("authors")?, list("commentList")?);
    let names: Vec<String> = tree.children(authors).map(|it| decode(tree.inner(it))).collect::<Result<_, _>>()?;
    let old = comments(&tree, list, &names)?;
    let mut work = Work { tree: &tree, author, edits: Edits::default(), found: Comments::default() };
    for comment in &old {
        work.old(comment, words.get(&comment.place))?;
    }
    let number = names.iter().position(|it| it == author).unwrap_or(names.len());
    let any = work.new_ones(&old, list, words, number);
    if any && number == names.len() {
        let prefix = prefix_of(tree.name(authors));
        tree.append(&mut work.edits, authors, &format!("<{prefix}author>{}</{prefix}author>", escape(author)));
    }
    let mut found = work.found;
    if !work.edits.is_empty() {
        found.text = Some(work.edits.apply(text)?);
    }
    Ok(found)
}

/// Whether the author may have left something in a part: what stands between its tags has the name.
pub(super) fn mention(text: &str, author: &str) -> bool {
    let said: String = text.split('<').map(|it| it.split_once('>').map_or(it, |(_, said)| said)).collect();
    said.contains(author) || said.contains(&escape(author))
}

fn comments<'t>(tree: &'t Tree<'_>, list: &'t Element, names: &[String]) -> Result<Vec<Comment<'t>>, Unmarkable> {
    let mut all = Vec::new();
    for element in tree.children(list).filter(|it| tree.is(it, Space::Sheet, "comment")) {
        let bad = Unmarkable::NotUnderstood("a comment");
        let place = tree.value(element, "ref")?.as_deref().and_then(place);
        let number = tree.value(element, "authorId")?.and_then(|it| it.parse::<usize>().ok());
        let (Some(place), Some(author)) = (place, number.and_then(|it| names.get(it))) else { return Err(bad) };
        all.push(Comment { place, author: author.clone(), element });
    }
    Ok(all)
}

struct Work<'t, 'a> {
    tree: &'t Tree<'a>,
    author: &'t str,
    edits: Edits,
    found: Comments,
}

impl Work<'_, '_> {
    /// A comment that is there: ours goes, theirs loses what we wrote below it and gets what we write now.
    fn old(&mut self, comment: &Comment<'_>, words: Option<&String>) -> Result<(), Unmarkable> {
        let element = comment.element;
        let text = self.tree.child(element, Space::Sheet, "text").ok_or(Unmarkable::NotUnderstood("a comment"))?;
        let (pieces, after) = pieces(self.tree, text)?;
        let said: String = pieces.iter().map(|it| it.said.as_str()).collect();
        if comment.author == self.author || said.trim_start().starts_with(&signature(self.author)) {
            self.edits.replace(element.tag.start..element.close.end, String::new());
            self.found.removed.insert(comment.place);
            self.found.formerly.insert(comment.place);
            return Ok(());
        }
        self.found.places.insert(comment.place);
        // the author of a threaded comment's stand-in ([MS-XLSX] §2.6.207): its text is Excel's, not the company's
        if comment.author.starts_with("tc=") {
            return Ok(());
        }
        let end = said.find(&separator(self.author));
        if end.is_some() {
            self.found.formerly.insert(comment.place);
        }
        let theirs = end.and_then(|it| said.get(..it)).unwrap_or(&said);
        let ours = words.map(|it| format!("{}{it}", separator(self.author)));
        let ours = ours.filter(|it| theirs.chars().count() + it.chars().count() <= MOST_CHARACTERS);
        if end.is_none() && ours.is_none() {
            return Ok(());
        }
        if text.close.is_empty() {
            return Err(Unmarkable::NotUnderstood("a comment without words"));
        }
        if let Some(ours) = &ours {
            self.found.written.insert(comment.place, format!("{theirs}{ours}"));
        }
        let kept = kept(self.tree, &pieces, theirs.len(), ours.is_some());
        let ours = ours.map(|it| run(prefix_of(self.tree.name(text)), &it)).unwrap_or_default();
        self.edits.replace(text.tag.end..text.close.start, format!("{kept}{ours}{after}"));
        Ok(())
    }

    /// Whether any comment was added.
    fn new_ones(
        &mut self,
        old: &[Comment<'_>],
        list: &Element,
        words: &BTreeMap<Place, String>,
        author: usize,
    ) -> bool {
        let prefix = prefix_of(self.tree.name(list));
        let mut last = String::new();
        let mut any = false;
        for (place, words) in words {
            if !self.found.places.insert(*place) {
                continue;
            }
            any = true;
            let name = cell_name(*place);
            let words = format!("{}\n{words}", signature(self.author));
            let run = run(prefix, &words);
            self.found.written.insert(*place, words);
            let text = format!(
                "<{prefix}comment ref=\"{name}\" authorId=\"{author}\" shapeId=\"0\"><{prefix}text>{run}</{prefix}text></{prefix}comment>"
            );
            match old.iter().find(|it| it.place > *place) {
                Some(next) => self.edits.insert(next.element.tag.start, text),
                None => last.push_str(&text),
            }
        }
        if !last.is_empty() {
            self.tree.append(&mut self.edits, list, &last);
        }
        any
    }
}

/// The first line of our words.
fn signature(author: &str) -> String {
    format!("【{author}】")
}

/// What stands between the company's own words and ours.
fn separator(author: &str) -> String {
    format!("\n――――――――\n{}\n", signature(author))
}

/// A run, or the text of a comment without runs.
struct Piece<'t> {
    element: &'t Element,
    /// The element that holds the words.
    holder: Option<&'t Element>,
    said: String,
}

/// The pieces of a comment's text, and what stands behind them (CT_Rst: phonetic runs).
fn pieces<'t>(tree: &'t Tree<'_>, text: &'t Element) -> Result<(Vec<Piece<'t>>, String), Unmarkable> {
    let (mut pieces, mut after) = (Vec::new(), String::new());
    for element in tree.children(text) {
        let local = |name| tree.is(element, Space::Sheet, name);
        if !local("t") && !local("r") {
            after.push_str(tree.source(element));
            continue;
        }
        let holder = if local("t") { Some(element) } else { tree.child(element, Space::Sheet, "t") };
        let said = holder.map(|it| decode(tree.inner(it))).transpose()?.unwrap_or_default();
        pieces.push(Piece { element, holder, said });
    }
    Ok((pieces, after))
}

/// The pieces up to so many bytes of what they say, as runs where others follow: plain text and runs do not stand
/// beside each other.
fn kept(tree: &Tree<'_>, pieces: &[Piece<'_>], bytes: usize, as_runs: bool) -> String {
    let (mut kept, mut left) = (String::new(), bytes);
    for piece in pieces {
        let whole = piece.said.len() <= left;
        let text = if whole {
            tree.source(piece.element).to_owned()
        } else {
            shortened(tree, piece.element, piece.holder, piece.said.get(..left).unwrap_or_default())
        };
        if as_runs && !text.is_empty() && tree.is(piece.element, Space::Sheet, "t") {
            kept.push_str(&format!("<{0}r>{text}</{0}r>", prefix_of(tree.name(piece.element))));
        } else {
            kept.push_str(&text);
        }
        left = left.saturating_sub(piece.said.len());
        if !whole {
            break;
        }
    }
    kept
}

/// A run or a text with its last words left out; nothing where none are left.
fn shortened(tree: &Tree<'_>, part: &Element, holder: Option<&Element>, theirs: &str) -> String {
    let Some(holder) = holder.filter(|_| !theirs.is_empty()) else { return String::new() };
    let whole = tree.source(part);
    let begin = holder.tag.end.saturating_sub(part.tag.start);
    let end = holder.close.start.saturating_sub(part.tag.start);
    let (Some(head), Some(tail)) = (whole.get(..begin), whole.get(end..)) else { return String::new() };
    format!("{head}{}{tail}", text_of(theirs))
}

/// The font of Excel's own comments, with the Japanese face that Windows and Mac have.
fn run(prefix: &str, words: &str) -> String {
    let p = prefix;
    format!(
        "<{p}r><{p}rPr><{p}sz val=\"9\"/><{p}color indexed=\"81\"/><{p}rFont val=\"Meiryo UI\"/><{p}family val=\"3\"/><{p}charset val=\"128\"/></{p}rPr><{p}t xml:space=\"preserve\">{}</{p}t></{p}r>",
        text_of(words)
    )
}

/// Text of an ST_Xstring (ECMA-376 part 1 §22.9.2.19): what looks like `_x000D_` is not taken for an escape.
fn text_of(words: &str) -> String {
    let mut text = String::new();
    let mut rest = words;
    while let Some((before, after)) = rest.split_once("_x") {
        text.push_str(before);
        let code: String = after.chars().take(5).collect();
        let escapes = code.len() == 5 && code.ends_with('_') && code.chars().take(4).all(|it| it.is_ascii_hexdigit());
        text.push_str(if escapes { "_x005F_x" } else { "_x" });
        rest = after;
    }
    text.push_str(rest);
    escape(&text)
}
