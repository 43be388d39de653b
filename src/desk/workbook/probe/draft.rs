//! The catalogue that is made of a form.

use super::{
    super::{
        IndicatorKind,
        book::{Place, Sheet, cell_name, clip},
        header::Columns,
        matching,
        rows::{MAX_NAME, Survey, Tabled},
        settle::Standing,
    },
    Doubt, Spot, title, words,
};
use crate::desk::rules::FormRow;

/// Rows of a catalogue; the form has 55.
const MAX_ROWS: usize = 500;
const MAX_DOUBTS: usize = 200;
/// Letters of the ids that are made for rows without a number: one for each block.
const LETTERS: [char; 10] = ['K', 'D', 'T', 'Q', 'R', 'S', 'U', 'W', 'Y', 'Z'];

/// A catalogue that is being made.
#[derive(Default)]
pub(super) struct Draft {
    pub(super) rows: Vec<FormRow>,
    /// What was left out, and what may be wrong.
    pub(super) doubts: Vec<Doubt>,
    blocks: Vec<String>,
    counts: [u32; LETTERS.len()],
}

/// A row of a table, with the classes that are carried down to it.
struct Line<'a> {
    tabled: &'a Tabled<'a>,
    row: u32,
    block: String,
    category: String,
}

impl Draft {
    /// The rows that look like indicators, on the sheets that are to be seen.
    pub(super) fn of(survey: &Survey) -> Self {
        let mut draft = Self::default();
        for tabled in survey.tables.iter().filter(|it| it.standing == Standing::Form) {
            let (sheet, columns) = (tabled.sheet, &tabled.table.columns);
            let (mut block, mut category) = (String::new(), String::new());
            for row in tabled.rows().filter(|it| !sheet.hidden_rows.contains(it)) {
                let at = |column: Option<u32>| column.and_then(|it| words(sheet, (row, it)));
                if let Some(named) = at(columns.block) {
                    (block, category) = (named, String::new());
                }
                category = at(columns.category).unwrap_or(category);
                draft.add(&Line { tabled, row, block: block.clone(), category: category.clone() });
            }
        }
        draft
    }

    fn add(&mut self, line: &Line) {
        let (sheet, columns) = (line.tabled.sheet, &line.tabled.table.columns);
        let numbered = columns.number.map(|column| (line.row, column));
        let numbers = numbered.and_then(|it| sheet.cells.get(&it)).map(matching::numbers).unwrap_or_default();
        let place = columns.title.map(|it| (line.row, it.0)).or(numbered).unwrap_or((line.row, columns.current.0));
        let Some((title, before)) = title(sheet, line.row, columns) else {
            return self.doubt(sheet, place, "", "left out: it has a number and no title".to_owned());
        };
        let number = numbers.first().cloned().or(before).map(|it| it.to_uppercase());
        let Some(kind) = kind(line.tabled.kind(line.row), number.as_ref(), columns, sheet) else {
            let why = "left out: it is marked neither 定性 nor 定量".to_owned();
            return self.doubt(sheet, place, &title, why);
        };
        let no = number.unwrap_or_else(|| self.made(&line.block));
        let same = |it: &&FormRow| {
            it.no == no || (it.title == title && it.block == line.block && it.category == line.category)
        };
        if let Some(there) = self.rows.iter().find(same) {
            let why = format!("left out: {} {} is there already", there.no, there.title);
            return self.doubt(sheet, place, &title, why);
        }
        if self.rows.len() >= MAX_ROWS {
            return self.doubt(sheet, place, &title, format!("left out: more than {MAX_ROWS} rows"));
        }
        if let [first, other] = numbers.as_slice()
            && first != other
        {
            let why = format!("its number is a date, taken for {first}; {other} is possible too");
            self.doubt(sheet, numbered.unwrap_or(place), &title, why);
        }
        let (block, category) = (line.block.clone(), line.category.clone());
        self.rows.push(FormRow { no, kind, block, category, title, also: Vec::new(), counts: None });
    }

    fn doubt(&mut self, sheet: &Sheet, place: Place, title: &str, why: String) {
        if self.doubts.len() < MAX_DOUBTS {
            let spot = Spot { sheet: clip(&sheet.name, MAX_NAME), cell: cell_name(place) };
            self.doubts.push(Doubt { spot, title: title.to_owned(), why });
        }
    }

    /// An id that the form does not print: `K1`, `D1` …
    fn made(&mut self, block: &str) -> String {
        let of_block = self.blocks.iter().position(|it| it == block).unwrap_or_else(|| {
            self.blocks.push(block.to_owned());
            self.blocks.len() - 1
        });
        let at = of_block.min(LETTERS.len() - 1);
        let count = self.counts.get_mut(at).map_or(0, |it| {
            *it += 1;
            *it
        });
        format!("{}{count}", LETTERS.get(at).copied().unwrap_or('Z'))
    }
}

/// As marked; where there is no such column, a row with a number is 定性 and one without, on a sheet called 定量, 定量.
fn kind(
    marked: Option<IndicatorKind>,
    number: Option<&String>,
    columns: &Columns,
    sheet: &Sheet,
) -> Option<IndicatorKind> {
    if marked.is_some() || columns.kind.is_some() {
        return marked;
    }
    match number {
        Some(_) => Some(IndicatorKind::Qualitative),
        None => sheet.name.contains("定量").then_some(IndicatorKind::Quantitative),
    }
}
