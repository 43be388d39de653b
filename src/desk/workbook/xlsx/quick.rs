//! A cell as nearly all programs write nearly all cells, in one go: `<c r="A1" s="3" t="s"><v>12</v></c>` or `<c r="A1"/>`.
//! Whatever is written otherwise is left to the reader of all XML, which reads these the same.

/// What is written in it; the last of what is written twice.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Quick<'a> {
    pub(super) reference: Option<&'a [u8]>,
    pub(super) style: Option<&'a [u8]>,
    pub(super) kind: Option<&'a [u8]>,
    pub(super) value: Option<&'a [u8]>,
}

/// The cell that begins here, and what stands behind it.
#[inline]
pub(super) fn cell(text: &[u8]) -> Option<(Quick<'_>, &[u8])> {
    let mut cell = Quick::default();
    let mut rest = text.strip_prefix(b"<c")?;
    loop {
        let (name, value) = match rest {
            [b' ', name, b'=', b'"', value @ ..] => (*name, value),
            [b'/', b'>', behind @ ..] => return Some((cell, behind)),
            [b'>', b'<', b'v', b'>', value @ ..] => {
                let (value, behind) = split(value, b'<')?;
                cell.value = Some(value);
                return Some((cell, behind.strip_prefix(b"/v></c>")?));
            }
            _ => return None,
        };
        let (value, behind) = split(value, b'"')?;
        match name {
            b'r' => cell.reference = Some(value),
            b's' => cell.style = Some(value),
            b't' => cell.kind = Some(value),
            _ => return None,
        }
        rest = behind;
    }
}

/// What stands before a byte, and behind it: they are few bytes.
fn split(text: &[u8], end: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|it| *it == end)?;
    let (before, rest) = text.split_at_checked(at)?;
    Some((before, rest.get(1..)?))
}
