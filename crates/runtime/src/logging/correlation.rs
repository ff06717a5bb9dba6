//! Which request a log line belongs to: the request's id, and where it comes from in a distributed trace.
//!
//! A thread works for one request at a time, and whoever drives that work [`enter`](Correlation::enter)s its
//! correlation for as long as it does. Every line that is logged meanwhile names it, whoever logs it and however deep
//! down, and so may every error.
//!
//! **Invariant:** what stands here came from outside and was looked at: it is short, and holds nothing that could end a
//! line or pass for something else in a log, a header or a URI.

use std::cell::Cell;
use std::marker::PhantomData;

thread_local! {
    static CURRENT: Cell<Option<Correlation>> = const { Cell::new(None) };
}

/// What the lines of a request have in common. Small, and without memory of its own: every request has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Correlation {
    /// The request's id.
    pub request_id: RequestId,
    /// Where the request stands in its caller's trace, if the caller said so.
    pub trace: Option<Trace>,
}

impl Correlation {
    /// That of the request which this thread is working for.
    #[must_use]
    pub fn current() -> Option<Self> {
        CURRENT.get()
    }

    /// Makes it the current one of this thread, until what is returned is dropped.
    #[must_use]
    pub fn enter(self) -> Entered {
        Entered { before: CURRENT.replace(Some(self)), on_this_thread: PhantomData }
    }
}

/// For as long as it lives, a [`Correlation`] is the current one of the thread.
#[derive(Debug)]
pub struct Entered {
    before: Option<Correlation>,
    on_this_thread: PhantomData<*const ()>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.before);
    }
}

/// The id of a request: 1 to 64 letters, digits and `-._~+/=:@`, all of ASCII and all legal in a URI.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RequestId {
    bytes: [u8; Self::LONGEST],
    length: usize,
}

impl RequestId {
    /// Characters at most.
    pub const LONGEST: usize = 64;

    /// The id that a caller gave its request; none where that is empty, too long, or has other characters.
    #[must_use]
    pub fn parse(text: &[u8]) -> Option<Self> {
        let legal = |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~+/=:@".contains(byte);
        if text.is_empty() || !text.iter().all(legal) {
            return None;
        }
        let mut bytes = [0; Self::LONGEST];
        bytes.get_mut(..text.len())?.copy_from_slice(text);
        Some(Self { bytes, length: text.len() })
    }

    /// The id whose 32 hexadecimal digits stand for this number.
    #[must_use]
    pub fn from_number(number: u128) -> Self {
        let mut bytes = [0; Self::LONGEST];
        let mut length = 0;
        for (byte, shift) in bytes.iter_mut().zip((0..u128::BITS).step_by(4).rev()) {
            *byte = b"0123456789abcdef"[(number >> shift) as usize & 0xf];
            length += 1;
        }
        Self { bytes, length }
    }

    /// The id.
    #[must_use]
    pub fn as_str(&self) -> &str {
        ascii(self.bytes.get(..self.length).unwrap_or_default())
    }
}

/// A place in a distributed trace, by W3C Trace Context.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trace {
    trace_id: [u8; 32],
    span_id: [u8; 16],
}

impl Trace {
    /// Reads a `traceparent` header as <https://www.w3.org/TR/trace-context/#traceparent-header> says; none where it is
    /// malformed. Of a version later than 00 it takes what that version must have in common with 00.
    #[must_use]
    pub fn parse(traceparent: &[u8]) -> Option<Self> {
        // Version, trace id, parent id and flags: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".
        let (version, rest) = field::<2>(traceparent)?;
        let (trace_id, rest) = field::<32>(rest.strip_prefix(b"-")?)?;
        let (span_id, rest) = field::<16>(rest.strip_prefix(b"-")?)?;
        let (_flags, rest) = field::<2>(rest.strip_prefix(b"-")?)?;
        let ends_well = match &version {
            b"ff" => false,
            b"00" => rest.is_empty(),
            _ => rest.is_empty() || rest.starts_with(b"-"),
        };
        let is_set = |id: &[u8]| id.iter().any(|digit| *digit != b'0');
        (ends_well && is_set(&trace_id) && is_set(&span_id)).then_some(Self { trace_id, span_id })
    }

    /// The id of the whole trace: 32 hexadecimal digits.
    #[must_use]
    pub fn trace_id(&self) -> &str {
        ascii(&self.trace_id)
    }

    /// The caller's own part of it, which the request belongs to (`parent-id`): 16 hexadecimal digits.
    #[must_use]
    pub fn span_id(&self) -> &str {
        ascii(&self.span_id)
    }
}

/// The first `N` bytes, which must be lower-case hexadecimal digits, and the rest.
fn field<const N: usize>(text: &[u8]) -> Option<([u8; N], &[u8])> {
    let (digits, rest) = text.split_first_chunk::<N>()?;
    let legal = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    digits.iter().all(legal).then_some((*digits, rest))
}

/// Bytes that were looked at when they came in.
fn ascii(bytes: &[u8]) -> &str {
    str::from_utf8(bytes).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(b"8d2f6c1e-1f0b-4a5e-9c3d-2b7a90e1c455", true)] // a UUID
    #[case(b"01JD8Z0Q9J6W3M5X7T2V4B1N8K", true)] // a ULID
    #[case(b"aGVsbG8gd29ybGQ=", true)]
    #[case(b"a", true)]
    #[case(&[b'a'; 64], true)]
    #[case(&[b'a'; 65], false)]
    #[case(b"", false)]
    #[case(b"two words", false)]
    #[case(b"a\nlevel=ERROR", false)]
    #[case(b"a\"b", false)]
    #[case(b"<script>", false)]
    #[case(b"a%0a", false)]
    #[case("caf\u{e9}".as_bytes(), false)]
    #[case(b"\xff", false)]
    fn an_id_is_short_and_plain(#[case] text: &[u8], #[case] taken: bool) {
        let id = RequestId::parse(text);
        assert_eq!(id.as_ref().map(|id| id.as_str().as_bytes()), taken.then_some(text));
    }

    #[test]
    fn a_number_is_an_id_of_32_digits() {
        assert_eq!(RequestId::from_number(0xfe_dc).as_str(), "0000000000000000000000000000fedc");
        assert_eq!(RequestId::from_number(u128::MAX).as_str(), "f".repeat(32));
        assert!(RequestId::parse(RequestId::from_number(7).as_str().as_bytes()).is_some());
    }

    // The first two are the examples of the recommendation, 3.2.2.5; the others break one of its rules each.
    #[rstest]
    #[case("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true)]
    #[case("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00", true)]
    #[case("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", true)]
    #[case("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-will-be", true)]
    #[case("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.what-will-be", false)]
    #[case("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what-will-be", false)]
    #[case("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-", false)]
    #[case("ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false)]
    #[case("0-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false)]
    #[case("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false)]
    #[case("00-00000000000000000000000000000000-00f067aa0ba902b7-01", false)]
    #[case("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false)]
    #[case("00-4bf92f3577b34da6a3ce929d0e0e473-00f067aa0ba902b7-01", false)]
    #[case("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-1", false)]
    #[case("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0g", false)]
    #[case("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7", false)]
    #[case("00_4bf92f3577b34da6a3ce929d0e0e4736_00f067aa0ba902b7_01", false)]
    #[case("", false)]
    fn a_traceparent_is_read_as_the_recommendation_says(#[case] header: &str, #[case] taken: bool) {
        let trace = Trace::parse(header.as_bytes());
        let ids = trace.as_ref().map(|trace| (trace.trace_id(), trace.span_id()));
        assert_eq!(ids, taken.then_some(("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7")));
    }

    #[test]
    fn one_within_another_ends_before_it() {
        let of = |id: &[u8]| Correlation { request_id: RequestId::parse(id).unwrap(), trace: None };
        assert_eq!(Correlation::current(), None);
        let outer = of(b"outer").enter();
        let inner = of(b"inner").enter();
        assert_eq!(Correlation::current(), Some(of(b"inner")));
        drop(inner);
        assert_eq!(Correlation::current(), Some(of(b"outer")));
        assert_eq!(std::thread::spawn(Correlation::current).join().unwrap(), None);
        drop(outer);
        assert_eq!(Correlation::current(), None);
    }
}
