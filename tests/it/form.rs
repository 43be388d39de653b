//! `uketsuke form probe` as a person or a script meets it.

use std::{
    fs,
    path::Path,
    process::{Command, Output},
};

use serde_json::Value;

use crate::desk::{form, main_file, write_config};

fn probe(dir: &Path, arguments: &[&str]) -> (i32, String) {
    let arguments = [&["form", "probe"], arguments].concat();
    let output: Output =
        Command::new(env!("CARGO_BIN_EXE_uketsuke")).current_dir(dir).args(arguments).output().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    (output.status.code().unwrap(), said)
}

/// A folder with the sample under this name.
fn with(name: &str, bytes: &[u8]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), bytes).unwrap();
    folder
}

#[test]
fn a_form_is_held_against_the_catalogue() {
    let folder = with("blank.xlsx", &form("blank"));
    let (exit, said) = probe(folder.path(), &["blank.xlsx"]);
    assert_eq!(exit, 0, "{said}");
    for line in [
        "2.3\tはじめに J2\t2.3",
        "集計\thidden\t0",
        "自己診断\tcurrent\tJ8\t現在",
        "4-2\tKPI\t自己診断\tJ14\tK14\tnumber + title",
    ] {
        assert!(said.lines().any(|it| it == line), "{line}\n{said}");
    }
    assert!(
        said.trim_end().ends_with("all 55 rows found; set confirmed = true in config/forms/dxpi-2.3.toml"),
        "{said}"
    );
}

#[test]
fn what_differs_is_exit_1_and_what_cannot_be_read_exit_2() {
    let folder = with("old.xlsx", &form("old-version-2.2"));
    fs::write(folder.path().join("a.pdf"), "%PDF-1.7").unwrap();
    let (exit, said) = probe(folder.path(), &["old.xlsx", "--json"]);
    let json: Value = serde_json::from_str(&said).unwrap_or_else(|it| panic!("{it}: {said}"));
    assert_eq!((exit, &json["verdict"], &json["version"]["version"]), (1, &"differences".into(), &"2.2".into()));
    assert_eq!(json["differences"][0], "version: the form says 2.2, the catalogue 2.3");
    assert_eq!(json["against"]["rows"].as_array().unwrap().len(), 55);
    let (exit, said) = probe(folder.path(), &["a.pdf"]);
    assert!(exit == 2 && said.starts_with("File\tUnreadable\na.pdf\t"), "{exit} {said}");
    let (exit, said) = probe(folder.path(), &["old.xlsx", "--form", "7.7"]);
    assert!(exit == 2 && said.contains("no catalogue of version 7.7, only of 2.3"), "{said}");
}

#[test]
fn a_catalogue_is_made_of_a_form_and_never_over_a_file() {
    let folder = with("blank.xlsx", &form("blank"));
    let config = folder.path().join("config");
    write_config(folder.path(), &main_file(folder.path()));
    let made = ["blank.xlsx", "--form", "2.9", "--write", "config/forms/made.toml"];
    assert_eq!(probe(folder.path(), &made).0, 0);
    let text = fs::read_to_string(config.join("forms/made.toml")).unwrap();
    assert!(text.starts_with("# Made of blank.xlsx, version 2.9") && text.contains("confirmed = false"), "{text}");
    let (exit, said) = probe(folder.path(), &["blank.xlsx", "--form", "2.9", "--json"]);
    let json: Value = serde_json::from_str(&said).unwrap_or_else(|it| panic!("{it}: {said}"));
    // it says 2.3, and all rows are there
    assert_eq!((exit, json["differences"].as_array().unwrap().len()), (1, 1), "{said}");
    assert_eq!(json["against"]["rows"].as_array().unwrap().len(), 55);
    let (exit, said) = probe(folder.path(), &made);
    assert!(exit == 2 && said.contains("cannot write config/forms/made.toml"), "{said}");
    assert_eq!(fs::read_to_string(config.join("forms/made.toml")).unwrap(), text);
}

#[test]
fn what_is_left_out_of_a_catalogue_is_told() {
    let bytes = fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/forms/traps/row-twice.xlsx")).unwrap();
    let folder = with("twice.xlsx", &bytes);
    let (exit, said) = probe(folder.path(), &["twice.xlsx", "--write", "made.toml"]);
    assert!(exit == 0 && said.contains("自己診断 G64 推進体制: left out: 5-1 推進体制 is there already"), "{said}");
    let (_, said) = probe(folder.path(), &["twice.xlsx", "--json"]);
    let json: Value = serde_json::from_str(&said).unwrap_or_else(|it| panic!("{it}: {said}"));
    assert_eq!(json["doubts"][0]["spot"]["cell"], "G64");
    // a name that cannot be written leaves nothing behind
    let (exit, _) = probe(folder.path(), &["twice.xlsx", "--write", "nowhere/made.toml"]);
    assert!(exit == 2 && !folder.path().join("nowhere").exists());
}
