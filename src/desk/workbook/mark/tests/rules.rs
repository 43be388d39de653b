//! What Excel asks of a package before it opens it without a word.

use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    io::{Cursor, Read as _},
};

use zip::ZipArchive;

use super::super::{
    drawing::clusters,
    place::{Area, Place, place},
    xml::{Element, Space, Tree, attributes, decode, local_name, value},
};

/// Entries in their order: name, compressed size, bytes.
pub(super) fn entries(bytes: &[u8]) -> Vec<(String, u64, Vec<u8>)> {
    let mut archive = ZipArchive::new(Cursor::new(bytes)).unwrap();
    let mut all = Vec::new();
    for at in 0..archive.len() {
        let mut entry = archive.by_index(at).unwrap();
        let mut content = Vec::new();
        entry.read_to_end(&mut content).unwrap();
        all.push((entry.name().unwrap().into_owned(), entry.compressed_size(), content));
    }
    all
}

pub(super) fn text(bytes: &[u8], name: &str) -> String {
    let entry = entries(bytes).into_iter().find(|(it, ..)| it == name).unwrap_or_else(|| panic!("no {name}"));
    String::from_utf8(entry.2).unwrap()
}

fn tree(text: &str) -> Tree<'_> {
    Tree::read(text.trim_start_matches('\u{feff}'), usize::MAX, 100).unwrap()
}

fn children<'t>(tree: &'t Tree<'_>, element: &'t Element, local: &'t str) -> Vec<&'t Element> {
    tree.children(element).filter(|it| tree.is(it, Space::Sheet, local)).collect()
}

/// Only these parts may differ, all the others and the order stay.
pub(super) fn untouched(before: &[u8], after: &[u8]) {
    let (before, after) = (entries(before), entries(after));
    assert!(after.len() >= before.len());
    for ((old_name, old_size, old), (name, size, new)) in before.iter().zip(&after) {
        assert_eq!(old_name, name, "the order of entries");
        if old != new {
            let name = name.to_lowercase();
            let may = name == "[content_types].xml"
                || name == "xl/_rels/workbook.xml.rels"
                || name.ends_with("styles.xml")
                || name.ends_with(".vml")
                || name.contains("worksheets/")
                || name.contains("comment");
            assert!(may && !name.contains("threaded"), "{name} changed");
        } else if name != "[Content_Types].xml" {
            let same_method = old_size == size
                || name.contains("worksheets/")
                || name.ends_with("styles.xml")
                || name.contains("comment")
                || name.ends_with(".vml");
            assert!(same_method, "{name} was packed anew");
        }
    }
    for (name, ..) in after.iter().skip(before.len()) {
        let new = name.contains("comments")
            || name.ends_with(".vml")
            || name.ends_with(".rels")
            || name.ends_with("styles.xml");
        assert!(new, "{name} is new");
    }
}

/// The whole package as it must be.
pub(super) fn hold(bytes: &[u8]) {
    let parts: BTreeMap<String, Vec<u8>> = entries(bytes).into_iter().map(|(name, _, it)| (name, it)).collect();
    types(&parts);
    let styles = parts.iter().find(|(name, _)| name.ends_with("styles.xml")).map(|(_, it)| styles(it));
    for (name, content) in &parts {
        if name.ends_with(".rels") {
            relations(name, content, &parts);
        }
    }
    for (name, content) in parts.iter().filter(|(name, _)| name.contains("worksheets/") && name.ends_with(".xml")) {
        worksheet(name, content, styles.unwrap_or(1), &parts);
    }
}

/// New shapes have numbers of their own, from clusters that no other drawing uses.
pub(super) fn numbered(before: &[u8], after: &[u8]) {
    let drawings = |bytes: &[u8]| -> BTreeMap<String, String> {
        let all = entries(bytes).into_iter().filter(|(name, ..)| name.ends_with(".vml"));
        all.map(|(name, _, it)| (name, String::from_utf8(it).unwrap())).collect()
    };
    let ids = |text: &str| -> Vec<String> {
        let all = text.split(" id=\"_x0000_s").skip(1);
        all.map(|it| it.split('"').next().unwrap().to_owned()).collect()
    };
    let (before, after) = (drawings(before), drawings(after));
    let mut used: BTreeSet<u32> = before.values().flat_map(|it| clusters(it)).collect();
    for (name, text) in &after {
        let old = before.get(name).map(|it| (clusters(it), ids(it))).unwrap_or_default();
        for number in clusters(text).difference(&old.0) {
            assert!(used.insert(*number), "{name} uses {number} of another drawing");
        }
        let ids = ids(text);
        let fresh: Vec<&String> = ids.iter().filter(|it| !old.1.contains(it)).collect();
        assert_eq!(fresh.iter().collect::<HashSet<_>>().len(), fresh.len(), "{name}: two shapes of one number");
        let map = text.split("idmap").nth(1).unwrap().split("data=\"").nth(1).unwrap().split('"').next().unwrap();
        let map: Vec<&str> = map.split(',').collect();
        for id in fresh {
            let cluster = (id.parse::<u32>().unwrap() / 1_024).to_string();
            assert!(map.contains(&cluster.as_str()), "{name}: {id} is not of {map:?}");
        }
    }
}

fn types(parts: &BTreeMap<String, Vec<u8>>) {
    let content = std::str::from_utf8(&parts["[Content_Types].xml"]).unwrap();
    let tree = tree(content);
    let root = tree.root(Space::Types, "Types").unwrap();
    let (mut endings, mut names) = (HashSet::new(), HashSet::new());
    for child in tree.children(root) {
        assert!(!tree.value(child, "ContentType").unwrap().unwrap().is_empty());
        if let Some(ending) = tree.value(child, "Extension").unwrap() {
            assert!(endings.insert(ending.to_lowercase()), "two defaults for {ending}");
        } else {
            let name = tree.value(child, "PartName").unwrap().unwrap();
            let part = name.strip_prefix('/').unwrap();
            assert!(parts.contains_key(part), "{name} has a type and is not there");
            assert!(names.insert(part.to_owned()), "two types for {name}");
        }
    }
    for name in parts.keys().filter(|it| *it != "[Content_Types].xml" && !it.ends_with('/')) {
        let ending = name.rsplit('.').next().unwrap().to_lowercase();
        assert!(names.contains(name) || endings.contains(&ending), "{name} has no type");
        if name.ends_with(".vml") || name.contains("/comments") {
            assert!(names.contains(name) || ending == "vml", "{name} is not named");
        }
    }
}

/// Ids are unique, each is what some attribute asks for, and targets are there.
fn relations(name: &str, content: &[u8], parts: &BTreeMap<String, Vec<u8>>) {
    let owner = name.replace("_rels/", "").trim_end_matches(".rels").to_owned();
    for (id, (_, target)) in related(&owner, content) {
        if let Some(target) = target {
            assert!(parts.contains_key(&target), "{name}: {id} leads to {target}, which is not there");
        }
    }
    let Some(owner_text) = parts.get(&owner).map(|it| String::from_utf8_lossy(it).into_owned()) else { return };
    let known = related(&owner, content);
    if owner.ends_with(".xml") {
        let tree = tree(&owner_text);
        for element in tree.all() {
            for (attribute, at) in attributes(tree.tag(element)).unwrap() {
                if matches!(attribute, "r:id" | "rel:id") {
                    let id = tree.tag(element).get(at).unwrap();
                    assert!(known.contains_key(id), "{owner}: {id} leads nowhere");
                }
            }
        }
    }
}

/// Id → type and target.
fn related(owner: &str, content: &[u8]) -> BTreeMap<String, (String, Option<String>)> {
    let content = std::str::from_utf8(content).unwrap();
    let tree = tree(content);
    let root = tree.root(Space::Relations, "Relationships").unwrap();
    let mut all = BTreeMap::new();
    for child in tree.children(root) {
        let of = |name| tree.value(child, name).unwrap();
        let target = of("Target").unwrap();
        let part = match target.strip_prefix('/') {
            Some(whole) => whole.to_owned(),
            None => {
                let folder = owner.rsplit_once('/').map_or("", |(it, _)| it);
                let mut steps: Vec<&str> = folder.split('/').filter(|it| !it.is_empty()).collect();
                for step in target.split('/') {
                    match step {
                        ".." => assert!(steps.pop().is_some()),
                        step => steps.push(step),
                    }
                }
                steps.join("/")
            }
        };
        let inside = of("TargetMode").as_deref() != Some("External");
        let old = all.insert(of("Id").unwrap(), (of("Type").unwrap(), inside.then_some(part)));
        assert!(old.is_none(), "two relations of one id of {owner}");
    }
    all
}

/// Order (CT_Stylesheet), counts, and numbers that lead somewhere; how many cell formats there are.
fn styles(content: &[u8]) -> usize {
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
    let content = std::str::from_utf8(content).unwrap();
    let tree = tree(content);
    let root = tree.root(Space::Sheet, "styleSheet").unwrap();
    let ranks: Vec<usize> = tree
        .children(root)
        .map(|it| ORDER.iter().position(|known| *known == local_name(tree.name(it))).unwrap())
        .collect();
    assert!(ranks.windows(2).all(|it| it[0] < it[1]), "styles out of order");
    let list = |name| children(&tree, root, name).first().map(|it| (*it, tree.children(it).count()));
    for name in ["fonts", "fills", "borders", "cellStyleXfs", "cellXfs"] {
        let Some((element, number)) = list(name) else { continue };
        if let Some(count) = tree.value(element, "count").unwrap() {
            assert_eq!(count, number.to_string(), "the count of {name}");
        }
    }
    let (formats, number) = list("cellXfs").unwrap();
    for format in tree.children(formats) {
        for (attribute, of) in
            [("fontId", "fonts"), ("fillId", "fills"), ("borderId", "borders"), ("xfId", "cellStyleXfs")]
        {
            let Some(at) = tree.value(format, attribute).unwrap() else { continue };
            let most = list(of).map_or(1, |it| it.1);
            assert!(at.parse::<usize>().unwrap() < most, "{attribute} {at} of {most}");
        }
    }
    number
}

fn worksheet(name: &str, content: &[u8], formats: usize, parts: &BTreeMap<String, Vec<u8>>) {
    const ORDER: [&str; 39] = [
        "sheetPr",
        "dimension",
        "sheetViews",
        "sheetFormatPr",
        "cols",
        "sheetData",
        "sheetCalcPr",
        "sheetProtection",
        "protectedRanges",
        "scenarios",
        "autoFilter",
        "sortState",
        "dataConsolidate",
        "customSheetViews",
        "mergeCells",
        "phoneticPr",
        "conditionalFormatting",
        "dataValidations",
        "hyperlinks",
        "printOptions",
        "pageMargins",
        "pageSetup",
        "headerFooter",
        "rowBreaks",
        "colBreaks",
        "customProperties",
        "cellWatches",
        "ignoredErrors",
        "smartTags",
        "drawing",
        "legacyDrawing",
        "legacyDrawingHF",
        "drawingHF",
        "picture",
        "oleObjects",
        "controls",
        "webPublishItems",
        "tableParts",
        "extLst",
    ];
    let content = std::str::from_utf8(content).unwrap().trim_start_matches('\u{feff}');
    let tree = tree(content);
    let root = tree.root(Space::Sheet, "worksheet").unwrap();
    let mut ranks = Vec::new();
    for child in tree.children(root) {
        if child.space == Space::Sheet {
            let local = local_name(tree.name(child));
            ranks.push((ORDER.iter().position(|it| *it == local).unwrap(), local));
        }
    }
    for pair in ranks.windows(2) {
        let repeats = pair[0].1 == "conditionalFormatting" && pair[1].1 == "conditionalFormatting";
        assert!(pair[0].0 < pair[1].0 || repeats, "{name}: {} before {}", pair[0].1, pair[1].1);
    }
    cells(name, &tree, root, formats);
    comments(name, &tree, root, parts);
}

fn cells(name: &str, tree: &Tree<'_>, root: &Element, formats: usize) {
    let dimension = children(tree, root, "dimension").first().and_then(|it| tree.value(it, "ref").unwrap());
    let dimension = dimension.and_then(|it| Area::parse(&it));
    let data = children(tree, root, "sheetData")[0];
    let mut last_row = 0;
    for row in tree.children(data) {
        assert!(tree.is(row, Space::Sheet, "row"));
        let number = tree.value(row, "r").unwrap().map_or(last_row + 1, |it| it.parse::<u32>().unwrap());
        assert!(number > last_row, "{name}: row {number} after {last_row}");
        last_row = number;
        let spans = tree.value(row, "spans").unwrap();
        let mut last_column = None;
        for cell in children(tree, row, "c") {
            let here = tree.value(cell, "r").unwrap();
            let here = here.map_or((number - 1, last_column.map_or(0, |it| it + 1)), |it| place(&it).unwrap());
            assert_eq!(here.0 + 1, number, "{name}");
            assert!(last_column.is_none_or(|it| it < here.1), "{name}: columns of row {number}");
            last_column = Some(here.1);
            let style = tree.value(cell, "s").unwrap().map_or(0, |it| it.parse::<usize>().unwrap());
            assert!(style < formats, "{name}: format {style} of {formats}");
            assert!(dimension.is_none_or(|it| it.contains(here)), "{name}: {here:?} is outside the dimension");
            if let Some(spans) = &spans {
                let inside = spans.split(' ').any(|it| {
                    let (first, last) = it.split_once(':').unwrap();
                    (first.parse::<u32>().unwrap()..=last.parse().unwrap()).contains(&(here.1 + 1))
                });
                assert!(inside, "{name}: spans {spans} without {here:?}");
            }
        }
    }
}

/// Each comment has a box, each box a comment; lists and numbers fit.
fn comments(name: &str, tree: &Tree<'_>, root: &Element, parts: &BTreeMap<String, Vec<u8>>) {
    let (folder, file) = name.rsplit_once('/').unwrap();
    let related = parts.get(&format!("{folder}/_rels/{file}.rels")).map(|it| related(name, it)).unwrap_or_default();
    let of_kind = |kind: &str| -> Vec<String> {
        related.values().filter(|(it, _)| it.ends_with(&format!("/{kind}"))).filter_map(|(_, it)| it.clone()).collect()
    };
    let noted: Vec<Place> = of_kind("comments").first().map(|it| comments_part(&parts[it])).unwrap_or_default();
    let unique: BTreeSet<Place> = noted.iter().copied().collect();
    assert_eq!(unique.len(), noted.len(), "{name}: two comments on one cell");
    let legacy = children(tree, root, "legacyDrawing").first().map(|it| {
        let at = attributes(tree.tag(it)).unwrap().into_iter().find(|(it, _)| it.ends_with(":id")).unwrap().1;
        let (kind, target) = related[tree.tag(it).get(at).unwrap()].clone();
        assert!(kind.ends_with("/vmlDrawing"), "{name}: {kind}");
        target.unwrap()
    });
    let boxed: Vec<Place> = legacy.map(|it| notes(std::str::from_utf8(&parts[&it]).unwrap())).unwrap_or_default();
    assert_eq!(boxed.iter().copied().collect::<BTreeSet<_>>(), unique, "{name}: comments and boxes");
    assert_eq!(boxed.len(), noted.len(), "{name}: two boxes for one comment");
}

fn comments_part(content: &[u8]) -> Vec<Place> {
    let content = std::str::from_utf8(content).unwrap();
    let tree = tree(content);
    let root = tree.root(Space::Sheet, "comments").unwrap();
    let order: Vec<&str> = tree.children(root).map(|it| local_name(tree.name(it))).collect();
    assert!(order == ["authors", "commentList"] || order == ["authors", "commentList", "extLst"], "{order:?}");
    let authors = children(&tree, root, "authors")[0];
    let authors: Vec<String> = tree.children(authors).map(|it| decode(tree.inner(it)).unwrap()).collect();
    assert_eq!(authors.iter().collect::<HashSet<_>>().len(), authors.len(), "two authors of one name");
    let mut places = Vec::new();
    for comment in tree.children(children(&tree, root, "commentList")[0]) {
        let author: usize = tree.value(comment, "authorId").unwrap().unwrap().parse().unwrap();
        assert!(author < authors.len());
        let text = children(&tree, comment, "text")[0];
        let kinds: Vec<&str> = tree.children(text).map(|it| local_name(tree.name(it))).collect();
        assert!(kinds == ["t"] || (!kinds.is_empty() && !kinds.contains(&"t")), "{kinds:?}");
        let mut characters = 0;
        for run in children(&tree, text, "r") {
            let words = tree.children(run).last().unwrap();
            assert!(tree.is(words, Space::Sheet, "t"));
            let said = decode(tree.inner(words)).unwrap();
            characters += said.chars().count();
            let kept =
                said.trim() == said || value(tree.tag(words), "xml:space").unwrap().as_deref() == Some("preserve");
            assert!(kept, "blanks would be lost: {said:?}");
        }
        assert!(characters <= 32_767);
        places.push(place(&tree.value(comment, "ref").unwrap().unwrap()).unwrap());
    }
    places
}

/// The cells of the boxes, in a way that does not know how the code under test reads them.
fn notes(text: &str) -> Vec<Place> {
    let inner = |from: &str, name: &str| -> u32 {
        let at = from.find(&format!(":{name}>")).unwrap() + name.len() + 2;
        from.get(at..).unwrap().split('<').next().unwrap().trim().parse().unwrap()
    };
    let notes = text.split("ObjectType=\"Note\"").skip(1);
    notes.map(|it| it.split("ClientData>").next().unwrap()).map(|it| (inner(it, "Row"), inner(it, "Column"))).collect()
}
