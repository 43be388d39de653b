//! The systemd unit, held by systemd's own tools (Debian: package systemd; it need not be running).

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
    // The binary must exist for `verify`; any will do.
    let dir = tempfile::tempdir().unwrap();
    let copy = dir.path().join("uketsuke.service");
    let text = std::fs::read_to_string(UNIT).unwrap().replace("ExecStart=uketsuke ", "ExecStart=/bin/true ");
    std::fs::write(&copy, text).unwrap();
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
