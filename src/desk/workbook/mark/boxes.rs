//! How large a comment's box is and where it stands: right of its cell, as large as its words need.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr as _;

use super::{
    drawing::Anchor,
    place::{LAST_COLUMN, LAST_ROW, Place},
    sheet::Frame,
};

/// Pixels of a line, of half a full-width character, and of the frame around, at 9 points.
const LINE: u32 = 16;
const HALF: u32 = 6;
const FRAME: u32 = 14;

/// The anchor of a comment's box.
pub(super) fn anchor((row, column): Place, words: &str, frame: &Frame, heights: &BTreeMap<u32, u32>) -> Anchor {
    let (width, height) = size(words);
    let column_width = |it| frame.column_width(it);
    let row_height = |it| heights.get(&it).copied().unwrap_or(frame.default_height);
    // at the far edges there is no room: the box stands over the cell's neighbours
    let left = column.saturating_add(1).min(LAST_COLUMN - 8);
    let top = row.saturating_sub(1).min(LAST_ROW - 40);
    let inset = if column_width(left) > 30 { 15 } else { 0 };
    let (right, right_into) = walk(left, inset + width, LAST_COLUMN, column_width);
    let (bottom, bottom_into) = walk(top, height, LAST_ROW, row_height);
    [left, inset, top, 0, right, right_into, bottom, bottom_into]
}

/// Width and height in pixels.
fn size(words: &str) -> (u32, u32) {
    let width = if words.chars().count() > 250 { 420 } else { 280 };
    let per_line = usize::try_from((width - FRAME) / HALF).unwrap_or(1).max(1);
    let lines: usize = words.lines().map(|it| it.width().div_ceil(per_line).max(1)).sum();
    let lines = u32::try_from(lines).unwrap_or(u32::MAX).clamp(2, 60);
    (width, lines * LINE + FRAME)
}

/// The column or row so many pixels on, and the pixels into it. A long stretch of hidden ones is not walked to its end.
fn walk(from: u32, mut pixels: u32, last: u32, size: impl Fn(u32) -> u32) -> (u32, u32) {
    let mut at = from;
    while at < last && at - from < 500 && pixels >= size(at) {
        pixels -= size(at);
        at += 1;
    }
    (at, pixels.min(size(at)))
}
