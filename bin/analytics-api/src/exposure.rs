//! Whether the API may listen where it is told to.

use std::net::IpAddr;

use runtime::settings::AuthMode;

/// The API would be open to other machines without anyone having said that it should be.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "SERVER__HOST is {0}, which other machines can reach, and nobody has said who may call: \
     set AUTH__MODE=token and AUTH__TOKENS_FILE, or AUTH__MODE=jwt and AUTH__JWKS_FILE; \
     or AUTH__MODE=none if whoever can reach it may, as behind a proxy that checks who calls; or SERVER__HOST=127.0.0.1"
)]
pub struct Exposed(IpAddr);

/// Says in the log how open the API is.
///
/// # Errors
/// If it would be open to other machines and AUTH__MODE does not say so.
pub(crate) fn judge(host: IpAddr, mode: Option<&AuthMode>) -> Result<(), Exposed> {
    match (host.to_canonical().is_loopback(), mode) {
        (_, Some(AuthMode::Token(_))) => log::info!("the API is open to callers with a token"),
        (_, Some(AuthMode::Jwt(_))) => log::info!("the API is open to callers with a JSON Web Token"),
        (true, None | Some(AuthMode::None)) => log::info!("the API is open to every program on this machine"),
        (false, Some(AuthMode::None)) => {
            log::warn!("AUTH__MODE is none: the API is open to whoever can reach {host}");
        }
        (false, None) => return Err(Exposed(host)),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use rstest::rstest;
    use runtime::settings::Secret;

    use super::*;

    #[rstest]
    #[case("127.0.0.1", None, true)]
    #[case("127.1.2.3", None, true)]
    #[case("::1", None, true)]
    #[case("::ffff:127.0.0.1", None, true)]
    #[case("0.0.0.0", None, false)]
    #[case("::", None, false)]
    #[case("10.1.2.3", None, false)]
    #[case("0.0.0.0", Some(AuthMode::None), true)]
    #[case("127.0.0.1", Some(AuthMode::None), true)]
    #[case("0.0.0.0", Some(AuthMode::Token(Secret::File("/tokens".into()))), true)]
    fn an_open_api_stays_on_loopback_unless_told(
        #[case] host: &str,
        #[case] mode: Option<AuthMode>,
        #[case] may: bool,
    ) {
        assert_eq!(judge(host.parse().unwrap(), mode.as_ref()).is_ok(), may);
    }
}
