//! What a configuration must hold beyond what its types say.

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};

use super::address;
use crate::desk::{rules::Rules, schedule};

/// What no type can say: dates in order, regions and advisors that know each other, one form of the accepted version.
pub(super) fn sensible(rules: &Rules, folder: &Path) -> Result<()> {
    let programme = &rules.programme;
    let at = folder.display();
    ensure!(
        programme.submission_from <= programme.submission_to,
        "{at}/programme.toml: submission_to is before submission_from"
    );
    ensure!(programme.advice_from <= programme.advice_to, "{at}/programme.toml: advice_to is before advice_from");
    ensure!(!programme.regions.is_empty(), "{at}/programme.toml: at least one [[regions]] is needed");
    ensure!(
        rules.forms.iter().any(|it| it.version == programme.form_version),
        "{at}/programme.toml: form_version is {}, and no file in {at}/forms has that version",
        programme.form_version
    );
    for form in &rules.forms {
        ensure!(
            rules.forms.iter().filter(|it| it.version == form.version).count() == 1,
            "{at}/forms: two files are of version {}; keep one",
            form.version
        );
    }
    for advisor in &rules.advisors {
        let id = &advisor.id;
        address(&advisor.address).with_context(|| format!("{at}/advisors.toml: {id}"))?;
        for hours in &advisor.weekly {
            if let Err(why) = schedule::parse_weekly(hours) {
                bail!("{at}/advisors.toml: {id}: weekly {hours:?}: {why}");
            }
        }
        for region in &advisor.regions {
            ensure!(
                programme.regions.iter().any(|it| it.name == *region),
                "{at}/advisors.toml: {id}: region {region:?} is not in programme.toml"
            );
        }
        ensure!(
            rules.advisors.iter().filter(|it| it.id == *id).count() == 1,
            "{at}/advisors.toml: two advisors have the id {id:?}"
        );
    }
    let bounds = &rules.bounds;
    // below these no form could be read, and every company would be told that its file is too large
    let least: [(&str, u64, u64); 9] = [
        ("workbook_bytes", bounds.workbook_bytes, 1 << 20),
        ("entries", count(bounds.entries), 100),
        ("part_bytes", bounds.part_bytes, 1 << 20),
        ("inflated_bytes", bounds.inflated_bytes, 4 << 20),
        ("ratio", bounds.ratio, 10),
        ("xml_depth", count(bounds.xml_depth), 16),
        ("strings", count(bounds.strings), 10_000),
        ("cells", count(bounds.cells), 10_000),
        ("seconds", bounds.seconds, 1),
    ];
    for (name, value, least) in least {
        ensure!(value >= least, "{at}/uketsuke.toml: [bounds] {name} is {value}; it must be at least {least}");
    }
    ensure!(
        bounds.megabytes >= 64,
        "{at}/uketsuke.toml: [bounds] megabytes is at least 64: a reader needs that for itself"
    );
    let mut ids: Vec<&String> = rules.questionnaire.questions.iter().map(|it| &it.id).collect();
    ids.sort();
    ids.dedup();
    ensure!(ids.len() == rules.questionnaire.questions.len(), "{at}/questionnaire.toml: two questions have one id");
    Ok(())
}

fn count(it: usize) -> u64 {
    u64::try_from(it).unwrap_or(u64::MAX)
}
