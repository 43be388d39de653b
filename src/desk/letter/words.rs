//! The templates, compiled once. A broken one stops the start, not the first letter.

use std::collections::BTreeMap;

use handlebars::Handlebars;
use serde::Serialize;

use super::KINDS;

/// A letter in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rendered {
    /// One line.
    pub subject: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
}

/// The compiled templates: plain text unescaped, HTML escaped. Two registries, because handlebars has one escape
/// function for each.
pub struct Words {
    text: Handlebars<'static>,
    html: Handlebars<'static>,
    findings: BTreeMap<String, FindingWords>,
    reasons: BTreeMap<String, String>,
}

/// How one rule is told: what is wrong, and what is wanted.
#[derive(Debug, Clone, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct FindingWords {
    what: String,
    wanted: String,
    /// What each row of a list says for itself.
    #[serde(default)]
    own: String,
}

/// A finding in words.
pub(super) struct Told {
    pub(super) what: String,
    pub(super) wanted: String,
    pub(super) own: String,
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct PhraseFile {
    findings: BTreeMap<String, FindingWords>,
    unreadable: BTreeMap<String, String>,
    digest: BTreeMap<String, String>,
}

/// The templates this program was built with, by path under `templates/ja/`.
pub const BUILT_IN: &[(&str, &str)] = &[
    ("phrases.toml", include_str!("../../../templates/ja/phrases.toml")),
    ("partials/signature.txt", include_str!("../../../templates/ja/partials/signature.txt")),
    ("partials/greeting.txt", include_str!("../../../templates/ja/partials/greeting.txt")),
    ("partials/findings.txt", include_str!("../../../templates/ja/partials/findings.txt")),
    ("partials/progress.txt", include_str!("../../../templates/ja/partials/progress.txt")),
    ("partials/progress.html", include_str!("../../../templates/ja/partials/progress.html")),
    ("partials/asks.txt", include_str!("../../../templates/ja/partials/asks.txt")),
    ("partials/asked.txt", include_str!("../../../templates/ja/partials/asked.txt")),
    ("partials/asked.html", include_str!("../../../templates/ja/partials/asked.html")),
    ("partials/wishes.txt", include_str!("../../../templates/ja/partials/wishes.txt")),
    ("partials/layout.html", include_str!("../../../templates/ja/partials/layout.html")),
    ("partials/greeting.html", include_str!("../../../templates/ja/partials/greeting.html")),
    ("partials/signature.html", include_str!("../../../templates/ja/partials/signature.html")),
    ("partials/findings.html", include_str!("../../../templates/ja/partials/findings.html")),
    ("partials/asks.html", include_str!("../../../templates/ja/partials/asks.html")),
    ("partials/wishes.html", include_str!("../../../templates/ja/partials/wishes.html")),
    ("materials/subject.txt", include_str!("../../../templates/ja/materials/subject.txt")),
    ("materials/body.txt", include_str!("../../../templates/ja/materials/body.txt")),
    ("materials/body.html", include_str!("../../../templates/ja/materials/body.html")),
    ("corrections/subject.txt", include_str!("../../../templates/ja/corrections/subject.txt")),
    ("corrections/body.txt", include_str!("../../../templates/ja/corrections/body.txt")),
    ("corrections/body.html", include_str!("../../../templates/ja/corrections/body.html")),
    ("call/subject.txt", include_str!("../../../templates/ja/call/subject.txt")),
    ("call/body.txt", include_str!("../../../templates/ja/call/body.txt")),
    ("call/body.html", include_str!("../../../templates/ja/call/body.html")),
    ("complete/subject.txt", include_str!("../../../templates/ja/complete/subject.txt")),
    ("complete/body.txt", include_str!("../../../templates/ja/complete/body.txt")),
    ("complete/body.html", include_str!("../../../templates/ja/complete/body.html")),
    ("no-workbook/subject.txt", include_str!("../../../templates/ja/no-workbook/subject.txt")),
    ("no-workbook/body.txt", include_str!("../../../templates/ja/no-workbook/body.txt")),
    ("no-workbook/body.html", include_str!("../../../templates/ja/no-workbook/body.html")),
    ("unreadable/subject.txt", include_str!("../../../templates/ja/unreadable/subject.txt")),
    ("unreadable/body.txt", include_str!("../../../templates/ja/unreadable/body.txt")),
    ("unreadable/body.html", include_str!("../../../templates/ja/unreadable/body.html")),
    ("wrong-version/subject.txt", include_str!("../../../templates/ja/wrong-version/subject.txt")),
    ("wrong-version/body.txt", include_str!("../../../templates/ja/wrong-version/body.txt")),
    ("wrong-version/body.html", include_str!("../../../templates/ja/wrong-version/body.html")),
    ("handed-over/subject.txt", include_str!("../../../templates/ja/handed-over/subject.txt")),
    ("handed-over/body.txt", include_str!("../../../templates/ja/handed-over/body.txt")),
    ("handed-over/body.html", include_str!("../../../templates/ja/handed-over/body.html")),
    ("withdrawn/subject.txt", include_str!("../../../templates/ja/withdrawn/subject.txt")),
    ("withdrawn/body.txt", include_str!("../../../templates/ja/withdrawn/body.txt")),
    ("withdrawn/body.html", include_str!("../../../templates/ja/withdrawn/body.html")),
    ("reopened/subject.txt", include_str!("../../../templates/ja/reopened/subject.txt")),
    ("noted/subject.txt", include_str!("../../../templates/ja/noted/subject.txt")),
    ("reopened/body.txt", include_str!("../../../templates/ja/reopened/body.txt")),
    ("noted/body.txt", include_str!("../../../templates/ja/noted/body.txt")),
    ("reopened/body.html", include_str!("../../../templates/ja/reopened/body.html")),
    ("noted/body.html", include_str!("../../../templates/ja/noted/body.html")),
    ("assignment/subject.txt", include_str!("../../../templates/ja/assignment/subject.txt")),
    ("assignment/body.txt", include_str!("../../../templates/ja/assignment/body.txt")),
    ("assignment/body.html", include_str!("../../../templates/ja/assignment/body.html")),
    ("advisor-named/subject.txt", include_str!("../../../templates/ja/advisor-named/subject.txt")),
    ("advisor-named/body.txt", include_str!("../../../templates/ja/advisor-named/body.txt")),
    ("advisor-named/body.html", include_str!("../../../templates/ja/advisor-named/body.html")),
    ("digest/subject.txt", include_str!("../../../templates/ja/digest/subject.txt")),
    ("digest/body.txt", include_str!("../../../templates/ja/digest/body.txt")),
    ("digest/body.html", include_str!("../../../templates/ja/digest/body.html")),
];

/// A template that cannot be used: which, and why.
#[derive(Debug, thiserror::Error)]
#[error("template {path}: {why}")]
pub struct BadTemplate {
    /// Path under the templates folder.
    pub path: String,
    /// What handlebars or TOML said, with line and column.
    pub why: String,
}

impl Words {
    /// Compiles the built-in templates, with `overrides` (path under `templates/` → text) in their place.
    ///
    /// # Errors
    /// The first template that does not compile, or an override no letter uses.
    pub fn new(overrides: &BTreeMap<String, String>) -> Result<Words, BadTemplate> {
        if let Some(path) = overrides.keys().find(|it| !BUILT_IN.iter().any(|(name, _)| name == it)) {
            return Err(BadTemplate { path: path.clone(), why: "no letter uses a template of this name".to_string() });
        }
        let mut text = registry();
        text.register_escape_fn(harmless);
        let mut html = registry();
        let mut phrases =
            PhraseFile { findings: BTreeMap::new(), unreadable: BTreeMap::new(), digest: BTreeMap::new() };
        for (path, built_in) in BUILT_IN {
            let source = overrides.get(*path).map_or(*built_in, String::as_str);
            let bad = |why: String| BadTemplate { path: (*path).to_string(), why };
            if path.ends_with(".toml") {
                phrases = toml::from_str(source).map_err(|it| bad(it.to_string()))?;
            } else if let Some(name) = path.strip_suffix(".html") {
                if source.contains("{{{") {
                    return Err(bad("{{{ }}} would let a sender's words through unescaped".to_string()));
                }
                html.register_template_string(name, source).map_err(|it| bad(it.to_string()))?;
            } else if let Some(name) = path.strip_suffix(".txt") {
                text.register_template_string(name, source).map_err(|it| bad(it.to_string()))?;
            }
        }
        register_phrases(&mut text, &phrases)?;
        Ok(Words { text, html, findings: phrases.findings, reasons: phrases.unreadable })
    }

    /// Renders one kind. `view` is what [`super::view`] or the digest made.
    ///
    /// # Errors
    /// A variable the view does not have (strict mode), with template and line.
    pub fn render(&self, kind: &str, view: &impl Serialize) -> Result<Rendered, BadTemplate> {
        let bad = |path: String| move |it: handlebars::RenderError| BadTemplate { path, why: it.to_string() };
        let subject = format!("{kind}/subject");
        let body = format!("{kind}/body");
        let line = self.text.render(&subject, view).map_err(bad(format!("{subject}.txt")))?;
        Ok(Rendered {
            subject: line.split_whitespace().collect::<Vec<_>>().join(" "),
            text: self.text.render(&body, view).map_err(bad(format!("{body}.txt")))?,
            html: self.html.render(&body, view).map_err(bad(format!("{body}.html")))?,
        })
    }

    /// How a finding is told.
    pub(super) fn finding(&self, rule: &str, view: &impl Serialize) -> Told {
        if !self.findings.contains_key(rule) {
            return Told { what: rule.to_string(), wanted: String::new(), own: String::new() };
        }
        let part =
            |part: &str| self.text.render(&format!("finding/{rule}/{part}"), view).unwrap_or_else(|_| rule.to_string());
        Told { what: part("what"), wanted: part("wanted"), own: part("own") }
    }

    /// Why a file could not be read and what to do, for people.
    pub fn reason(&self, why: &str) -> String {
        self.reasons.get(why).cloned().unwrap_or_else(|| why.to_string())
    }

    /// One of the digest's phrases. A phrase or variable that is missing shows as its name, never as nothing.
    pub fn phrase(&self, name: &str, view: &impl Serialize) -> String {
        self.text.render(&format!("digest/phrase/{name}"), view).unwrap_or_else(|_| name.to_string())
    }

    /// The rules that have words; a test holds them against the enum.
    pub fn known_rules(&self) -> impl Iterator<Item = &str> {
        self.findings.keys().map(String::as_str)
    }

    /// The kinds that have templates.
    pub fn kinds() -> &'static [&'static str] {
        &KINDS
    }
}

fn register_phrases(text: &mut Handlebars<'static>, phrases: &PhraseFile) -> Result<(), BadTemplate> {
    let mut register = |name: String, source: &str| {
        text.register_template_string(&name, source)
            .map_err(|it| BadTemplate { path: "phrases.toml".to_string(), why: format!("{name}: {it}") })
    };
    for (rule, words) in &phrases.findings {
        register(format!("finding/{rule}/what"), &words.what)?;
        register(format!("finding/{rule}/wanted"), &words.wanted)?;
        register(format!("finding/{rule}/own"), &words.own)?;
    }
    for (name, words) in &phrases.digest {
        register(format!("digest/phrase/{name}"), words)?;
    }
    Ok(())
}

/// A stranger's words, wherever they come from, without what hides or turns around the words beside them.
fn harmless(words: &str) -> String {
    let turns = |it: char| matches!(it, '\u{061C}' | '\u{200E}' | '\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    words.chars().filter(|it| matches!(it, '\n' | '\t') || !(it.is_control() || turns(*it))).collect()
}

fn registry() -> Handlebars<'static> {
    let mut it = Handlebars::new();
    it.register_escape_fn(|words| handlebars::html_escape(&harmless(words)));
    it.set_strict_mode(true);
    it
}
