//! The checks of a whole mail: workbook, questionnaire, wishes, region and files.

use std::collections::BTreeMap;

use super::{
    Finding, Rule, Severity, check_workbook, excuse,
    region::{outside_of, outside_said},
};
use crate::desk::{
    mail::{Mail, quote},
    reading::{Doubt, DoubtWhy, Reading, Refused, Wishes},
    rules::{Question, QuestionKind, Questionnaire, Rules},
};

/// Everything there is to say about a mail, must-mend first. `region` is what is known of the company's region, from
/// [`super::region_of`] or from the case.
pub fn check_reading(reading: &Reading, rules: &Rules, region: Option<&str>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let form = rules.forms.iter().find(|it| it.version == rules.programme.form_version);
    if let (Some(book), Some(form)) = (&reading.workbook, form) {
        findings.extend(check_workbook(book, form));
        excuse::accept(&mut findings, &reading.own_words(), form);
    }
    findings.extend(files(reading));
    findings.extend(open_questions(&reading.answers, &reading.wishes, region, rules));
    if let Some(outside) = outside(reading, region, rules) {
        findings.retain(|it| it.rule != Rule::RegionUnknown);
        findings.push(outside);
    }
    findings.extend(doubts(&reading.wishes));
    findings.sort_by_key(|it| it.severity);
    findings
}

/// The prefecture that the workbook or the sender's words name, where it is no region of the programme. `region`: the one
/// that is known.
pub fn outside(reading: &Reading, region: Option<&str>, rules: &Rules) -> Option<Finding> {
    if region.is_some() {
        return None;
    }
    let regions = &rules.programme.regions;
    let book = reading.workbook.as_ref().and_then(|it| it.prefecture.as_deref());
    let said = |it: &Mail| outside_said(&quote::own_words(&it.text), regions, !it.replies_to.is_empty());
    let named = book.and_then(|it| outside_of(it, regions)).or_else(|| reading.mails().find_map(said))?;
    Some(Finding { found: Some(named), ..Finding::new(Rule::RegionOutside, Severity::Ask) })
}

/// What is still asked for besides the form: answers, method, dates, region.
pub fn open_questions(
    answers: &BTreeMap<String, String>,
    said: &Wishes,
    region: Option<&str>,
    rules: &Rules,
) -> Vec<Finding> {
    let questions = &rules.questionnaire.questions;
    let mut findings: Vec<Finding> = questions.iter().filter_map(|it| answer(answers, it)).collect();
    findings.extend(wishes(said, rules));
    if region.is_none() {
        findings.push(Finding::new(Rule::RegionUnknown, Severity::Ask));
    }
    findings
}

/// One finding for each date-like piece that was not understood for sure.
pub fn doubts(wishes: &Wishes) -> Vec<Finding> {
    wishes.doubts.iter().map(doubt).collect()
}

/// A file that could not be read has to be mended where nothing else was readable.
fn files(reading: &Reading) -> impl Iterator<Item = Finding> {
    let severity = if reading.workbook.is_none() { Severity::MustMend } else { Severity::Ask };
    reading.unreadable.iter().map(move |it| refused(it, severity))
}

/// A file that could not be read, or was not because a bound was hit. What was found is the reason's stable name.
pub fn refused(it: &Refused, severity: Severity) -> Finding {
    let rule = if it.why.is_bound() { Rule::FileRefused } else { Rule::UnreadableFile };
    Finding { file: Some(it.file.clone()), found: Some(it.why.name().to_owned()), ..Finding::new(rule, severity) }
}

fn answer(answers: &BTreeMap<String, String>, question: &Question) -> Option<Finding> {
    let asked = matches!(question.kind, QuestionKind::Choice | QuestionKind::Scale | QuestionKind::Text);
    let answered = answers.get(&question.id).is_some_and(|it| !it.trim().is_empty());
    if !asked || !question.required || answered {
        return None;
    }
    Some(Finding {
        no: Some(question.id.clone()),
        title: Some(question.text.clone()),
        ..Finding::new(Rule::AnswerMissing, Severity::Ask)
    })
}

/// Whether letters ask for the method or the dates: unless the questionnaire has such a question and does not require it.
pub fn asks_for(questionnaire: &Questionnaire, kind: QuestionKind) -> bool {
    let mut asked = questionnaire.questions.iter().filter(|it| it.kind == kind).peekable();
    asked.peek().is_none() || asked.any(|it| it.required)
}

fn wishes(wishes: &Wishes, rules: &Rules) -> Vec<Finding> {
    let wanted = |kind| asks_for(&rules.questionnaire, kind);
    let mut findings = Vec::new();
    if !wishes.knows_method() && rules.programme.in_person && wanted(QuestionKind::Method) {
        findings.push(Finding::new(Rule::MethodMissing, Severity::Ask));
    }
    // who wrote dates that are doubtful is asked about those, not told that there are none
    if wishes.dates.is_empty() && wishes.doubts.is_empty() && wanted(QuestionKind::Dates) {
        findings.push(Finding::new(Rule::DatesMissing, Severity::Ask));
    }
    if wishes.are_too_short() && wanted(QuestionKind::Dates) {
        findings.push(Finding::new(Rule::DateTooShort, Severity::Ask));
    }
    findings
}

fn doubt(doubt: &Doubt) -> Finding {
    let rule = match doubt.why {
        DoubtWhy::Outside => Rule::DateOutside,
        DoubtWhy::Weekday => Rule::WeekdayContradicts,
        DoubtWhy::Impossible | DoubtWhy::Unclear => Rule::DateUnclear,
    };
    Finding { found: Some(doubt.raw.clone()), ..Finding::new(rule, Severity::Ask) }
}
