//! A password in memory: used by name, never printed.

use std::fmt;

/// A password. It has no `Display` and its `Debug` hides it, so no log line and no error can hold it by accident.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Takes a password as read from a file: the line end that editors leave behind is not part of it.
    #[must_use]
    pub fn new(text: String) -> Self {
        let kept = text.trim_end_matches(['\r', '\n']);
        Self(kept.to_owned())
    }

    /// The password itself, for the one call that sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl From<String> for Secret {
    fn from(text: String) -> Self {
        Self::new(text)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(hidden)")
    }
}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn the_password_is_not_printed() {
        assert_eq!(format!("{:?}", Secret::new("pw-1\n".to_owned())), "Secret(hidden)");
    }

    #[test]
    fn the_line_end_of_the_file_is_not_part_of_it() {
        assert_eq!(Secret::new("p w \r\n".to_owned()).reveal(), "p w ");
    }
}
