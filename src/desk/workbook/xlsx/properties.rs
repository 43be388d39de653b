//! Document properties that may name the form: core (ECMA-376 part 2, §8.3) and custom ones (part 1, §22.3).

use super::{
    parts::{Relation, target, xml_part},
    xml::{Token, Xml},
};
use crate::desk::workbook::package::{Fail, Package};

/// Most telling first.
const CORE: [&[u8]; 5] = [b"title", b"subject", b"description", b"keywords", b"version"];
const MAX_CUSTOM: usize = 100;
const MAX_CHARS: usize = 300;

/// What the properties say; a part that is broken says nothing.
pub(super) fn read(package: &mut Package<'_>, relations: &[Relation], depth: usize) -> Vec<String> {
    let core = target(relations, "core-properties", "docProps/core.xml");
    let custom = target(relations, "custom-properties", "docProps/custom.xml");
    let mut all = core_properties(package, core, depth).unwrap_or_default();
    all.extend(custom_properties(package, custom, depth).unwrap_or_default());
    all.iter().map(|it| it.chars().take(MAX_CHARS).collect()).collect()
}

fn core_properties(package: &mut Package<'_>, name: &str, depth: usize) -> Result<Vec<String>, Fail> {
    let Some(text) = xml_part(package, name)? else {
        return Ok(Vec::new());
    };
    let mut found: [Option<String>; CORE.len()] = Default::default();
    let mut xml = Xml::new(&text, depth);
    while let Some(token) = xml.next()? {
        if let Token::Start(tag) = token
            && let Some(at) = CORE.iter().position(|it| *it == tag.name)
        {
            let value = xml.text()?;
            let value = if tag.name == b"version" && !value.is_empty() { format!("version {value}") } else { value };
            if let Some(slot) = found.get_mut(at).filter(|_| !value.is_empty()) {
                *slot = Some(value);
            }
        }
    }
    Ok(found.into_iter().flatten().collect())
}

fn custom_properties(package: &mut Package<'_>, name: &str, depth: usize) -> Result<Vec<String>, Fail> {
    let Some(text) = xml_part(package, name)? else {
        return Ok(Vec::new());
    };
    let mut found: Vec<(String, String)> = Vec::new();
    let mut xml = Xml::new(&text, depth);
    while let Some(token) = xml.next()? {
        if let Token::Start(tag) = token
            && tag.name == b"property"
            && let Some(name) = tag.text(b"name")
        {
            found.push((name.into_owned(), xml.text()?));
            if found.len() >= MAX_CUSTOM {
                break;
            }
        }
    }
    found.sort();
    Ok(found.into_iter().map(|(name, value)| format!("{name} {value}")).collect())
}
