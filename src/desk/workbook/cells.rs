//! The cells of a sheet, by row and column.

use std::ops::{Bound, RangeBounds};

use super::{
    book::{Cell, Place},
    screen::Signs,
};

/// In the order of reading: files hold their cells so, and a list is made and gone through faster than a tree.
#[derive(Debug, Default, Clone, PartialEq)]
pub(super) struct Cells(Vec<(Place, Cell)>);

impl FromIterator<(Place, Cell)> for Cells {
    fn from_iter<T: IntoIterator<Item = (Place, Cell)>>(cells: T) -> Self {
        Self::of(cells.into_iter().collect())
    }
}

impl<'a> IntoIterator for &'a Cells {
    type Item = &'a (Place, Cell);
    type IntoIter = std::slice::Iter<'a, (Place, Cell)>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl Cells {
    /// Cells in any order. Where a place is given twice, the later one counts.
    pub(super) fn of(mut cells: Vec<(Place, Cell)>) -> Self {
        if !cells.is_sorted_by(|one, other| one.0 < other.0) {
            // stable: the later one stays behind
            cells.sort_by_key(|it| it.0);
            cells.dedup_by(|later, kept| {
                let same = later.0 == kept.0;
                if same {
                    std::mem::swap(later, kept);
                }
                same
            });
        }
        Self(cells)
    }

    /// Puts a cell wherever there is none yet.
    pub(super) fn fill(&mut self, places: impl Iterator<Item = Place>, cell: &Cell) {
        let empty: Vec<Place> = places.filter(|it| self.get(it).is_none()).collect();
        if !empty.is_empty() {
            self.0.extend(empty.into_iter().map(|it| (it, cell.clone())));
            *self = Self::of(std::mem::take(&mut self.0));
        }
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn get(&self, place: &Place) -> Option<&Cell> {
        let at = self.0.binary_search_by(|it| it.0.cmp(place)).ok()?;
        self.0.get(at).map(|it| &it.1)
    }

    /// The cells whose text may be one of these.
    pub(super) fn with(&self, signs: Signs) -> impl Iterator<Item = &(Place, Cell)> {
        self.0.iter().filter(move |it| it.1.text.signs().have(signs))
    }

    pub(super) fn values(&self) -> impl Iterator<Item = &Cell> {
        self.0.iter().map(|it| &it.1)
    }

    /// The cells from one place to another, in the order of reading.
    pub(super) fn range(&self, places: impl RangeBounds<Place>) -> std::slice::Iter<'_, (Place, Cell)> {
        let start = match places.start_bound() {
            Bound::Included(first) => self.0.partition_point(|it| it.0 < *first),
            Bound::Excluded(before) => self.0.partition_point(|it| it.0 <= *before),
            Bound::Unbounded => 0,
        };
        let rest = self.0.get(start..).unwrap_or_default();
        let length = match places.end_bound() {
            Bound::Included(last) => rest.partition_point(|it| it.0 <= *last),
            Bound::Excluded(end) => rest.partition_point(|it| it.0 < *end),
            Bound::Unbounded => rest.len(),
        };
        rest.get(..length).unwrap_or_default().iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::workbook::book::Datum;

    fn cell(text: &str) -> Cell {
        Cell { text: text.into(), datum: Datum::Text }
    }

    #[test]
    fn cells_in_any_order_stand_in_theirs() {
        let written = [((1, 0), "c"), ((0, 1), "b"), ((1, 0), "d"), ((0, 0), "a")];
        let mut cells: Cells = written.into_iter().map(|(place, text)| (place, cell(text))).collect();
        let shown = |cells: &Cells| cells.values().map(|it| it.text.to_string()).collect::<Vec<_>>();
        assert_eq!(shown(&cells), ["a", "b", "d"]);
        cells.fill([(1, 0), (0, 5), (0, 5)].into_iter(), &cell("e"));
        assert_eq!(shown(&cells), ["a", "b", "e", "d"]);
        assert_eq!((cells.len(), cells.get(&(0, 5)), cells.get(&(9, 9))), (4, Some(&cell("e")), None));
        let between = |from, to| cells.range((from, 0)..(to, 0)).map(|it| it.0).collect::<Vec<_>>();
        assert_eq!(between(0, 1), [(0, 0), (0, 1), (0, 5)]);
        // nothing lies between a place and one before it
        assert_eq!((between(1, 9), between(2, 1)), (vec![(1, 0)], Vec::new()));
    }
}
