//! The folder of mails (`tests/mails`): each beside what the desk should read in it. The language of the expectations is
//! told in its README.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

/// What a person waits for one mail at most.
const PATIENCE: Duration = Duration::from_secs(2);

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/mails")
}

/// The files below a folder that end so, in the order of their names.
fn files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for it in fs::read_dir(folder).unwrap() {
        let path = it.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, extension));
        } else if path.extension().is_some_and(|it| it == extension) {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// `client/name`, to be told.
fn name(mail: &Path) -> String {
    mail.strip_prefix(folder()).unwrap_or(mail).with_extension("").display().to_string()
}

/// In an empty folder, so that the built-in configuration is used.
fn inspect(mails: &[PathBuf]) -> Output {
    let empty = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_uketsuke"));
    let output = command.current_dir(&empty).args(["inspect", "--json"]).args(mails).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(matches!(output.status.code(), Some(0..=2)) && !errors.contains("panicked"), "{}: {errors}", output.status);
    output
}

/// One call for all; a line of JSON for each.
fn readings(mails: &[PathBuf]) -> Vec<Value> {
    let output = String::from_utf8(inspect(mails).stdout).unwrap();
    let readings: Vec<Value> = output.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let told: Vec<&str> = readings.iter().map(|it| it["file"].as_str().unwrap()).collect();
    assert_eq!(told, mails.iter().map(|it| it.to_str().unwrap()).collect::<Vec<_>>());
    readings
}

/// A line for each place where a reading is not as expected.
fn deviations(expected: &Value, got: &Value, place: &str) -> Vec<String> {
    let told = |wanted: &str, it: &Value| vec![format!("{place}: expected {wanted} {it}, got {}", shortened(got))];
    match expected {
        Value::Object(keys) => keys.iter().flat_map(|(key, it)| by_key(key, it, got, place)).collect(),
        Value::Array(items) => match got {
            Value::Array(others) if items.len() == others.len() => (items.iter().zip(others).enumerate())
                .flat_map(|(nth, (item, other))| deviations(item, other, &format!("{place}[{nth}]")))
                .collect(),
            _ => told("the list", expected),
        },
        _ if expected == got => Vec::new(),
        _ => told("", expected),
    }
}

/// One key of an expectation: an operator, or a key of the reading.
fn by_key(key: &str, expected: &Value, got: &Value, place: &str) -> Vec<String> {
    let each = || expected.as_array().unwrap_or_else(|| panic!("{place}: {key} wants a list")).iter();
    let fits = |it: &&Value| deviations(it, got, place).is_empty();
    let told = |it: &Value| format!("{place}: {key} {it}, got {}", shortened(got));
    match key {
        "has" => each().filter(|it| !holds(got, it)).map(told).collect(),
        "lacks" => each().filter(|it| holds(got, it)).map(told).collect(),
        "one_of" if each().any(|it| fits(&it)) => Vec::new(),
        "one_of" => vec![told(expected)],
        "none_of" => each().filter(fits).map(told).collect(),
        _ => {
            let place = if place.is_empty() { key.to_string() } else { format!("{place}.{key}") };
            deviations(expected, got.get(key).unwrap_or(&Value::Null), &place)
        }
    }
}

/// Words anywhere in the value, or an element of the list.
fn holds(got: &Value, wanted: &Value) -> bool {
    match (wanted, got) {
        (Value::String(words), Value::String(text)) => text.contains(words),
        (Value::String(words), _) => got.to_string().contains(words),
        (_, Value::Array(items)) => items.iter().any(|it| deviations(wanted, it, "").is_empty()),
        _ => false,
    }
}

fn shortened(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 200 { text.chars().take(200).chain(['…']).collect() } else { text }
}

fn fail_with(deviations: &[String], mails: usize) {
    deviations.iter().for_each(|it| println!("{it}"));
    assert!(deviations.is_empty(), "{} deviations in {mails} mails", deviations.len());
}

/// The same mail with the other line ends; none where a line end may be something else, or there is none.
fn with_other_line_ends(raw: &[u8]) -> Option<Vec<u8>> {
    let text = raw.escape_ascii().to_string().to_lowercase();
    let bare_cr = raw.iter().enumerate().any(|(at, it)| *it == b'\r' && raw.get(at + 1) != Some(&b'\n'));
    if bare_cr || text.contains("content-transfer-encoding: binary") || !raw.contains(&b'\n') {
        return None;
    }
    let had_crlf = raw.contains(&b'\r');
    let unix = raw.iter().copied().filter(|it| *it != b'\r');
    Some(unix.flat_map(|it| if it == b'\n' && !had_crlf { vec![b'\r', b'\n'] } else { vec![it] }).collect())
}

/// A reading without what may differ with the line ends: where the file lies, sizes.
fn comparable(mut reading: Value) -> Value {
    reading["file"].take();
    for it in reading["mail"]["attachments"].as_array_mut().into_iter().flatten() {
        it["bytes"].take();
    }
    reading
}

/// Why a mail alone is not well answered. A busy machine gets two more chances: a slow mail stays slow.
fn unwell(mail: &PathBuf) -> Option<String> {
    let mut took = PATIENCE;
    for _ in 0..3 {
        let begun = Instant::now();
        let output = inspect(std::slice::from_ref(mail));
        took = begun.elapsed();
        match serde_json::from_slice::<Value>(&output.stdout) {
            Ok(Value::Object(it)) if it.contains_key("verdict") => {}
            other => return Some(format!("{}: not one object of JSON: {other:?}", name(mail))),
        }
        if took < PATIENCE {
            return None;
        }
    }
    Some(format!("{}: took {took:?}", name(mail)))
}

#[test]
fn each_mail_has_an_expectation_and_each_expectation_a_mail() {
    let bare = |extension| files(&folder(), extension).iter().map(|it| name(it)).collect::<Vec<_>>();
    assert_eq!(bare("eml"), bare("json"));
}

#[test]
fn every_mail_reads_as_expected() {
    let mails = files(&folder(), "eml");
    let mut found = Vec::new();
    for (mail, reading) in mails.iter().zip(readings(&mails)) {
        let expected = fs::read(mail.with_extension("json")).unwrap();
        let expected = serde_json::from_slice(&expected).unwrap_or_else(|it| panic!("{}: {it}", name(mail)));
        found.extend(deviations(&expected, &reading, "").iter().map(|it| format!("{}: {it}", name(mail))));
    }
    fail_with(&found, mails.len());
}

#[test]
fn line_ends_change_nothing() {
    let other = tempfile::tempdir().unwrap();
    let (mut mails, mut turned) = (Vec::new(), Vec::new());
    for mail in files(&folder(), "eml") {
        if let Some(raw) = with_other_line_ends(&fs::read(&mail).unwrap()) {
            let copy = other.path().join(format!("{}.eml", mails.len()));
            fs::write(&copy, raw).unwrap();
            mails.push(mail);
            turned.push(copy);
        }
    }
    assert!(mails.len() > 300, "only {} could be turned", mails.len());
    let mut found = Vec::new();
    for ((mail, one), other) in mails.iter().zip(readings(&mails)).zip(readings(&turned)) {
        let (one, other) = (comparable(one), comparable(other));
        let mut differences = deviations(&one, &other, "");
        if differences.is_empty() {
            differences = deviations(&other, &one, ""); // what only the other has
        }
        found.extend(differences.iter().map(|it| format!("{}, line ends turned: {it}", name(mail))));
    }
    fail_with(&found, mails.len());
}

#[test]
fn each_mail_alone_is_one_object_of_json_within_two_seconds() {
    let mails = files(&folder(), "eml");
    let (next, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                while let Some(mail) = mails.get(next.fetch_add(1, Ordering::Relaxed)) {
                    found.lock().unwrap().extend(unwell(mail));
                }
            });
        }
    });
    fail_with(&found.into_inner().unwrap(), mails.len());
}

#[test]
fn the_language_of_the_expectations_tells_right_from_wrong() {
    let reading = json!({ "class": "question", "text": "一行\n二行", "dates": [{ "start": "8-24", "rank": 1 }] });
    let fits = |expected: Value| deviations(&expected, &reading, "").is_empty();
    for right in [
        json!({ "class": "question", "dates": [{ "start": "8-24" }], "bounce": null }),
        json!({ "text": { "has": ["一行", "二行"], "lacks": ["三行"] }, "dates": { "has": [{ "rank": 1 }, "8-24"] } }),
        json!({ "class": { "one_of": ["answers", "question"] }, "dates": { "none_of": [[]] } }),
        json!({ "one_of": [{ "class": "answers" }, { "dates": { "lacks": [{ "rank": 2 }] } }] }),
    ] {
        assert!(fits(right.clone()), "{right}");
    }
    for wrong in [
        json!({ "class": "answers" }),
        json!({ "class": null }),
        json!({ "text": "一行" }),
        json!({ "bounce": { "permanent": true } }),
        json!({ "dates": [] }),
        json!({ "dates": [{ "start": "8-24" }, { "start": "8-25" }] }),
        json!({ "text": { "has": ["一行", "三行"] } }),
        json!({ "text": { "lacks": ["二行"] } }),
        json!({ "dates": { "has": [{ "rank": 2 }] } }),
        json!({ "dates": { "lacks": [{ "rank": 1 }] } }),
        json!({ "class": { "one_of": ["answers", "courtesy"] } }),
        json!({ "class": { "none_of": ["question"] } }),
    ] {
        assert!(!fits(wrong.clone()), "{wrong}");
    }
}
