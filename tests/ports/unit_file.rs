//! The systemd unit, held by systemd's own tools (Debian: package systemd; it need not be running), and what the papers say
//! of it.

use std::collections::BTreeMap;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

const UNIT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/systemd/uketsuke.service");

#[test]
fn the_sandbox_leaves_little() {
    let output = Command::new("systemd-analyze")
        .args(["security", "--offline=true", "--no-pager", "--threshold=15", UNIT])
        .output()
        .expect("install systemd (tests/run does it)");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "exposure above 1.5: {}", told.lines().last().unwrap_or_default());
}

#[test]
fn systemd_understands_every_line() {
    understood(&std::fs::read_to_string(UNIT).unwrap());
}

fn understood(unit: &str) {
    // The binary must exist for `verify`; any will do.
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("uketsuke.service");
    std::fs::write(&copy, unit.replace("ExecStart=uketsuke ", "ExecStart=/bin/true ")).unwrap();
    let output = Command::new("systemd-analyze")
        .args(["verify", "--man=no"])
        .arg(&copy)
        .output()
        .expect("install systemd (tests/run does it)");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && !told.contains("uketsuke.service"), "{told}");
}

#[test]
fn the_readers_may_limit_themselves() {
    let text = std::fs::read_to_string(UNIT).unwrap();
    let filters: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("SystemCallFilter=")).collect();
    // systemd reads them in order: taken out with their group, then let in by name.
    assert_eq!(filters, ["@system-service", "~@privileged @resources", "setrlimit prlimit64"]);
}

const FOLDER: &str = "/etc/uketsuke/credentials";

fn root_file(name: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The credentials a unit ends up with, name and file: an empty line takes back what stands before it.
fn credentials(unit: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for value in unit.lines().filter_map(|line| line.strip_prefix("LoadCredential=")) {
        match value.split_once(':') {
            Some((name, file)) => drop(found.insert(name.to_owned(), file.to_owned())),
            None => found.clear(),
        }
    }
    found
}

/// The files of secrets a configuration names.
fn secrets(configuration: &str) -> Vec<String> {
    let keys = ["password_file = ", "client_secret_file = ", "refresh_token_file = "];
    let values = configuration.lines().filter_map(|line| keys.iter().find_map(|it| line.trim().strip_prefix(it)));
    values.map(|it| it.split('"').nth(1).unwrap().to_owned()).collect()
}

/// The code blocks of one language in a part of the README, up to the next heading.
fn blocks(part: &str, language: &str) -> String {
    let readme = root_file("README.md");
    let (_, rest) = readme.split_once(part).unwrap_or_else(|| panic!("{part}"));
    let text = rest.split("\n#").next().unwrap();
    let inside = text.split("```").skip(1).step_by(2);
    inside.filter_map(|it| it.strip_prefix(language)).collect::<String>().replace("\n   ", "\n")
}

/// What the papers have a person do must give the daemon each secret that the configuration names, and nobody else.
#[test]
fn unit_configuration_and_papers_name_the_same_secrets() {
    let unit = std::fs::read_to_string(UNIT).unwrap();
    let drop_in = blocks("#### OAuth2", "ini\n");
    let steps = blocks("## Installing on Debian", "sh\n");
    for (unit, configuration, commands) in [
        (unit.clone(), root_file("config/uketsuke.toml"), steps),
        (format!("{unit}\n{drop_in}"), blocks("#### OAuth2", "toml\n"), blocks("#### OAuth2", "sh\n")),
    ] {
        let (mut named, given) = (secrets(&configuration), credentials(&unit));
        named.sort();
        assert_eq!(named.len(), 2, "{configuration}");
        assert_eq!(given.keys().cloned().collect::<Vec<_>>(), named, "a missing file stops the start");
        assert!(commands.contains(&format!("install -d -m 700 {FOLDER}\n")), "{commands}");
        for (name, file) in given {
            assert_eq!(file, format!("{FOLDER}/{name}"));
            assert!(commands.contains(&format!("install -m 600 /dev/null {file}\n")), "{file}: {commands}");
        }
        let hidden = unit.lines().find_map(|line| line.strip_prefix("InaccessiblePaths=")).unwrap();
        assert!(hidden.split(' ').any(|it| it == format!("-{FOLDER}")), "{hidden}");
        understood(&unit);
    }
}

/// The command of the README that opens the configuration does not open the secrets beside it.
#[test]
fn the_configuration_is_opened_and_the_secrets_are_not() {
    let commands = blocks("## Installing on Debian", "sh\n");
    let opens: Vec<&str> = commands.lines().filter(|it| it.contains("chmod")).collect();
    assert_eq!(opens.len(), 1, "{opens:?}");
    let dir = tempfile::tempdir().unwrap();
    let etc = dir.path().join("uketsuke");
    let modes = [("forms/f.toml", 0o644), ("uketsuke.toml", 0o644), ("credentials/imap-password", 0o600)];
    for (name, _) in modes {
        let file = etc.join(name);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(&file, "x").unwrap();
        for path in [file.as_path(), file.parent().unwrap()] {
            let mode = if path.is_dir() { 0o700 } else { 0o600 };
            std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
        }
    }
    let command = opens[0].replace("/etc/uketsuke", etc.to_str().unwrap());
    assert!(Command::new("sh").args(["-ec", &command]).status().unwrap().success(), "{command}");
    let mode = |name: &str| std::fs::metadata(etc.join(name)).unwrap().permissions().mode() & 0o777;
    for (name, wanted) in modes {
        assert_eq!(mode(name), wanted, "{name}");
    }
    assert_eq!((mode("."), mode("forms"), mode("credentials")), (0o755, 0o755, 0o700));
    assert!(!root_file("README.md").contains("chmod -R a+r"));
}
