//! What a person would see in a book: colours and comments by cell.

use std::collections::BTreeMap;

use super::{
    super::{
        place::{Place, place},
        xml::{Space, Tree, decode, prefix_of, value, with_attribute},
    },
    rules::{entries, text},
};

/// A cell's format: its fill as (pattern, colour), and the rest of the format as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Look {
    pub(super) pattern: String,
    pub(super) colour: String,
    pub(super) rest: String,
}

fn tree(text: &str) -> Tree<'_> {
    Tree::read(text.trim_start_matches('\u{feff}'), usize::MAX, 100).unwrap()
}

/// The looks of all cells of a sheet.
pub(super) fn cells(bytes: &[u8], part: &str) -> BTreeMap<Place, Look> {
    let styles = entries(bytes).into_iter().find(|(name, ..)| name.ends_with("styles.xml")).unwrap().2;
    let styles = String::from_utf8(styles).unwrap();
    let formats = looks(&styles);
    let sheet = text(bytes, part);
    let sheet = sheet.trim_start_matches('\u{feff}');
    let tree = tree(sheet);
    let root = tree.root(Space::Sheet, "worksheet").unwrap();
    let data = tree.child(root, Space::Sheet, "sheetData").unwrap();
    let (mut all, mut row_at) = (BTreeMap::new(), 0);
    for row in tree.children(data) {
        row_at = tree.value(row, "r").unwrap().map_or(row_at + 1, |it| it.parse().unwrap());
        let mut column = 0;
        for cell in tree.children(row) {
            let here = tree.value(cell, "r").unwrap().map_or((row_at - 1, column), |it| place(&it).unwrap());
            column = here.1 + 1;
            let style: usize = tree.value(cell, "s").unwrap().map_or(0, |it| it.parse().unwrap());
            all.insert(here, formats[style].clone());
        }
    }
    all
}

fn looks(styles: &str) -> Vec<Look> {
    let tree = tree(styles);
    let root = tree.root(Space::Sheet, "styleSheet").unwrap();
    let list = |name| tree.child(root, Space::Sheet, name).map(|it| tree.children(it).collect::<Vec<_>>());
    let Some((fills, formats)) = list("fills").zip(list("cellXfs")).filter(|it| !it.0.is_empty() && !it.1.is_empty())
    else {
        // the format that is put in: nothing but numbers
        let name = format!("{}xf", prefix_of(tree.name(root)));
        let rest = format!("applyFill=\"1\" borderId=\"0\" fillId=\"0\" fontId=\"0\" numFmtId=\"0\" {name} xfId=\"0\"");
        return vec![Look { pattern: String::new(), colour: String::new(), rest }];
    };
    let mut all = Vec::new();
    for format in formats {
        let fill = fills[tree.value(format, "fillId").unwrap().map_or(0, |it| it.parse::<usize>().unwrap())];
        let pattern = tree.child(fill, Space::Sheet, "patternFill");
        let kind = pattern.and_then(|it| tree.value(it, "patternType").unwrap());
        let shown = pattern.and_then(|it| tree.child(it, Space::Sheet, "fgColor"));
        let colour: String = shown
            .map(|it| {
                let of = |name| value(tree.tag(it), name).unwrap().unwrap_or_default();
                format!("{}{}{}{}", of("rgb"), of("theme"), of("indexed"), of("tint"))
            })
            .unwrap_or_default();
        let tag = with_attribute(&with_attribute(tree.tag(format), "fillId", "0").unwrap(), "applyFill", "1").unwrap();
        let solid = kind.as_deref() == Some("solid");
        // attributes are compared whatever their order is
        let mut rest: Vec<&str> = tag.trim_matches(['<', '>', '/']).split_whitespace().collect();
        rest.sort_unstable();
        all.push(Look {
            pattern: kind.unwrap_or_default().replace("none", ""),
            colour: if solid { colour } else { String::new() },
            rest: format!("{}{}", rest.join(" "), tree.inner(format)),
        });
    }
    all
}

/// The comments of a part: author and words by cell.
pub(super) fn comments(bytes: &[u8], part: &str) -> BTreeMap<Place, (String, String)> {
    let Some((_, _, content)) = entries(bytes).into_iter().find(|(name, ..)| name == part) else {
        return BTreeMap::new();
    };
    let content = String::from_utf8(content).unwrap();
    let tree = tree(&content);
    let root = tree.root(Space::Sheet, "comments").unwrap();
    let authors: Vec<&str> =
        tree.children(tree.child(root, Space::Sheet, "authors").unwrap()).map(|it| tree.inner(it)).collect();
    let mut all = BTreeMap::new();
    for comment in tree.children(tree.child(root, Space::Sheet, "commentList").unwrap()) {
        let author: usize = tree.value(comment, "authorId").unwrap().unwrap().parse().unwrap();
        let body = tree.child(comment, Space::Sheet, "text").unwrap();
        let mut words = String::new();
        for part in tree.children(body) {
            let holder =
                if tree.is(part, Space::Sheet, "t") { Some(part) } else { tree.child(part, Space::Sheet, "t") };
            words.push_str(&holder.map(|it| decode(tree.inner(it)).unwrap()).unwrap_or_default());
        }
        all.insert(place(&tree.value(comment, "ref").unwrap().unwrap()).unwrap(), (authors[author].to_owned(), words));
    }
    all
}
