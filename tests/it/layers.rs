//! The import rule and the purity of the desk, kept by a machine.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Every source file under a folder (or the file itself), with what stands before its test module.
fn sources(under: &str) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(under);
    let mut open = vec![root];
    let mut found = Vec::new();
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|it| it.unwrap().path()));
        } else if path.extension().is_some_and(|it| it == "rs")
            && !path.components().any(|it| it.as_os_str() == "tests")
        {
            let text = fs::read_to_string(&path).unwrap();
            let product = text.split("#[cfg(test)]\nmod tests {").next().unwrap().to_string();
            found.push((path, product));
        }
    }
    assert!(!found.is_empty(), "nothing under src/{under}");
    found
}

#[track_caller]
fn none_knows(under: &str, words: &[&str]) {
    for (path, text) in sources(under) {
        if path.file_name().is_some_and(|it| it == "tests.rs") {
            continue;
        }
        for line in text.lines().filter(|it| !it.trim_start().starts_with("//")) {
            for word in words {
                assert!(!line.contains(word), "{} must not know `{word}`: {line}", path.display());
            }
        }
    }
}

#[test]
fn the_desk_is_pure() {
    none_knows(
        "desk",
        &[
            "crate::ports",
            "crate::run",
            "crate::config",
            "crate::commands",
            "async ",
            ".await",
            "tokio",
            "rusqlite",
            "std::fs",
            "std::net",
            "std::env",
            "std::process",
            "::now()",
            "tracing",
            "thread_rng",
            "rand::",
        ],
    );
}

#[test]
fn ports_judge_nothing_and_know_no_other_port() {
    none_knows(
        "ports",
        &["crate::run", "crate::config", "crate::commands", "desk::decide::decide", "desk::check", "desk::schedule::"],
    );
    for (port, others) in [
        ("ports/mailbox", ["ports::mailer", "ports::store", "ports::reader"]),
        ("ports/mailer", ["ports::mailbox", "ports::store", "ports::reader"]),
        ("ports/store", ["ports::mailbox", "ports::mailer", "ports::reader"]),
        ("ports/reader.rs", ["ports::mailbox", "ports::mailer", "ports::store"]),
    ] {
        none_knows(port, &others);
    }
}

#[test]
fn only_the_store_speaks_sql_and_only_run_reads_the_clock() {
    for under in ["desk", "run", "commands", "ports/mailbox", "ports/mailer", "ports/reader.rs", "config.rs"] {
        none_knows(under, &["SELECT ", "INSERT INTO", "UPDATE ", "DELETE FROM"]);
    }
    for under in ["desk", "commands", "ports", "config.rs"] {
        none_knows(under, &["Timestamp::now", "SystemTime::now"]);
    }
    none_knows("run", &["crate::commands"]);
    none_knows("config.rs", &["crate::run", "crate::commands"]);
}

#[test]
fn nothing_is_skipped_or_unfinished() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = 0;
    for under in ["src", "tests"] {
        let mut open = vec![folder.join(under)];
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(fs::read_dir(&path).unwrap().map(|it| it.unwrap().path()));
                continue;
            }
            if path.extension().is_none_or(|it| it != "rs") || path.ends_with("layers.rs") {
                continue;
            }
            files += 1;
            let text = fs::read_to_string(&path).unwrap();
            for word in ["#[ignore", "todo!(", "unimplemented!("] {
                assert!(!text.contains(word), "{} has {word}", path.display());
            }
        }
    }
    assert!(files > 50, "only {files} files looked at");
}

#[test]
fn the_top_level_is_as_agreed() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let known = [
        "Cargo.toml",
        "Cargo.lock",
        "src",
        "templates",
        "config",
        "tests",
        "systemd",
        "README.md",
        "README.ja.md",
        "SECURITY.md",
        "benches",
        "fuzz",
        "target",
        "uketsuke-demo",
        "clippy.toml",
        "deny.toml",
        "rustfmt.toml",
        "proptest-regressions",
    ];
    for entry in fs::read_dir(folder).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(name.starts_with('.') || known.contains(&name.as_str()), "{name} does not belong at the top level");
    }
    for must in ["Cargo.toml", "src", "templates", "config", "tests", "systemd", "README.md"] {
        assert!(folder.join(must).exists(), "{must} is missing");
    }
}
