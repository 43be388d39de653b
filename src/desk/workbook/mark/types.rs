//! What each part is (ISO/IEC 29500-2 §10.1).

use std::collections::HashMap;

use super::{
    Unmarkable,
    package::Package,
    xml::{Edits, Space, Tree, escape, prefix_of},
};
use crate::desk::rules::Bounds;

const NAME: &str = "[Content_Types].xml";

/// `[Content_Types].xml`.
#[derive(Debug)]
pub(super) struct Types {
    text: String,
    /// By extension, in lower case.
    defaults: HashMap<String, String>,
    /// By part, in lower case, without the leading slash.
    overrides: HashMap<String, String>,
    new_defaults: Vec<(String, String)>,
    new_overrides: Vec<(String, String)>,
}

impl Types {
    pub(super) fn read(package: &mut Package<'_>, bounds: &Bounds) -> Result<Self, Unmarkable> {
        let text = package.part(NAME)?.ok_or(Unmarkable::NotAWorkbook)?;
        let tree = Tree::read(&text, bounds.strings, bounds.xml_depth)?;
        let root = tree.root(Space::Types, "Types")?;
        let (mut defaults, mut overrides) = (HashMap::new(), HashMap::new());
        for child in tree.children(root) {
            let kind = tree.value(child, "ContentType")?.unwrap_or_default();
            let twice = if let Some(ending) = tree.value(child, "Extension")? {
                defaults.insert(ending.to_lowercase(), kind)
            } else if let Some(part) = tree.value(child, "PartName")? {
                overrides.insert(part.trim_start_matches('/').to_lowercase(), kind)
            } else {
                None
            };
            if twice.is_some() {
                return Err(Unmarkable::NotUnderstood("two types for one part"));
            }
        }
        drop(tree);
        Ok(Self { text, defaults, overrides, new_defaults: Vec::new(), new_overrides: Vec::new() })
    }

    /// A part's content type.
    pub(super) fn of(&self, part: &str) -> Option<&str> {
        let part = part.to_lowercase();
        let ending = part.rsplit_once('.').map_or("", |(_, it)| it);
        self.overrides.get(&part).or_else(|| self.defaults.get(ending)).map(String::as_str)
    }

    /// Sees to it that a part is of this type: VML by its extension as Excel does it, all else by name.
    pub(super) fn set(&mut self, part: &str, kind: &str) {
        if self.of(part) == Some(kind) {
            return;
        }
        if part.ends_with(".vml") && !self.defaults.contains_key("vml") {
            self.defaults.insert("vml".to_owned(), kind.to_owned());
            self.new_defaults.push(("vml".to_owned(), kind.to_owned()));
        } else {
            self.overrides.insert(part.to_lowercase(), kind.to_owned());
            self.new_overrides.push((part.to_owned(), kind.to_owned()));
        }
    }

    pub(super) fn save(self, package: &mut Package<'_>, bounds: &Bounds) -> Result<(), Unmarkable> {
        if self.new_defaults.is_empty() && self.new_overrides.is_empty() {
            return Ok(());
        }
        let tree = Tree::read(&self.text, bounds.strings, bounds.xml_depth)?;
        let root = tree.root(Space::Types, "Types")?;
        let prefix = prefix_of(tree.name(root));
        let mut edits = Edits::default();
        for (ending, kind) in &self.new_defaults {
            let text = format!("<{prefix}Default Extension=\"{ending}\" ContentType=\"{kind}\"/>");
            edits.insert(root.tag.end, text);
        }
        let named: String = self
            .new_overrides
            .iter()
            .map(|(part, kind)| format!("<{prefix}Override PartName=\"/{}\" ContentType=\"{kind}\"/>", escape(part)))
            .collect();
        if !named.is_empty() {
            tree.append(&mut edits, root, &named);
        }
        package.put(NAME, edits.apply(&self.text)?)
    }
}
