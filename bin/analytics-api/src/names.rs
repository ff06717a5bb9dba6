//! The name that a request says it is for: its `Host`.
//!
//! A browser sends there the name that its page came from. Whoever owns a domain can let a name of it lead to 127.0.0.1,
//! and a page of that name then reads whatever is answered here: to the browser it is the page's own site (DNS
//! rebinding). So where only programs of this machine are meant and nobody is asked who calls, a name that somebody could
//! own is not answered to.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::http::header::{HOST, HeaderMap};
use runtime::settings::AuthMode;

use crate::problem::{Kind, Problem};

/// The names that are answered to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Names {
    /// Whatever a request is for.
    Any,
    /// IP addresses, and names that nobody else can own.
    Own,
}

impl Names {
    /// Those of a server that asks nobody who calls, on this address. Whoever says `AUTH__MODE=none` means everybody.
    pub(crate) fn unless_open_to_all(host: IpAddr, mode: Option<&AuthMode>) -> Self {
        let is_shut_in = host.to_canonical().is_loopback() && !matches!(mode, Some(AuthMode::None));
        if is_shut_in { Self::Own } else { Self::Any }
    }

    /// What a request is told that is for no name, or for one that is not answered to; none if it may go on.
    pub(crate) fn refuse(self, headers: &HeaderMap) -> Option<Problem> {
        // HTTP/1.1 requires one, and whether there is has been seen to. No browser speaks HTTP/1.0.
        let host = headers.get(HOST)?.as_bytes();
        if !host.iter().copied().all(may_stand_in_a_host) {
            return Some(Problem::new(
                Kind::MalformedRequest,
                "The Host of the request is no name. Send that of the service, and its port.",
            ));
        }
        (self == Self::Own && !is_own(host)).then(misdirected)
    }
}

/// What is told to whoever asks by another name.
pub(crate) fn misdirected() -> Problem {
    Problem::new(
        Kind::MisdirectedRequest,
        "The service asks nobody who calls, and so answers to no domain's name: ask by 127.0.0.1 or localhost. Where \
         callers by other names may read, as those of a proxy, AUTH__MODE says who: none, if everybody may.",
    )
}

/// Bytes of a host and a port, as RFC 3986 has them.
fn may_stand_in_a_host(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~%!$&'()*+,;=:[]".contains(&byte)
}

/// Whether this is an IP address or a name that cannot be registered: one without a dot, or below `localhost`.
fn is_own(host: &[u8]) -> bool {
    let Ok(host) = std::str::from_utf8(host) else { return false };
    if let Some(literal) = host.strip_prefix('[') {
        return literal.split_once(']').is_some_and(|(address, _)| address.parse::<Ipv6Addr>().is_ok());
    }
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let labels = name.strip_suffix('.').unwrap_or(name);
    match labels.rsplit_once('.') {
        None => true,
        Some((_, last)) => last.eq_ignore_ascii_case("localhost") || name.parse::<IpAddr>().is_ok(),
    }
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::HeaderValue;
    use rstest::rstest;

    use super::*;

    fn refused(names: Names, host: &[u8]) -> Option<Kind> {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_bytes(host).unwrap());
        names.refuse(&headers).map(|problem| problem.kind())
    }

    #[rstest]
    #[case("127.0.0.1:8087", true)]
    #[case("[::1]:8087", true)]
    #[case("192.168.1.20", true)]
    #[case("localhost:8087", true)]
    #[case("LOCALHOST.", true)]
    #[case("panel.localhost", true)]
    #[case("api:80", true)]
    #[case("", true)]
    #[case("evil.example", false)]
    #[case("evil.example.:8087", false)]
    #[case("127.0.0.1.evil.example", false)]
    #[case("localhost.evil.example:8087", false)]
    #[case("notlocalhost.example", false)]
    #[case("[evil.example]", false)]
    #[case("[::1", false)]
    fn a_name_that_somebody_could_own_is_not_ones_own(#[case] host: &str, #[case] is_own: bool) {
        assert_eq!(
            refused(Names::Own, host.as_bytes()),
            (!is_own).then_some(Kind::MisdirectedRequest),
            "{host}"
        );
        assert_eq!(refused(Names::Any, host.as_bytes()), None, "{host}");
    }

    #[rstest]
    #[case(b"a b")]
    #[case(b"a, b")]
    #[case(b"a/b")]
    #[case(b"user@a")]
    #[case(b"a?b")]
    #[case(b"\xe9")]
    fn what_is_no_name_is_malformed(#[case] host: &[u8]) {
        for names in [Names::Any, Names::Own] {
            assert_eq!(refused(names, host), Some(Kind::MalformedRequest));
        }
    }

    #[rstest]
    #[case("127.0.0.1", None, Names::Own)]
    #[case("::1", None, Names::Own)]
    #[case("127.0.0.1", Some(AuthMode::None), Names::Any)]
    #[case("0.0.0.0", Some(AuthMode::None), Names::Any)]
    #[case("10.1.2.3", None, Names::Any)]
    fn whoever_opens_it_to_all_opens_it_to_all_names(
        #[case] host: &str,
        #[case] mode: Option<AuthMode>,
        #[case] names: Names,
    ) {
        assert_eq!(Names::unless_open_to_all(host.parse().unwrap(), mode.as_ref()), names);
    }
}
