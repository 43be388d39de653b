//! The sections of `styles.xml` that a cell's format leans on. Small writers leave them out, and programs take their
//! defaults; who adds a format must say them (CT_Stylesheet, ECMA-376 part 1 §18.8.39).

use super::{
    Unmarkable,
    xml::{Edits, SHEET, STRICT_SHEET, Space, Tree, local_name, prefix_of},
};
use crate::desk::rules::Bounds;

/// The children of `<styleSheet>` in their order.
const ORDER: [&str; 11] = [
    "numFmts",
    "fonts",
    "fills",
    "borders",
    "cellStyleXfs",
    "cellXfs",
    "cellStyles",
    "dxfs",
    "tableStyles",
    "colors",
    "extLst",
];

/// How many elements a section has at least, and which, with `\u{1}` where the prefix goes. The first two fills are not
/// free: Excel takes them for none and gray125 whatever they say.
const LEAST: [(&str, u32, &str); 5] = [
    ("fonts", 1, "<\u{1}font><\u{1}sz val=\"11\"/><\u{1}name val=\"Calibri\"/><\u{1}family val=\"2\"/></\u{1}font>"),
    (
        "fills",
        2,
        "<\u{1}fill><\u{1}patternFill patternType=\"none\"/></\u{1}fill><\u{1}fill><\u{1}patternFill patternType=\"gray125\"/></\u{1}fill>",
    ),
    ("borders", 1, "<\u{1}border><\u{1}left/><\u{1}right/><\u{1}top/><\u{1}bottom/><\u{1}diagonal/></\u{1}border>"),
    ("cellStyleXfs", 1, "<\u{1}xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/>"),
    ("cellXfs", 1, "<\u{1}xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>"),
];

/// The styles of a book that has none.
pub(super) fn empty(strict: bool) -> String {
    let space = if strict { STRICT_SHEET } else { SHEET };
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n<styleSheet xmlns=\"{space}\"><cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>"
    )
}

/// The same styles with the sections that are missing or hold nothing.
pub(super) fn complete(text: String, bounds: &Bounds) -> Result<String, Unmarkable> {
    let tree = Tree::read(&text, bounds.strings, bounds.xml_depth)?;
    let root = tree.root(Space::Sheet, "styleSheet")?;
    let prefix = prefix_of(tree.name(root));
    let of = |name: &str| ORDER.iter().position(|it| *it == name);
    let rank = |it| of(local_name(tree.name(it))).filter(|_| it.space == Space::Sheet);
    let children: Vec<_> = tree.children(root).map(|it| (rank(it), it)).collect();
    let (mut edits, mut last) = (Edits::default(), String::new());
    for (name, count, least) in LEAST {
        let section = format!("<{prefix}{name} count=\"{count}\">{least}</{prefix}{name}>").replace('\u{1}', prefix);
        let mine = of(name);
        if let Some((_, found)) = children.iter().find(|(it, _)| *it == mine) {
            if tree.children(found).next().is_none() {
                edits.replace(found.tag.start..found.close.end, section);
            }
        } else if let Some((_, next)) = children.iter().find(|(it, _)| *it > mine) {
            edits.insert(next.tag.start, section);
        } else {
            last.push_str(&section);
        }
    }
    if !last.is_empty() {
        tree.append(&mut edits, root, &last);
    }
    if edits.is_empty() {
        return Ok(text);
    }
    // one that is wrapped, or not in its place, may be what seems to be missing
    if !children.is_sorted_by(|one, next| one.0 < next.0) || children.iter().any(|(it, _)| it.is_none()) {
        return Err(Unmarkable::NotUnderstood("styles that are out of order"));
    }
    edits.apply(&text)
}
