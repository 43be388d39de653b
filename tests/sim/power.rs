//! What a power cut leaves: what was synced, and no more. A library that is loaded before libc copies aside what each
//! sync makes lasting (`synced.c`); a cut puts a state folder together from that.

use std::{
    fs,
    os::unix::fs::{DirBuilderExt as _, MetadataExt as _},
    path::{Path, PathBuf},
    process::Command,
};

/// Set in the process that the library is loaded into.
const LOADED: &str = "UKETSUKE_SIM_SYNCED";

/// Lives a test in a process with the library; true in that process, false in the one that started it and has seen it
/// succeed.
pub fn is_loaded(test: &str) -> bool {
    if std::env::var_os(LOADED).is_some() {
        return true;
    }
    let folder = tempfile::tempdir().unwrap();
    let library = folder.path().join("libsynced.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/sim/synced.c");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O2", "-o"]).arg(&library).arg(source).arg("-ldl");
    assert!(compiler.status().expect("a C compiler, as SQLite needs one").success(), "the library does not compile");
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args([test, "--exact", "--nocapture"]).env("LD_PRELOAD", &library).env(LOADED, "1");
    assert!(again.status().unwrap().success(), "{test} failed; see above");
    false
}

/// Where the synced state of a state folder is kept.
fn aside(state: &Path) -> PathBuf {
    PathBuf::from(format!("{}.synced", state.display()))
}

/// A life begins: everything there is is lasting.
pub fn begin(state: &Path) {
    let aside = aside(state);
    fs::create_dir(&aside).unwrap();
    note(state, &aside);
}

fn note(folder: &Path, aside: &Path) {
    let mut names = String::new();
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        let is = entry.metadata().unwrap();
        let kind = if is.is_dir() { 'd' } else { 'f' };
        names.push_str(&format!("{kind} {} {}\n", is.ino(), entry.file_name().to_str().unwrap()));
        if is.is_dir() {
            note(&entry.path(), aside);
        } else {
            fs::copy(entry.path(), aside.join(is.ino().to_string())).unwrap();
        }
    }
    fs::write(names_of(aside, fs::metadata(folder).unwrap().ino()), names).unwrap();
}

fn names_of(aside: &Path, inode: u64) -> PathBuf {
    aside.join(format!("names-{inode}"))
}

/// The power goes: what was synced of a state folder is put together anew.
pub fn cut(from: &Path, to: &Path) {
    build(&aside(from), fs::metadata(from).unwrap().ino(), to);
}

/// A folder that was never synced is empty, a file that was never synced too.
fn build(aside: &Path, inode: u64, to: &Path) {
    fs::DirBuilder::new().mode(0o700).create(to).unwrap();
    for line in fs::read_to_string(names_of(aside, inode)).unwrap_or_default().lines() {
        let mut words = line.splitn(3, ' ');
        let (kind, inode, name) = (words.next().unwrap(), words.next().unwrap(), words.next().unwrap());
        let (file, target) = (aside.join(inode), to.join(name));
        if kind == "d" {
            build(aside, inode.parse().unwrap(), &target);
        } else if file.exists() {
            fs::copy(&file, &target).unwrap();
        } else {
            fs::write(&target, b"").unwrap();
        }
    }
}

/// A life is over.
pub fn forget(state: &Path) {
    fs::remove_dir_all(aside(state)).unwrap();
}
