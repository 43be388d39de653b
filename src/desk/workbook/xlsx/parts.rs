//! Which part is what: relations and content types (ECMA-376 part 2, §6.5 and §6.2.3).

use super::xml::{Tag, Token, Xml, utf8};
use crate::desk::{
    reading::Unreadable,
    rules::Bounds,
    workbook::package::{Fail, Package, resolve},
};

/// A part that another part names.
pub(super) struct Relation {
    pub(super) id: String,
    /// The last word of its type, which Transitional and Strict books share: `worksheet`, `sharedStrings` …
    pub(super) kind: String,
    /// The part's name, as from the root of the package.
    pub(super) target: String,
}

/// A part as XML, or `None` where there is none.
pub(super) fn xml_part(package: &mut Package<'_>, name: &str) -> Result<Option<Vec<u8>>, Fail> {
    package.part(name)?.map(utf8).transpose()
}

/// The relations of a part; of the package itself for the empty name. What lies outside the package is never looked at.
pub(super) fn relations(package: &mut Package<'_>, part: &str, bounds: &Bounds) -> Result<Vec<Relation>, Fail> {
    let (folder, name) =
        part.rsplit_once('/').map_or((String::new(), part), |(folder, name)| (format!("{folder}/"), name));
    let Some(text) = xml_part(package, &format!("{folder}_rels/{name}.rels"))? else {
        return Ok(Vec::new());
    };
    let mut xml = Xml::new(&text, bounds.xml_depth);
    let mut all = Vec::new();
    while let Some(token) = xml.next()? {
        if let Token::Start(tag) = token
            && tag.name == b"Relationship"
            && tag.get(b"TargetMode") != Some(b"External")
        {
            if all.len() >= bounds.entries {
                return Err(Fail::Refused(Unreadable::TooManyEntries));
            }
            all.extend(relation(&tag, part));
        }
    }
    Ok(all)
}

fn relation(tag: &Tag<'_>, part: &str) -> Option<Relation> {
    let kind = tag.text(b"Type")?;
    let target = tag.text(b"Target")?;
    Some(Relation {
        id: tag.text(b"Id").unwrap_or_default().into_owned(),
        kind: kind.rsplit('/').next().unwrap_or_default().to_owned(),
        target: resolve(part, &target),
    })
}

/// The name of the part of this kind; where no relation says it, the one that all programs use.
pub(super) fn target<'a>(relations: &'a [Relation], kind: &str, usual: &'a str) -> &'a str {
    relations.iter().find(|it| it.kind == kind).map_or(usual, |it| it.target.as_str())
}

/// Whether anything in the package can run: VBA, a sheet of Excel 4 macros, or the type of a book with macros.
pub(super) fn has_macros(package: &mut Package<'_>, relations: &[Relation], bounds: &Bounds) -> bool {
    let named = |it: &str| it.ends_with("vbaproject.bin") || it.starts_with("xl/macrosheets/");
    let related = |it: &Relation| it.kind == "vbaProject" || is_macro_sheet(&it.kind);
    package.names().any(named) || relations.iter().any(related) || typed_macros(package, bounds).unwrap_or(false)
}

/// `xlMacrosheet` and `xlIntlMacrosheet` ([MS-OFFMACRO2] §2.2.1.8).
pub(super) fn is_macro_sheet(kind: &str) -> bool {
    kind.to_ascii_lowercase().ends_with("macrosheet")
}

fn typed_macros(package: &mut Package<'_>, bounds: &Bounds) -> Result<bool, Fail> {
    let Some(text) = xml_part(package, "[Content_Types].xml")? else {
        return Ok(false);
    };
    let mut xml = Xml::new(&text, bounds.xml_depth);
    while let Some(token) = xml.next()? {
        // a default tells only what an extension would mean
        if let Token::Start(tag) = token
            && tag.name == b"Override"
            && let Some(kind) = tag.text(b"ContentType")
        {
            let kind = kind.to_ascii_lowercase();
            if ["macroenabled", "vbaproject", "macrosheet"].iter().any(|it| kind.contains(it)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}
