//! .xlsx and .xlsm (ECMA-376 part 1, SpreadsheetML; Transitional and Strict), read lean and within bounds: only the parts
//! with cells, and of those only what the desk looks at.
//!
//! In reading order: `parts` (which part is what), `xml`, `styles` (how numbers are shown), `strings`, `sheet`, `quick`,
//! `cells` (what a cell shows), `properties`.

mod cells;
mod parts;
mod properties;
mod quick;
mod sheet;
mod strings;
mod styles;
mod xml;

use cells::{Budget, Shared};
use parts::{Relation, relations, target, xml_part};
use sheet::Grid;
use strings::Strings;
use styles::Styles;
use xml::{Tag, Token, Xml};

pub(super) use xml::utf8;

use super::{
    book::{Book, Cell, Datum, Sheet},
    cells::Cells,
    package::{Fail, Package},
    screen::Screen,
};
use crate::desk::{reading::Unreadable, rules::Bounds};

/// Reads a workbook. A sheet that is broken is left out and told as [`Book::torn`].
///
/// # Errors
/// The bound that is hit; [`Unreadable::Damaged`] where the archive, the list of sheets, the strings or the styles are broken.
pub(super) fn open(bytes: &[u8], bounds: &Bounds, screen: &Screen) -> Result<Book, Unreadable> {
    let mut package = Package::open(bytes, bounds)?;
    let roots = relations(&mut package, "", bounds)?;
    let name = target(&roots, "officeDocument", "xl/workbook.xml");
    let links = relations(&mut package, name, bounds)?;
    let Some(listed) = xml_part(&mut package, name)?.map(|it| Listed::read(&it, bounds)).transpose()? else {
        return Err(Unreadable::Damaged);
    };
    // a book has at least one sheet (§18.2.19, §18.2.20)
    if listed.sheets.is_empty() {
        return Err(Unreadable::Damaged);
    }
    let folder = name.rsplit_once('/').map_or(String::new(), |it| format!("{}/", it.0));
    let strings = xml_part(&mut package, target(&links, "sharedStrings", &format!("{folder}sharedStrings.xml")))?;
    let styles = xml_part(&mut package, target(&links, "styles", &format!("{folder}styles.xml")))?;
    let shared = Shared {
        strings: strings.map(|it| Strings::read(it, bounds)).transpose()?.unwrap_or_default(),
        styles: styles.map(|it| Styles::read(&it, bounds)).transpose()?.unwrap_or_default(),
        is_1904: listed.is_1904,
        screen,
    };
    let mut book = Book {
        properties: properties::read(&mut package, &roots, bounds.xml_depth),
        macros: parts::has_macros(&mut package, &links, bounds),
        ..Book::default()
    };
    let mut budget = Budget::new(bounds);
    for listed in listed.sheets {
        match listed.sheet(&mut package, &links, &shared, &mut budget) {
            Ok(Some(sheet)) => book.sheets.push(sheet),
            Ok(None) => {}
            Err(Fail::Broken) => book.torn = true,
            Err(Fail::Refused(why)) => return Err(why),
        }
    }
    Ok(book)
}

/// What the workbook's own part says (§18.2).
#[derive(Default)]
struct Listed {
    sheets: Vec<ListedSheet>,
    /// Days are counted from 1904-01-01.
    is_1904: bool,
}

struct ListedSheet {
    name: String,
    hidden: bool,
    relation: String,
}

impl Listed {
    fn read(text: &[u8], bounds: &Bounds) -> Result<Self, Fail> {
        let mut xml = Xml::new(text, bounds.xml_depth);
        let mut listed = Self::default();
        while let Some(token) = xml.next()? {
            match token {
                Token::Start(tag) if tag.name == b"sheet" && xml.inside(b"sheets") => {
                    if listed.sheets.len() >= bounds.entries {
                        return Err(Fail::Refused(Unreadable::TooManyEntries));
                    }
                    listed.sheets.push(ListedSheet::of(&tag));
                }
                // not the one of an extension
                Token::Start(tag) if tag.name == b"workbookPr" && xml.depth() == 2 => {
                    listed.is_1904 = tag.is(b"date1904");
                }
                _ => {}
            }
        }
        Ok(listed)
    }
}

impl ListedSheet {
    fn of(tag: &Tag<'_>) -> Self {
        // the relation is `r:id`, whatever the prefix; `sheetId` is something else
        let relation = tag.attributes().find(|it| it.0.ends_with(b":id")).map(|it| it.1).unwrap_or_default();
        Self {
            name: tag.text(b"name").unwrap_or_default().into_owned(),
            hidden: tag.get(b"state").is_some_and(|it| it != b"visible"),
            relation: String::from_utf8_lossy(relation).into_owned(),
        }
    }

    /// The sheet, `None` for one that has no cells: a chart, a dialog, macros; a module of VBA 5 is listed without a part.
    fn sheet(
        self,
        package: &mut Package<'_>,
        links: &[Relation],
        shared: &Shared<'_>,
        budget: &mut Budget,
    ) -> Result<Option<Sheet>, Fail> {
        if self.relation.is_empty() {
            return Ok(None);
        }
        let link = links.iter().find(|it| it.id == self.relation).ok_or(Fail::Broken)?;
        if ["chartsheet", "dialogsheet"].contains(&link.kind.as_str()) || parts::is_macro_sheet(&link.kind) {
            return Ok(None);
        }
        let text = xml_part(package, &link.target)?.ok_or(Fail::Broken)?;
        let grid = Grid::read(&text, shared, budget)?;
        Ok(Some(self.filled(grid)))
    }

    fn filled(self, grid: Grid) -> Sheet {
        let mut sheet = Sheet {
            name: self.name,
            hidden: self.hidden,
            cells: Cells::of(grid.cells),
            formulas: grid.formulas.iter().map(|it| it.0).collect(),
            hidden_rows: grid.hidden_rows,
            merged: grid.merged.into_iter().collect(),
        };
        let lacking = grid.formulas.into_iter().filter(|it| it.1).map(|it| it.0);
        sheet.cells.fill(lacking, &Cell { text: "".into(), datum: Datum::NoResult });
        sheet
    }
}
