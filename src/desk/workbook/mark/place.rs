//! Cells and ranges by their names, `J14` and `B2:C3` (ECMA-376 part 1 §18.18.62 ST_Ref).

/// Row and column, from 0.
pub(super) type Place = (u32, u32);

pub(super) const LAST_ROW: u32 = 1_048_575;
pub(super) const LAST_COLUMN: u32 = 16_383;

/// The cell a name means; `$` signs do not matter.
pub(super) fn place(name: &str) -> Option<Place> {
    let name: String = name.chars().filter(|it| *it != '$').collect();
    let digits = name.find(|it: char| it.is_ascii_digit())?;
    let (letters, number) = name.split_at_checked(digits)?;
    if letters.is_empty() || letters.len() > 3 || number.len() > 7 || !number.chars().all(|it| it.is_ascii_digit()) {
        return None;
    }
    let mut column = 0_u32;
    for letter in letters.chars() {
        let letter = letter.to_ascii_uppercase();
        if !letter.is_ascii_uppercase() {
            return None;
        }
        column = column * 26 + (u32::from(letter) - u32::from('A') + 1);
    }
    let row = number.parse::<u32>().ok()?.checked_sub(1)?;
    let column = column.checked_sub(1)?;
    (row <= LAST_ROW && column <= LAST_COLUMN).then_some((row, column))
}

/// A rectangle of cells, both corners in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Area {
    pub(super) first: Place,
    pub(super) last: Place,
}

impl Area {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (first, last) = text.split_once(':').unwrap_or((text, text));
        let (first, last) = (place(first)?, place(last)?);
        (first.0 <= last.0 && first.1 <= last.1).then_some(Self { first, last })
    }

    pub(super) fn contains(&self, (row, column): Place) -> bool {
        (self.first.0..=self.last.0).contains(&row) && (self.first.1..=self.last.1).contains(&column)
    }

    /// The smallest area that has this cell too.
    pub(super) fn with(&self, (row, column): Place) -> Self {
        Self {
            first: (self.first.0.min(row), self.first.1.min(column)),
            last: (self.last.0.max(row), self.last.1.max(column)),
        }
    }
}
