//! Marked workbooks as other programs see them: openpyxl and LibreOffice open them and find what we put there.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use calamine::{Reader as _, Xlsx};
use uketsuke::desk::{
    rules::Bounds,
    workbook::mark::{Mark, Weight, mark},
};

const AUTHOR: &str = "DX推進指標 受付";
const WORDS: &str = "現在値が空欄です。\n0〜5の数字をご記入ください。";

fn run(program: &str, package: &str, arguments: &[&str]) -> String {
    let out = Command::new(program).args(arguments).output();
    let out = out.unwrap_or_else(|it| panic!("{program} is needed by this test (Debian: {package}): {it}"));
    let said = String::from_utf8_lossy(&out.stderr);
    assert!(out.status.success(), "{program} (Debian: {package}) failed: {said}");
    String::from_utf8(out.stdout).unwrap()
}

/// Row, column and value.
type Cell = (u32, u32, String);

/// Values of all sheets by cell, and the names of the sheets. LibreOffice keeps no difference between an empty text and an empty cell.
fn values(path: &Path) -> Vec<(String, Vec<Cell>)> {
    let mut book: Xlsx<_> = Xlsx::new(std::io::Cursor::new(fs::read(path).unwrap())).unwrap();
    let names = book.sheet_names();
    let mut all = Vec::new();
    for name in names {
        let range = book.worksheet_range(&name).unwrap();
        let (top, left) = range.start().unwrap_or_default();
        let place = |at: usize, from: u32| u32::try_from(at).unwrap() + from;
        let cells = range.used_cells().map(|(row, column, it)| (place(row, top), place(column, left), it.to_string()));
        all.push((name, cells.filter(|it| !it.2.is_empty()).collect()));
    }
    all
}

/// Marks a few cells in some workbooks of several writers and puts them in a folder.
fn marked(folder: &Path) -> Vec<PathBuf> {
    let forms = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/forms");
    let mut all = Vec::new();
    for (name, sheet) in [
        ("faulty.xlsx", "自己診断"),
        ("resaved-by-libreoffice.xlsx", "自己診断"),
        ("marking/openpyxl.xlsx", "診断"),
        ("marking/libreoffice.xlsx", "診断"),
        ("marking/xlsxwriter.xlsx", "診断"),
    ] {
        let of = |cell: &str, weight| Mark {
            sheet: sheet.to_owned(),
            cell: cell.to_owned(),
            weight,
            comment: WORDS.to_owned(),
        };
        let marks = [of("J14", Weight::MustMend), of("I15", Weight::Ask), of("B2", Weight::Ask)];
        let bytes = mark(&fs::read(forms.join(name)).unwrap(), &marks, AUTHOR, &Bounds::default()).unwrap();
        let path = folder.join(name.replace('/', "-"));
        fs::write(&path, bytes).unwrap();
        all.push(path);
    }
    all
}

#[test]
fn openpyxl_sees_fills_and_comments() {
    let folder = tempfile::tempdir().unwrap();
    let books = marked(folder.path());
    let script = format!("{}/tests/forms/look_at_marks.py", env!("CARGO_MANIFEST_DIR"));
    let mut arguments = vec![script.as_str()];
    arguments.extend(books.iter().map(|it| it.to_str().unwrap()));
    let said = run("/usr/bin/python3", "python3-openpyxl", &arguments);
    assert_eq!(said.lines().count(), books.len());
    for (line, path) in said.lines().zip(&books) {
        let seen: serde_json::Value = serde_json::from_str(line).unwrap();
        for (cell, colour) in [("J14", 0x00F4_A4A4), ("I15", 0x00FC_E468), ("B2", 0x00FC_E468)] {
            let cells = seen["cells"].as_array().unwrap();
            let found = cells.iter().find(|it| it[1] == cell).unwrap_or_else(|| panic!("{path:?} {cell}: {line}"));
            let fill = u32::from_str_radix(found[2].as_str().unwrap(), 16).unwrap();
            assert_eq!(fill & 0x00FC_FCFC, colour, "{path:?} {cell}");
            assert!(found[4].as_str().unwrap().ends_with(WORDS), "{path:?} {cell}: {found}");
        }
        let filled: usize = values(path).iter().map(|it| it.1.len()).sum();
        assert!(seen["values"].as_u64().unwrap() >= filled as u64, "{path:?}");
    }
}

#[test]
fn libreoffice_opens_marked_books_and_keeps_their_values() {
    let folder = tempfile::tempdir().unwrap();
    let books = marked(folder.path());
    let profile = format!("-env:UserInstallation=file://{}/profile", folder.path().display());
    for (form, out) in [("xlsx", "again"), ("pdf", "pages")] {
        let out = folder.path().join(out);
        let mut arguments =
            vec![profile.as_str(), "--headless", "--convert-to", form, "--outdir", out.to_str().unwrap()];
        arguments.extend(books.iter().map(|it| it.to_str().unwrap()));
        run("soffice", "libreoffice-calc", &arguments);
    }
    for path in &books {
        let name = path.file_stem().unwrap().to_str().unwrap();
        let again = folder.path().join(format!("again/{name}.xlsx"));
        assert!(fs::metadata(folder.path().join(format!("pages/{name}.pdf"))).unwrap().len() > 1_000);
        for ((sheet, before), (other, after)) in values(path).iter().zip(values(&again)) {
            assert_eq!(*sheet, other);
            for value in before {
                let same = after.iter().find(|it| (it.0, it.1) == (value.0, value.1));
                assert!(same.is_some_and(|it| it.2 == value.2), "{name} {sheet}: {value:?} became {same:?}");
            }
        }
        // a book that the company has saved in LibreOffice takes the next marks, and loses the old ones
        let bytes = fs::read(&again).unwrap();
        let sheet = values(path).into_iter().map(|it| it.0).find(|it| it.contains("診断")).unwrap();
        let next = Mark { sheet, cell: "J15".to_owned(), weight: Weight::Ask, comment: "次の".to_owned() };
        let second = mark(&bytes, std::slice::from_ref(&next), AUTHOR, &Bounds::default()).unwrap();
        let second_path = folder.path().join(format!("second-{name}.xlsx"));
        fs::write(&second_path, second).unwrap();
        let script = format!("{}/tests/forms/look_at_marks.py", env!("CARGO_MANIFEST_DIR"));
        let said = run("/usr/bin/python3", "python3-openpyxl", &[&script, second_path.to_str().unwrap()]);
        assert!(said.contains("次の") && !said.contains("0〜5"), "{said}");
        assert_eq!(said.matches(AUTHOR).count(), 2, "one author, one signature: {said}");
    }
}
