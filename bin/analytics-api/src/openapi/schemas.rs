//! Schemas of what answers are made of, where no struct or enum of the API tells them.

use serde_json::json;
use utoipa::openapi::schema::{ObjectBuilder, Schema};
use utoipa::openapi::{RefOr, Type};
use utoipa::{PartialSchema, ToSchema};

/// A decimal number with two places, as a string: what `domain::money::Money` serialises as.
pub(crate) struct Decimal;

impl PartialSchema for Decimal {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .pattern(Some(r"^-?[0-9]+\.[0-9]{2}$"))
            .description(Some(
                "An exact decimal number with two places, as a string so that no reader rounds it. Money is in \
                 `meta.currency`. Parse it as a decimal, not as a float, where sums must agree.",
            ))
            .examples([json!("2410.75")])
            .into()
    }
}

impl ToSchema for Decimal {}

/// A string that is one of `words`.
pub(crate) fn enumeration(words: impl IntoIterator<Item = &'static str>) -> Schema {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
}

/// Declares the schema of a string that is one of some words, where the words come from elsewhere: what a field of type
/// `String` is described by.
macro_rules! words {
    ($(#[$about:meta])* $name:ident: $words:expr) => {
        $(#[$about])*
        struct $name;

        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                $crate::openapi::enumeration($words).into()
            }
        }

        impl utoipa::ToSchema for $name {}
    };
}

pub(crate) use words;
