//! What the papers say is held against the program: tests they name, commands they print, keys and log lines.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::desk::sample;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn paper(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap()
}

fn rust_sources(folder: &str) -> Vec<String> {
    let mut open = vec![root().join(folder)];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|it| it.unwrap().path()));
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(fs::read_to_string(&path).unwrap());
        }
    }
    found
}

/// What stands between backticks, in blocks and in lines.
fn code(text: &str) -> Vec<&str> {
    text.split('`').enumerate().filter(|(n, it)| n % 2 == 1 || it.contains("\": ")).map(|(_, it)| it).collect()
}

fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_uketsuke")).current_dir(folder).args(arguments).output().unwrap();
    (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn each_test_the_papers_name_exists() {
    let sources = [rust_sources("tests"), rust_sources("src")].concat().concat();
    let mut named = 0;
    for paper_name in ["README.md", "SECURITY.md"] {
        let text = paper(paper_name);
        for it in code(&text) {
            let is_name = it.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_');
            if is_name && it.matches('_').count() >= 3 && !it.starts_with("uketsuke_") {
                assert!(sources.contains(&format!("fn {it}(")), "{paper_name} names the test {it}; there is none");
                named += 1;
            }
            if it.ends_with(".rs") && it.contains('/') {
                assert!(root().join(it).exists(), "{paper_name} names {it}; there is none");
            }
        }
    }
    assert!(named > 60, "{named}");
}

#[test]
fn every_threat_names_a_test() {
    let text = paper("SECURITY.md");
    let rows: Vec<&str> = text.lines().filter(|it| it.starts_with("| ") && !it.starts_with("| who")).collect();
    assert!(rows.len() >= 20, "{}", rows.len());
    for row in rows {
        let last = row.trim_end_matches(['|', ' ']).rsplit('|').next().unwrap();
        assert!(last.contains('`'), "no test: {row}");
    }
}

/// The message of each line that is logged.
fn log_lines() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for source in rust_sources("src") {
        let product = source.split("#[cfg(test)]").next().unwrap().to_string();
        for level in ["info!(", "warn!(", "error!("] {
            for (at, _) in product.match_indices(level) {
                let rest = &product[at + level.len()..];
                let end = rest.find(");").unwrap_or(rest.len());
                let words =
                    rest[..end].split('"').skip(1).step_by(2).filter(|it| it.contains(' ') && !it.contains('{'));
                found.extend(words.last().map(str::to_string));
            }
        }
    }
    assert!(found.len() > 15, "{found:?}");
    found
}

#[test]
fn every_log_line_stands_in_the_readme() {
    let readme = paper("README.md");
    let missing: Vec<String> =
        log_lines().into_iter().filter(|it| !readme.contains(it.trim_end_matches('\\'))).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

/// Keys of objects, two levels deep; keys that are data (file names, ids of questions) do not count.
fn keys(json: &Value, depth: usize, found: &mut BTreeSet<String>) {
    match json {
        Value::Array(all) => all.iter().for_each(|it| keys(it, depth, found)),
        Value::Object(all) if depth > 0 => {
            for (key, value) in all {
                found.insert(key.clone());
                if !matches!(key.as_str(), "answers" | "workbook" | "findings") {
                    keys(value, depth - 1, found);
                }
            }
        }
        _ => {}
    }
}

#[test]
fn every_key_of_the_json_stands_in_the_readme() {
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(run(folder.path(), &["demo"]).0, Some(0));
    let mut found = BTreeSet::new();
    for arguments in [&["cases"][..], &["case", "3"], &["letters"], &["status"], &["contact"], &["digest"], &["check"]]
    {
        let all = [&["--config", "uketsuke-demo/config"], arguments, &["--json"]].concat();
        let (_, said) = run(folder.path(), &all);
        keys(&serde_json::from_str(&said).unwrap_or_else(|it| panic!("{arguments:?}: {it}: {said}")), 2, &mut found);
    }
    for name in ["01-outlook-complete", "02-gmail-faulty", "09-bounce", "10-application-form"] {
        fs::write(folder.path().join("mail.eml"), sample(name)).unwrap();
        let (_, said) = run(folder.path(), &["inspect", "mail.eml", "--json"]);
        keys(&serde_json::from_str(&said).unwrap(), 2, &mut found);
    }
    assert!(found.contains("reply_to") && found.contains("for_a_person") && found.len() > 60, "{found:?}");
    let readme = paper("README.md");
    let words: BTreeSet<&str> = code(&readme)
        .into_iter()
        .flat_map(|it| it.split(|it: char| !(it.is_ascii_alphanumeric() || it == '_' || it == '-')))
        .collect();
    let missing: Vec<&String> = found.iter().filter(|it| !words.contains(it.as_str())).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

/// The lines of all shell blocks, continued lines joined, comments gone.
fn shell_lines(text: &str) -> Vec<String> {
    let blocks = text.split("```").enumerate().filter(|(n, it)| n % 2 == 1 && it.starts_with("sh\n"));
    let joined: String = blocks.map(|(_, it)| it.trim_start_matches("sh\n").replace("\\\n", " ")).collect();
    joined.lines().map(|it| it.split(" #").next().unwrap().trim().to_string()).filter(|it| !it.is_empty()).collect()
}

#[test]
fn every_command_in_the_papers_exists_with_its_options() {
    let folder = tempfile::tempdir().unwrap();
    let mut checked = 0;
    let (readme, japanese) = (paper("README.md"), paper("README.ja.md"));
    let lines = [shell_lines(&readme), shell_lines(&japanese)].concat();
    let inline = [code(&readme), code(&japanese)].concat();
    let inline = inline.into_iter().filter(|it| it.starts_with("uketsuke ") && !it.contains('\n')).map(str::to_string);
    for line in lines.into_iter().chain(inline) {
        let Some((_, arguments)) = line.split_once("uketsuke ") else { continue };
        let words: Vec<&str> = arguments.split_whitespace().collect();
        let words = if words.first() == Some(&"--config") { &words[2..] } else { &words[..] };
        let Some(command) = words.first().filter(|it| it.bytes().all(|it| it.is_ascii_lowercase())) else { continue };
        if line.starts_with("systemctl") || line.starts_with("install") || line.starts_with("journalctl") {
            continue;
        }
        let sub: Vec<&str> = match words.get(1) {
            Some(it) if matches!(*it, "again" | "reject" | "probe") => vec![command, it],
            _ => vec![command],
        };
        let (code, help) = run(folder.path(), &[&sub[..], &["--help"]].concat());
        assert_eq!(code, Some(0), "{line}");
        for option in words.iter().filter(|it| it.starts_with("--")) {
            assert!(help.contains(option), "{line}: {option}");
        }
        checked += 1;
    }
    assert!(checked > 30, "{checked}");
}

#[test]
fn the_first_steps_run_as_printed() {
    let readme = paper("README.md");
    let (_, rest) = readme.split_once("## First steps on your own mails").unwrap();
    let lines = shell_lines(rest.split("\n## ").next().unwrap());
    assert!(lines.len() >= 5, "{lines:?}");
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mail.eml"), sample("02-gmail-faulty")).unwrap();
    let bin = Path::new(env!("CARGO_BIN_EXE_uketsuke")).parent().unwrap();
    for line in lines {
        let output = Command::new("sh")
            .current_dir(folder.path())
            .env("PATH", format!("{}:/usr/bin:/bin", bin.display()))
            .args(["-c", &line])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        assert!(output.status.code().is_some_and(|it| it < 2), "{line}: {said}");
        assert!(!said.contains("error:"), "{line}: {said}");
    }
    assert!(folder.path().join("report.html").exists());
}

#[test]
fn every_figure_and_concern_stands_in_the_readme() {
    let readme = paper("README.md");
    for it in uketsuke::run::status::CONCERNS {
        assert!(readme.contains(&format!("`{it}`")), "{it}");
    }
    let source = fs::read_to_string(root().join("src/run/status.rs")).unwrap();
    for call in ["out.family(\"", "out.one(\""] {
        for (at, _) in source.match_indices(call) {
            let name = source[at + call.len()..].split('"').next().unwrap();
            assert!(readme.contains(&format!("uketsuke_{name}")), "{name}");
        }
    }
}
