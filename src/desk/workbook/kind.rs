//! What a file is, by its bytes: a name is only asked where bytes say nothing, since an .xls is often called .xlsx.

use std::io::Cursor;

use zip::ZipArchive;

use super::{compound::Compound, legacy, magic, package::is_crowded};
use crate::desk::reading::Unreadable;

/// What a file is: in words, and who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Kind {
    pub(super) label: &'static str,
    pub(super) content: Content,
}

/// Who reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// .xlsx and .xlsm (ECMA-376).
    Xlsx,
    /// .xlsb ([MS-XLSB]).
    Xlsb,
    /// .xls ([MS-XLS]).
    Xls,
    /// .ods.
    Ods,
    /// ECMA-376 under a password ([MS-OFFCRYPTO]).
    Protected,
    /// Nobody.
    Refused(Unreadable),
}

pub(super) const UNKNOWN: &str = "unknown";

/// Tells what the bytes are, without inflating any of them.
pub(super) fn of(name: &str, bytes: &[u8]) -> Kind {
    let name = Name::new(name);
    if bytes.is_empty() {
        return refused("empty file", Unreadable::Empty);
    }
    if magic::is_owner_file(name.base(), bytes) {
        return refused("lock file of an open workbook", Unreadable::LockFile);
    }
    if bytes.starts_with(&super::compound::MAGIC) {
        return compound_file(&name, bytes);
    }
    if [&b"PK\x03\x04"[..], b"PK\x05\x06", b"PK00PK\x03\x04"].iter().any(|it| bytes.starts_with(it)) {
        return zip_file(&name, bytes);
    }
    magic::of(&name, bytes)
}

pub(super) fn refused(label: &'static str, why: Unreadable) -> Kind {
    Kind { label, content: Content::Refused(why) }
}

fn read_by(label: &'static str, content: Content) -> Kind {
    Kind { label, content }
}

/// A file's name, lower case.
pub(super) struct Name(String);

impl Name {
    fn new(name: &str) -> Self {
        Self(name.to_lowercase())
    }

    pub(super) fn base(&self) -> &str {
        self.0.rsplit(['/', '\\']).next().unwrap_or_default()
    }

    pub(super) fn ends(&self, endings: &[&str]) -> bool {
        endings.iter().any(|it| self.0.ends_with(it))
    }

    pub(super) fn says_workbook(&self) -> bool {
        self.ends(&[".xlsx", ".xlsm", ".xls", ".xlsb", ".xltx", ".xltm", ".xlt", ".ods"])
    }
}

/// The names in a zip, as Windows and careless writers spell them.
struct Parts(Vec<String>);

impl Parts {
    fn has(&self, name: &str) -> bool {
        self.0.iter().any(|it| it == name)
    }

    fn under(&self, folder: &str) -> bool {
        self.0.iter().any(|it| it.starts_with(folder))
    }
}

fn zip_file(name: &Name, bytes: &[u8]) -> Kind {
    if is_crowded(bytes) {
        return refused("zip archive of very many files", Unreadable::TooManyEntries);
    }
    let Ok(archive) = ZipArchive::new(Cursor::new(bytes)) else {
        return refused("zip file, cut off or damaged", Unreadable::Damaged);
    };
    let spelt = |it: &[u8]| String::from_utf8_lossy(it).replace('\\', "/").trim_start_matches('/').to_lowercase();
    let parts = Parts(archive.file_names_raw().take(10_000).map(spelt).collect());
    // OpenDocument names itself in an entry `mimetype`, stored first and not deflated (ODF 1.3 part 2, §3.3)
    let head = String::from_utf8_lossy(bytes.get(..200).unwrap_or(bytes)).into_owned();
    office_open(&parts).or_else(|| open_document(name, &parts, &head)).unwrap_or_else(|| {
        let apple = parts.under("index/") || parts.has("index.zip") || name.ends(&[".numbers"]);
        if apple && name.ends(&[".pages", ".key"]) {
            refused("Apple Pages or Keynote document", Unreadable::Document)
        } else if apple {
            refused("Apple Numbers workbook", Unreadable::Numbers)
        } else if name.says_workbook() {
            refused("zip archive called a workbook", Unreadable::Damaged)
        } else {
            refused("zip archive", Unreadable::Other)
        }
    })
}

fn office_open(parts: &Parts) -> Option<Kind> {
    if parts.has("xl/workbook.bin") {
        return Some(read_by("Excel binary workbook (.xlsb)", Content::Xlsb));
    }
    let package = parts.has("[content_types].xml");
    let book = parts.0.iter().any(|it| it == "workbook.xml" || it.ends_with("/workbook.xml"));
    if parts.has("xl/workbook.xml") || (package && (book || parts.under("xl/worksheets/"))) {
        let macros = parts.has("xl/vbaproject.bin");
        let label = if macros { "workbook with macros (.xlsm)" } else { "workbook" };
        return Some(read_by(label, Content::Xlsx));
    }
    if parts.under("word/") {
        return Some(refused("Word document", Unreadable::Document));
    }
    parts.under("ppt/").then(|| refused("PowerPoint presentation", Unreadable::Document))
}

fn open_document(name: &Name, parts: &Parts, head: &str) -> Option<Kind> {
    if head.contains("opendocument.spreadsheet") {
        return Some(read_by("OpenDocument workbook (.ods)", Content::Ods));
    }
    if head.contains("opendocument") {
        return Some(refused("OpenDocument text or presentation", Unreadable::Document));
    }
    if head.contains("vnd.sun.xml.calc") {
        return Some(refused("StarOffice workbook (.sxc)", Unreadable::OldFormat));
    }
    if !(parts.has("content.xml") && parts.has("meta-inf/manifest.xml")) {
        return None;
    }
    Some(if name.ends(&[".odt", ".odp", ".odg"]) {
        refused("OpenDocument text or presentation", Unreadable::Document)
    } else {
        read_by("OpenDocument workbook (.ods)", Content::Ods)
    })
}

/// An OLE compound file: the streams at its top say what it is; an .xls may hold a Word document further down.
fn compound_file(name: &Name, bytes: &[u8]) -> Kind {
    let Some(file) = Compound::open(bytes) else {
        return refused("compound file, cut off or damaged", Unreadable::Damaged);
    };
    let has = |names: &[&str]| names.iter().any(|it| file.has(it));
    if has(&["EncryptedPackage"]) {
        if name.ends(&[".docx", ".docm", ".pptx", ".pptm"]) {
            return refused("encrypted document", Unreadable::Document);
        }
        return read_by("encrypted workbook", Content::Protected);
    }
    if let Some(head) = file.stream("Workbook", 8_192).or_else(|| file.stream("Book", 8_192)) {
        return if legacy::is_protected(&head) {
            refused("encrypted workbook (Excel 97-2003 .xls)", Unreadable::Encrypted)
        } else {
            read_by("workbook (Excel 97-2003 .xls)", Content::Xls)
        };
    }
    let known: [(&[&str], &'static str, Unreadable); 7] = [
        (&["WordDocument"], "Word document (.doc)", Unreadable::Document),
        (&["DocumentText", "JSFCTL"], "Ichitaro document (.jtd)", Unreadable::Document),
        (&["PowerPoint Document"], "PowerPoint presentation (.ppt)", Unreadable::Document),
        (&["HwpSummaryInformation", "\u{5}HwpSummaryInformation"], "Hangul document (.hwp)", Unreadable::Document),
        (&["__properties_version1.0"], "Outlook message (.msg)", Unreadable::Other),
        (&["StarCalcDocument", "NativeContent_MAIN"], "workbook of an old office program", Unreadable::OldFormat),
        (&["VisioDocument"], "Visio drawing", Unreadable::Document),
    ];
    let found = known.iter().find(|(streams, ..)| has(streams));
    found.map_or(refused("compound file of another program", Unreadable::Other), |(_, label, why)| refused(label, *why))
}
