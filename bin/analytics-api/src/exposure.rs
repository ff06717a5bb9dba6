//! Whether the API may listen where it is told to.

use std::net::IpAddr;

use runtime::settings::AuthMode;

/// Something would be open to other machines without anyone having said that it should be.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Exposed {
    /// The API, on this address.
    #[error(
        "SERVER__HOST is {0}, which other machines can reach, and nobody has said who may call: \
         set AUTH__MODE=token and AUTH__TOKENS_FILE, or AUTH__MODE=jwt and AUTH__JWKS_FILE; \
         or AUTH__MODE=none if whoever can reach it may, as behind a proxy that checks who calls; or SERVER__HOST=127.0.0.1"
    )]
    Api(IpAddr),
    /// The metrics, on this address.
    #[error(
        "SERVER__METRICS_PORT shows the metrics to whoever can reach {0}, which is SERVER__HOST, without a token: \
         set SERVER__METRICS_HOST={0} if they may, or SERVER__METRICS_HOST=127.0.0.1"
    )]
    Metrics(IpAddr),
}

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
        (false, None) => return Err(Exposed::Api(host)),
    }
    Ok(())
}

/// Says in the log how open the metrics are that have a port of their own, where no token is asked for. `named` is the
/// address that was set for them and for nothing else.
///
/// # Errors
/// If they would be open to other machines and nobody has said that they should be.
pub(crate) fn judge_metrics(
    host: IpAddr,
    named: Option<IpAddr>,
    mode: Option<&AuthMode>,
) -> Result<(), Exposed> {
    if host.to_canonical().is_loopback() {
        log::info!("the metrics are open to every program on this machine");
    } else if named.is_some() || matches!(mode, Some(AuthMode::None)) {
        log::warn!("the metrics are open to whoever can reach {host}");
    } else {
        return Err(Exposed::Metrics(host));
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

    #[rstest]
    #[case("127.0.0.1", false, false, true)]
    #[case("::1", false, false, true)]
    #[case("0.0.0.0", false, false, false)]
    #[case("10.1.2.3", false, false, false)]
    #[case("0.0.0.0", true, false, true)]
    #[case("0.0.0.0", false, true, true)]
    fn open_metrics_stay_on_loopback_unless_told(
        #[case] host: &str,
        #[case] is_named: bool,
        #[case] is_open: bool,
        #[case] may: bool,
    ) {
        let host = host.parse().unwrap();
        let tokens = AuthMode::Token(Secret::File("/tokens".into()));
        let mode = if is_open { AuthMode::None } else { tokens };
        assert_eq!(judge_metrics(host, is_named.then_some(host), Some(&mode)).is_ok(), may);
    }
}
