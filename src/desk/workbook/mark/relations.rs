//! Which part leads to which (ISO/IEC 29500-2 §9.3).

use std::collections::HashSet;

use super::{
    Unmarkable,
    package::Package,
    xml::{Edits, Space, Tree, escape, prefix_of},
};
use crate::desk::{rules::Bounds, workbook::package::resolve};

const TRANSITIONAL: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/";
const STRICT: &str = "http://purl.oclc.org/ooxml/officeDocument/relationships/";

/// One relation of a part.
#[derive(Debug)]
pub(super) struct Relation {
    pub(super) id: String,
    /// `comments`, of both the transitional and the strict type; other types in full.
    pub(super) kind: String,
    /// The part it leads to; `None` where it leads out of the package.
    pub(super) target: Option<String>,
}

/// The relations of one part.
#[derive(Debug)]
pub(super) struct Relations {
    owner: String,
    text: Option<String>,
    pub(super) all: Vec<Relation>,
    added: Vec<(String, String)>,
}

impl Relations {
    /// The relations of a part, or of the package where the owner is nameless.
    pub(super) fn read(package: &mut Package<'_>, owner: &str, bounds: &Bounds) -> Result<Self, Unmarkable> {
        let text = package.part(&part_name(owner))?;
        let mut all = Vec::new();
        if let Some(text) = &text {
            let tree = Tree::read(text, bounds.strings, bounds.xml_depth)?;
            let root = tree.root(Space::Relations, "Relationships")?;
            let mut ids = HashSet::new();
            for child in tree.children(root).filter(|it| tree.is(it, Space::Relations, "Relationship")) {
                let need = |it: Option<String>| it.ok_or(Unmarkable::NotUnderstood("a relation lacks something"));
                let id = need(tree.value(child, "Id")?)?;
                if !ids.insert(id.clone()) {
                    return Err(Unmarkable::NotUnderstood("two relations of one id"));
                }
                let kind = need(tree.value(child, "Type")?)?;
                let kind = kind.strip_prefix(TRANSITIONAL).or(kind.strip_prefix(STRICT)).unwrap_or(&kind).to_owned();
                let target = need(tree.value(child, "Target")?)?;
                let outside = tree.value(child, "TargetMode")?.is_some_and(|it| it == "External");
                let target = (!outside).then(|| resolve(owner, &target));
                all.push(Relation { id, kind, target });
            }
        }
        Ok(Self { owner: owner.to_owned(), text, all, added: Vec::new() })
    }

    /// The only relation of this kind; two where one is allowed are nothing we understand.
    pub(super) fn only(&self, kind: &str) -> Result<Option<&Relation>, Unmarkable> {
        let mut found = self.all.iter().filter(|it| it.kind == kind);
        let first = found.next();
        if found.next().is_some() { Err(Unmarkable::NotUnderstood("two parts of one kind")) } else { Ok(first) }
    }

    pub(super) fn target(&self, id: &str) -> Option<&str> {
        self.all.iter().find(|it| it.id == id)?.target.as_deref()
    }

    /// A new relation; its id.
    pub(super) fn add(&mut self, kind: &str, strict: bool, target: &str) -> String {
        let mut number = self.all.len() + 1;
        let taken = |id: &str| self.all.iter().any(|it| it.id.eq_ignore_ascii_case(id));
        while taken(&format!("rId{number}")) {
            number += 1;
        }
        let id = format!("rId{number}");
        let base = if strict { STRICT } else { TRANSITIONAL };
        let way = relative(&self.owner, target);
        self.added.push((id.clone(), format!("Type=\"{base}{kind}\" Target=\"{}\"", escape(&way))));
        self.all.push(Relation { id: id.clone(), kind: kind.to_owned(), target: Some(target.to_owned()) });
        id
    }

    /// Writes what was added into the package.
    pub(super) fn save(self, package: &mut Package<'_>, bounds: &Bounds) -> Result<(), Unmarkable> {
        if self.added.is_empty() {
            return Ok(());
        }
        let name = part_name(&self.owner);
        let Some(text) = self.text else {
            let all: String =
                self.added.iter().map(|(id, rest)| format!("<Relationship Id=\"{id}\" {rest}/>")).collect();
            let head = "<?xml version=\"1.0\" encoding=\"UTF-8\" standalone=\"yes\"?>\n";
            let space = "http://schemas.openxmlformats.org/package/2006/relationships";
            return package.put(&name, format!("{head}<Relationships xmlns=\"{space}\">{all}</Relationships>"));
        };
        let tree = Tree::read(&text, bounds.strings, bounds.xml_depth)?;
        let root = tree.root(Space::Relations, "Relationships")?;
        let prefix = prefix_of(tree.name(root));
        let all: String =
            self.added.iter().map(|(id, rest)| format!("<{prefix}Relationship Id=\"{id}\" {rest}/>")).collect();
        let mut edits = Edits::default();
        tree.append(&mut edits, root, &all);
        package.put(&name, edits.apply(&text)?)
    }
}

/// `xl/worksheets/_rels/sheet1.xml.rels` for `xl/worksheets/sheet1.xml`.
fn part_name(owner: &str) -> String {
    match owner.rsplit_once('/') {
        Some((folder, file)) => format!("{folder}/_rels/{file}.rels"),
        None => format!("_rels/{owner}.rels"),
    }
}

/// The shortest target that leads from a part to another.
fn relative(owner: &str, target: &str) -> String {
    let folder: Vec<&str> = owner.rsplit_once('/').map_or_else(Vec::new, |(folder, _)| folder.split('/').collect());
    let way: Vec<&str> = target.split('/').collect();
    let common = folder.iter().zip(&way).take_while(|(one, other)| one == other).count();
    let up = "../".repeat(folder.len() - common);
    format!("{up}{}", way.get(common..).unwrap_or_default().join("/"))
}
