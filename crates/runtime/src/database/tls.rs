//! TLS in MySQL's words, over rustls.
//!
//! rustls knows no certificate without a subjectAltName: one that names its host in the common name alone, as those
//! do that MySQL makes for itself, can be used by `required` but not be verified.

use std::io;

use mysql_async::{DriverError, Error, IoError, SslOpts};
use rustls::CertificateError;

use crate::settings::{DatabaseSettings, SslMode};

/// The options of the driver; none for no TLS.
pub(super) fn options(settings: &DatabaseSettings) -> Option<SslOpts> {
    let only_our_authority = |options: SslOpts| match &settings.ssl_ca {
        Some(path) => options.with_root_certs(vec![path.clone().into()]).with_disable_built_in_roots(true),
        None => options,
    };
    match settings.ssl_mode {
        SslMode::Disabled => None,
        SslMode::Preferred | SslMode::Required => {
            Some(SslOpts::default().with_danger_accept_invalid_certs(true))
        }
        SslMode::VerifyCa | SslMode::VerifyIdentity => Some(only_our_authority(SslOpts::default())),
    }
}

/// What went wrong in TLS, if that is what this error is about.
pub(super) fn failure(error: &io::Error) -> Option<String> {
    let failure = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    Some(match name_mismatch(failure) {
        Some([]) => {
            "the server's certificate names no host (it has no subjectAltName), so it cannot be verified; \
                     have one issued that does"
                .to_owned()
        }
        _ => failure.to_string(),
    })
}

/// Whether a connection without TLS is what `preferred` falls back to after this error.
pub(super) fn is_unavailable(error: &Error) -> bool {
    match error {
        Error::Driver(DriverError::NoClientSslFlagFromServer) | Error::Io(IoError::Tls(_)) => true,
        Error::Io(IoError::Io(error)) => failure(error).is_some(),
        _ => false,
    }
}

/// A host that the server's certificate is valid for, where the chain was found good and only the host was not the
/// one we asked for: the chain is verified before the name. Asking again for that host is what `verify_ca` means;
/// the driver's own switch for it does not know how rustls words this error.
pub(super) fn vouched_for(error: &Error) -> Option<String> {
    let Error::Io(IoError::Io(error)) = error else { return None };
    let failure = error.get_ref()?.downcast_ref::<rustls::Error>()?;
    name_mismatch(failure)?.iter().find_map(|name| host_in(name))
}

fn name_mismatch(failure: &rustls::Error) -> Option<&[String]> {
    match failure {
        rustls::Error::InvalidCertificate(CertificateError::NotValidForNameContext { presented, .. }) => {
            Some(presented)
        }
        _ => None,
    }
}

/// The host in a name as rustls shows it: `DnsName("db.example.com")` or `IpAddress(127.0.0.1)`.
fn host_in(presented: &str) -> Option<String> {
    let (kind, rest) = presented.split_once('(')?;
    let name = rest.strip_suffix(')')?.trim_matches('"');
    match kind {
        // Any host will do for a pattern.
        "DnsName" => Some(name.replacen('*', "any", 1)),
        "IpAddress" => Some(name.to_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_found_in_the_names_of_a_certificate() {
        assert_eq!(host_in("DnsName(\"db.example.com\")").as_deref(), Some("db.example.com"));
        assert_eq!(host_in("DnsName(\"*.example.com\")").as_deref(), Some("any.example.com"));
        assert_eq!(host_in("IpAddress(127.0.0.1)").as_deref(), Some("127.0.0.1"));
        assert_eq!(host_in("DirectoryName"), None);
    }
}
