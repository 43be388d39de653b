//! The advisor's brief: what the workbook says at a glance.

use serde::Serialize;

use super::workbook::{Indicator, IndicatorKind, Value, Workbook};

/// How many weak and promising rows are named.
const NAMED: usize = 5;

/// A workbook at a glance.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Brief {
    /// Mean of the current levels, one decimal; empty where no level is written.
    pub mean_current: String,
    /// Mean of the targets.
    pub mean_target: String,
    /// Lowest current levels, the form's order.
    pub weak: Vec<Row>,
    /// Largest steps from current to target.
    pub steps: Vec<Row>,
    /// Published averages to hold it against, each with year and population.
    pub averages: Vec<Average>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Row {
    /// Number; empty for quantitative rows, whose ids are ours and not the form's.
    pub no: String,
    /// Title.
    pub title: String,
    /// Current as written.
    pub current: String,
    /// Target as written.
    pub target: String,
    /// Evidence.
    pub evidence: String,
    /// Action.
    pub action: String,
}

/// A published mean of current levels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Average {
    /// Year of the self-diagnoses.
    pub year: u16,
    /// Who was averaged.
    pub population: &'static str,
    /// Number of firms, where published.
    pub n: &'static str,
    /// Mean of the current levels.
    pub mean: &'static str,
}

/// IPA, 自己診断結果 分析レポート, published 2023-05-30 (the report on 2022). Until 2021 the population is mostly large
/// firms and misleads a firm of twenty, so those years are left out.
const AVERAGES: [Average; 2] = [
    Average { year: 2022, population: "全企業（約9割が中小企業）", n: "3,956", mean: "1.19" },
    Average { year: 2022, population: "大企業のみ", n: "", mean: "2.04" },
];

/// Makes the brief.
pub fn of(book: &Workbook) -> Brief {
    let levels: Vec<&Indicator> = book.indicators.iter().filter(|it| it.kind == IndicatorKind::Qualitative).collect();
    let mut weak: Vec<&Indicator> = levels.iter().copied().filter(|it| level(&it.current.value).is_some()).collect();
    weak.sort_by_key(|it| level(&it.current.value));
    let mut steps: Vec<&Indicator> = levels.iter().copied().filter(|it| step(it) > 0).collect();
    steps.sort_by_key(|it| std::cmp::Reverse(step(it)));
    Brief {
        mean_current: mean(levels.iter().filter_map(|it| level(&it.current.value))),
        mean_target: mean(levels.iter().filter_map(|it| level(&it.target.value))),
        weak: weak.into_iter().take(NAMED).map(row).collect(),
        steps: steps.into_iter().take(NAMED).map(row).collect(),
        averages: AVERAGES.to_vec(),
    }
}

fn level(value: &Option<Value>) -> Option<u8> {
    match value {
        Some(Value::Level(it)) => Some(*it),
        _ => None,
    }
}

fn step(it: &Indicator) -> i16 {
    match (level(&it.current.value), level(&it.target.value)) {
        (Some(now), Some(then)) => i16::from(then) - i16::from(now),
        _ => 0,
    }
}

fn mean(levels: impl Iterator<Item = u8>) -> String {
    let (sum, count) = levels.fold((0u32, 0u32), |(sum, count), it| (sum + u32::from(it), count + 1));
    if count == 0 { String::new() } else { format!("{:.2}", f64::from(sum) / f64::from(count)) }
}

fn row(it: &Indicator) -> Row {
    Row {
        no: if it.kind == IndicatorKind::Qualitative { it.no.clone() } else { String::new() },
        title: it.title.clone(),
        current: it.current.raw.clone().unwrap_or_default(),
        target: it.target.raw.clone().unwrap_or_default(),
        evidence: it.evidence.clone().unwrap_or_default(),
        action: it.action.clone().unwrap_or_default(),
    }
}
