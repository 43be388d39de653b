//! The notice of the web form → who applies (お申し込み).

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::desk::{rules::FormMailer, text};

use super::{address, clean};

/// Most characters of the free message.
const MAX_MESSAGE: usize = 5_000;
/// Most characters of any other value.
const MAX_VALUE: usize = 200;

/// What the notice says, as written.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Application {
    /// The applicant's name.
    pub name: String,
    /// The company.
    pub company: String,
    /// Department and title, may be empty.
    pub department: String,
    /// Where the materials go, the domain in lower case.
    pub address: String,
    /// The region (茨城, 長野), when given.
    pub region: Option<String>,
    /// The free message, may be empty.
    pub message: String,
}

impl Application {
    /// What the applicant wants to tell the secretariat; 「なし」 is nothing.
    pub fn told(&self) -> &str {
        let none = ["なし", "無し", "特になし", "特に無し", "ありません", "特にありません", "-", ""];
        let it = self.message.trim();
        if none.contains(&key(it).trim_end_matches('。')) { "" } else { it }
    }
}

/// Reads the notice by its labels. `None` without a mailbox to write to, or without a name of any kind.
pub fn application(text: &str, form: &FormMailer) -> Option<Application> {
    let labels = [&form.name, &form.company, &form.department, &form.address, &form.region, &form.message];
    let keys: Vec<String> = labels.iter().map(|it| key(it)).collect();
    let values = values(text, &keys, keys.len().saturating_sub(1));
    let value = |at: usize| clean::line(values.get(at).map_or("", String::as_str), MAX_VALUE);
    let read = Application {
        name: value(0),
        company: value(1),
        department: value(2),
        address: mailbox(&value(3))?,
        region: Some(value(4)).filter(|it| !it.is_empty()),
        message: clean::block(values.get(5).map_or("", String::as_str), MAX_MESSAGE).trim().to_string(),
    };
    (!read.name.is_empty() || !read.company.is_empty()).then_some(read)
}

/// The value of each label. The first occurrence counts, so the free text, which comes last, can change nothing above;
/// only `free`, the label of the free text, goes on over several lines.
fn values(text: &str, keys: &[String], free: usize) -> Vec<String> {
    let mut found: Vec<Option<String>> = vec![None; keys.len()];
    let mut open: Option<usize> = None;
    for line in text.lines().take(2_000) {
        if let Some((at, value)) = labelled(line, keys)
            && let Some(slot) = found.get_mut(at)
        {
            open = slot.is_none().then_some(at);
            if slot.is_none() {
                *slot = Some(value);
            }
            continue;
        }
        let Some((at, value)) = open.and_then(|at| Some((at, found.get_mut(at)?.as_mut()?))) else {
            continue;
        };
        let line = line.trim();
        if is_rule(line) {
            open = None;
        } else if value.trim().is_empty() || at == free {
            value.push('\n');
            value.push_str(line);
        }
    }
    found.into_iter().map(|it| it.unwrap_or_default().trim().to_string()).collect()
}

/// A line that begins with a label: which one, and what stands after it.
fn labelled(line: &str, keys: &[String]) -> Option<(usize, String)> {
    let start = line.trim_start_matches(|it: char| it.is_whitespace() || "【[〔■□●○◆◇・*＊-▼▽>＞".contains(it));
    let mut label = String::new();
    for (at, it) in start.char_indices().take(80) {
        let ends = matches!(it, ':' | '：' | '=' | '＝' | '】' | ']' | '〕' | '\t');
        if !ends {
            label.push(it);
            continue;
        }
        let rest = start.get(at..).unwrap_or_default();
        let value = rest.trim_start_matches(|it: char| it.is_whitespace() || ":：=＝】]〕".contains(it));
        return known(&label, keys).map(|at| (at, value.trim_end().to_string()));
    }
    known(start, keys).map(|at| (at, String::new()))
}

/// The label without what forms add to it: 「（必須）」, 「※」, a number.
fn known(label: &str, keys: &[String]) -> Option<usize> {
    let key = key(label);
    let bare =
        |it: &str| it.split("(必須").next().unwrap_or_default().split("(任意").next().unwrap_or_default().to_string();
    let plain = bare(&key);
    let plain = plain.trim_end_matches(['※', '*']);
    let unnumbered = plain.trim_start_matches(|it: char| it.is_ascii_digit() || matches!(it, '.' | ')' | '、' | '('));
    keys.iter().position(|it| !it.is_empty() && (*it == key || it == plain || it == unnumbered))
}

/// [`text::key`], with one spelling for 申し込み, 申込み and 申込.
fn key(label: &str) -> String {
    text::key(label).replace("申し込み", "申込").replace("申込み", "申込")
}

/// A ruled line ends the form's part of the notice.
fn is_rule(line: &str) -> bool {
    line.chars().count() >= 5 && line.chars().all(|it| "-=_*―─━＝－~～・".contains(it))
}

/// One plausible mailbox; full-width letters and the leftovers of a link are folded away.
fn mailbox(value: &str) -> Option<String> {
    let folded: String = value.nfkc().collect();
    let bare = match folded.split_once('<') {
        Some((before, after)) if !before.contains('@') => after.split('>').next().unwrap_or_default(),
        Some((before, _)) => before,
        None => folded.as_str(),
    };
    let bare = bare.trim().trim_start_matches("mailto:");
    let single = bare.matches('@').count() == 1 && !bare.contains(char::is_whitespace);
    let (local, domain) = bare.rsplit_once('@')?;
    (single && address::plausible(bare)).then(|| format!("{local}@{}", domain.to_lowercase()))
}
