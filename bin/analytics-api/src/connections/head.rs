//! Where the head of a request ends, as far as that can be told without reading it: at its first empty line.
//!
//! What is taken for an end here and is none to the HTTP server only makes it look once more. No line is too strange, and
//! nothing is refused here.

/// How far a head has come.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// A line of it has come. Empty lines before that are none of its own.
    has_begun: bool,
    /// Something of the present line has come that can be seen.
    is_in_line: bool,
}

impl Head {
    /// Whether some of it has come before.
    pub(super) fn has_begun(&self) -> bool {
        self.has_begun || self.is_in_line
    }

    /// How many of these bytes, which follow on those before, belong to the head if it ends among them; what follows is
    /// then another's.
    pub(super) fn end(&mut self, bytes: &[u8]) -> Option<usize> {
        let mut length = 0;
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            length += line.len();
            self.is_in_line |= !matches!(line, b"\n" | b"\r\n" | b"\r");
            if line.last() != Some(&b'\n') {
                break;
            }
            let (was_in_line, had_begun) = (std::mem::take(&mut self.is_in_line), self.has_begun);
            self.has_begun |= was_in_line;
            if had_begun && !was_in_line {
                *self = Self::default();
                return Some(length);
            }
        }
        None
    }
}

/// How long the body is that follows a head, as far as the part of it that is at hand says; none if it does not say that
/// plainly, and if another protocol is asked for, which would go on without end.
pub(super) fn length_of_body(head: &[u8]) -> Option<usize> {
    if head.trim_ascii_start().starts_with(b"CONNECT ") {
        return None;
    }
    let mut length = 0;
    for line in head.split(|byte| *byte == b'\n') {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = line.split_at(colon);
        if name.eq_ignore_ascii_case(b"transfer-encoding") || name.eq_ignore_ascii_case(b"upgrade") {
            return None;
        }
        if name.eq_ignore_ascii_case(b"content-length") {
            let digits = value.get(1..)?.trim_ascii();
            length = std::str::from_utf8(digits).ok()?.parse().ok()?;
        }
    }
    Some(length)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::alone("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "")]
    #[case::followed("GET / HTTP/1.1\r\nHost: a\r\n\r\n", "GET")]
    #[case::without_fields("GET / HTTP/1.0\r\n\r\n", "\r\n\r\n")]
    #[case::with_bare_ends("GET / HTTP/1.1\nHost: a\n\n", "\n")]
    #[case::after_empty_lines("\r\n\n\r\nGET / HTTP/1.1\r\n\r\n", "x")]
    #[case::with_a_blank("GET / HTTP/1.1\r\n \r\nHost: a\r\n\r\n", "")]
    fn a_head_ends_at_its_first_empty_line(#[case] head: &str, #[case] next: &str) {
        let all = [head, next].concat();
        // However the network cuts it.
        for size in 1..=all.len() {
            let (mut scan, mut came) = (Head::default(), 0);
            let end = all.as_bytes().chunks(size).find_map(|part| {
                let end = scan.end(part);
                came += end.unwrap_or(part.len());
                end
            });
            assert_eq!(end.map(|_| came), Some(head.len()), "{size}");
        }
    }

    #[test]
    fn what_has_no_end_has_none() {
        for text in ["", "\r\n\r\n\r\n", "GET / HTTP/1.1\r\nHost: a\r\n", "GET / HTTP/1.1\r\r\r"] {
            assert_eq!(Head::default().end(text.as_bytes()), None, "{text:?}");
        }
    }

    #[rstest]
    #[case("POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\n", Some(3))]
    #[case("POST / HTTP/1.1\r\ncontent-LENGTH:30 \r\nHost: a\r\n\r\n", Some(30))]
    #[case("POST / HTTP/1.1\r\nContent-Length: 3\r\nTRANSFER-ENCODING: chunked\r\n\r\n", None)]
    #[case("POST / HTTP/1.1\r\nContent-Length: -3\r\n\r\n", None)]
    #[case("CONNECT api:80 HTTP/1.1\r\nHost: api\r\n\r\n", None)]
    #[case("GET / HTTP/1.1\r\nHost: api\r\nupgrade: websocket\r\n\r\n", None)]
    #[case("GET /?content-length=7 HTTP/1.1\r\nX: content-length: 3\r\n\r\n", Some(0))]
    fn a_body_is_as_long_as_its_head_says(#[case] head: &str, #[case] length: Option<usize>) {
        assert_eq!(length_of_body(head.as_bytes()), length);
    }
}
