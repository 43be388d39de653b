//! A letter as it goes over the wire: checked addresses, and bytes that cannot be mistaken for commands.

use lettre::Address;

use super::{Envelope, Outcome};

/// How much is written at once.
const PIECE: usize = 64 * 1024;

/// The longest address, RFC 5321 §4.5.3.1.
const LONGEST: usize = 320;

/// A letter that may be sent.
pub(super) struct Letter<'a> {
    pub(super) from: Option<Address>,
    pub(super) to: Address,
    /// For ourselves. One that no command could hold is left out: the letter does not depend on it.
    pub(super) copy: Option<Address>,
    bytes: &'a [u8],
}

impl<'a> Letter<'a> {
    /// Checks envelope and bytes; the error is the outcome: such a letter can never go out.
    pub(super) fn new(envelope: &Envelope, bytes: &'a [u8]) -> Result<Self, Outcome> {
        let never = |code: u16, why: &str| Outcome::Never { code, why: why.to_owned() };
        let checked = |text: &String| address(text).ok_or_else(|| never(553, "an address that cannot be written to"));
        // RFC 5321 §2.3.8: a lone CR or LF must not be sent; servers that read it as a line end see other lines than we do.
        if lone_line_end(bytes) {
            return Err(never(554, "a letter with a line end that is not CR LF"));
        }
        Ok(Self {
            from: envelope.from.as_ref().map(checked).transpose()?,
            to: checked(&envelope.to)?,
            copy: envelope.copy.as_ref().filter(|text| text.is_ascii()).and_then(|text| address(text)),
            // The crate ends every letter with CR LF, dot, CR LF: the letter's own last line end is that CR LF.
            bytes: bytes.strip_suffix(b"\r\n").unwrap_or(bytes),
        })
    }

    /// The bytes in pieces; the crate doubles leading dots across them (RFC 5321 §4.5.2).
    pub(super) fn pieces(&self) -> impl Iterator<Item = &'a [u8]> {
        self.bytes.chunks(PIECE)
    }

    pub(super) fn addresses_beyond_ascii(&self) -> bool {
        std::iter::once(&self.to).chain(&self.from).any(|address| !AsRef::<str>::as_ref(address).is_ascii())
    }

    pub(super) fn bytes_beyond_ascii(&self) -> bool {
        !self.bytes.is_ascii()
    }
}

/// An address that can stand between `<` and `>`. Laxer than the grammar, which has no `a..b@docomo.ne.jp`, an address
/// Japanese carriers did give out; strict about everything that could end the command or begin another.
fn address(text: &str) -> Option<Address> {
    let (local, domain) = text.rsplit_once('@')?;
    let odd = |c: char| {
        c.is_control() || c.is_whitespace() || matches!(c, '<' | '>' | '\\' | '"' | ',' | ';' | ':' | '(' | ')')
    };
    let usable = !local.is_empty() && !domain.is_empty() && text.len() <= LONGEST;
    (usable && !text.contains(odd) && !local.contains('@')).then(|| Address::new_dangerous(local, domain))
}

fn lone_line_end(bytes: &[u8]) -> bool {
    let mut before = b' ';
    for &byte in bytes {
        if (byte == b'\n') != (before == b'\r') {
            return true;
        }
        before = byte;
    }
    before == b'\r'
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may panic")]
mod tests {
    use super::{Envelope, Letter, Outcome, address, lone_line_end};

    fn envelope(to: &str) -> Envelope {
        Envelope { from: None, to: to.to_owned(), copy: None }
    }

    #[test]
    fn carrier_addresses_are_taken() {
        for fine in ["a..b@docomo.ne.jp", "a.@ezweb.ne.jp", "nw+1a2b@example.jp", "x@[192.0.2.1]", "太郎@example.jp"]
        {
            assert_eq!(address(fine).map(|address| address.to_string()).as_deref(), Some(fine));
        }
    }

    #[test]
    fn addresses_that_could_be_commands_are_not() {
        let long = format!("{}@x", "a".repeat(400));
        let odd = [
            "",
            "a",
            "@x",
            "a@",
            "a b@x",
            "a@x>\r\nRCPT TO:<b@x",
            "a\r\n@x",
            "<a@x>",
            "a@b@x",
            "\"a\"@x",
            "a@x\0",
            &long,
        ];
        for text in odd {
            assert!(address(text).is_none(), "{text:?}");
            assert!(matches!(Letter::new(&envelope(text), b"x"), Err(Outcome::Never { code: 553, .. })));
        }
    }

    #[test]
    fn a_copy_that_cannot_be_written_to_is_left_out() {
        let copied = |copy: &str| {
            let envelope = Envelope { copy: Some(copy.to_owned()), ..envelope("a@x") };
            Letter::new(&envelope, b"x").unwrap_or_else(|_| panic!()).copy.is_some()
        };
        assert!(copied("desk@example.jp"));
        assert!(!copied("desk example.jp") && !copied("受付@example.jp"));
    }

    #[test]
    fn only_whole_line_ends_are_sent() {
        assert!(!lone_line_end(b""));
        assert!(!lone_line_end(b"a\r\n\r\nb\r\n"));
        for odd in [&b"a\n"[..], b"a\r", b"a\r\r\n", b"\n", b"a\n.\nMAIL FROM:<>", b"a\rb"] {
            assert!(lone_line_end(odd), "{odd:?}");
        }
    }

    #[test]
    fn the_last_line_end_is_not_sent_twice() {
        let envelope = envelope("a@x");
        let sent = |bytes: &[u8]| {
            Letter::new(&envelope, bytes).unwrap_or_else(|_| panic!()).pieces().collect::<Vec<_>>().concat()
        };
        assert_eq!(sent(b"a\r\n\r\nb\r\n"), b"a\r\n\r\nb");
        assert_eq!(sent(b"a\r\n\r\nb"), b"a\r\n\r\nb");
        assert_eq!(sent(b""), b"");
    }
}
