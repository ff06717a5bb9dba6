//! The OpenAPI document: what `/openapi.json` answers, made from the routes themselves.
//!
//! - `endpoint` is what a route must tell of itself; no route is added without.
//! - Parameters are described by what parses them (`parameters::Declared`), answers by the structs that are
//!   serialised, and errors by the problems that are sent.
//! - `headers` are those that any request may bring.
//! - `document` puts them together, for the way in which callers are told apart here.
//!
//! **Invariant:** nothing here is told twice. What a route does and what the document says of it come from the same
//! constant or the same type.

mod access;
mod document;
mod endpoint;
mod headers;
mod problems;
mod responses;
mod schemas;

pub use self::access::Access;
pub use self::document::document;
pub(crate) use self::endpoint::{Body, Described, Example, Figures, Page, Reply, Shared, Tag};
pub(crate) use self::schemas::{Decimal, enumeration, words};
