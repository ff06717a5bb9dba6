//! What the settings of a database name by path: a mounted password, the certificate of an authority.

use std::path::{Path, PathBuf};

use secrecy::SecretString;

use super::super::section::{Field, Section};
use super::SslMode;

/// The password, from the variable or from the file that the other variable names.
pub(super) fn password(
    section: &mut Section<'_>,
    value: Field<String>,
    file: Field<PathBuf>,
) -> Option<SecretString> {
    let value = section.optional("PASSWORD", value, "the password");
    let Some(path) = section.optional("PASSWORD_FILE", file, "the path of a file") else {
        return value.map(SecretString::from);
    };
    if value.is_some() {
        let other = section.name("PASSWORD");
        section.refuse("PASSWORD_FILE", format_args!("is set, and so is {other}: keep one of them"));
        return None;
    }
    match std::fs::read_to_string(&path) {
        Ok(text) => {
            // Editors and `echo` end a file with a line break that is no part of the password.
            let password =
                text.strip_suffix('\n').map_or(text.as_str(), |line| line.strip_suffix('\r').unwrap_or(line));
            if password.is_empty() {
                section.refuse("PASSWORD_FILE", format_args!("names {}, which is empty", path.display()));
            }
            Some(SecretString::from(password))
        }
        Err(error) => {
            section.refuse(
                "PASSWORD_FILE",
                format_args!("names {}, which cannot be read: {error}", path.display()),
            );
            None
        }
    }
}

/// Notes what is wrong with the authorities that `mode` is to trust.
pub(super) fn check_ssl_ca(section: &mut Section<'_>, mode: SslMode, path: Option<&Path>) {
    match (path, mode) {
        (None, SslMode::VerifyCa) => section.refuse(
            "SSL_CA",
            "is not set, and SSL_MODE verify_ca needs it: name a PEM file with the certificate of the authority",
        ),
        (Some(path), SslMode::VerifyCa | SslMode::VerifyIdentity) => match std::fs::read_to_string(path) {
            Ok(text) if text.contains("-----BEGIN CERTIFICATE-----") => {}
            Ok(_) => {
                section.refuse("SSL_CA", format_args!("names {}, which holds no PEM certificate", path.display()));
            }
            Err(error) => {
                section.refuse("SSL_CA", format_args!("names {}, which cannot be read: {error}", path.display()));
            }
        },
        (Some(_), _) => section.refuse(
            "SSL_CA",
            "is set, and SSL_MODE does not verify: set SSL_MODE to verify_ca or verify_identity, or remove SSL_CA",
        ),
        (None, _) => {}
    }
}
