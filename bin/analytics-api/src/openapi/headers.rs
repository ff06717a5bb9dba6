//! The headers that a request may bring, beside the one that shows who is calling.
//!
//! No bounds are told of them: one that cannot be used is passed over, and its request is answered all the same.
//! `Accept` is not among them, since OpenAPI has readers ignore a parameter of that name: the media types of the answers
//! say what it may ask for.

use std::collections::BTreeMap;

use utoipa::openapi::path::{OperationBuilder, Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::ObjectBuilder;
use utoipa::openapi::{Ref, RefOr, Required, Type};

/// A header: its name, what it means, and a value to try.
struct Known {
    name: &'static str,
    about: &'static str,
    example: &'static str,
}

const REQUEST_ID: Known = Known {
    name: "X-Request-Id",
    about: "A name for the request: its answer has it too, and so do its lines in the service's log. 1 to 64 letters, \
            digits and `-._~+/=:@`; instead of any other it gets one of the service's making.",
    example: "panel-0042",
};

const TRACEPARENT: Known = Known {
    name: "traceparent",
    about: "The place in a distributed trace, as W3C Trace Context has it: the request's lines in the service's log \
            tell its ids.",
    example: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
};

const IF_NONE_MATCH: Known = Known {
    name: "If-None-Match",
    about: "The `ETag` of an answer that the client holds, or several, or `*`: while it is still the answer, there is \
            304 and no body.",
    example: "\"5f70bf18a086007016e948b04aed3b82\"",
};

/// The headers, by the names that operations refer to them by.
pub(super) fn components() -> BTreeMap<String, RefOr<Parameter>> {
    let component = |header: &Known| (header.name.to_owned(), parameter(header).into());
    [REQUEST_ID, TRACEPARENT, IF_NONE_MATCH].iter().map(component).collect()
}

/// Adds the headers that a request may bring: each those of the log, and `If-None-Match` where answers `may_be_kept`.
pub(super) fn add_to(operation: OperationBuilder, may_be_kept: bool) -> OperationBuilder {
    let headers = [&REQUEST_ID, &TRACEPARENT].into_iter().chain(may_be_kept.then_some(&IF_NONE_MATCH));
    headers.fold(operation, |operation, header| operation.parameter_ref(reference(header)))
}

fn reference(header: &Known) -> Ref {
    Ref::new(format!("#/components/parameters/{}", header.name))
}

/// Its example stands in the schema: beside it, Swagger UI would send it with every request.
fn parameter(header: &Known) -> Parameter {
    let schema = ObjectBuilder::new().schema_type(Type::String).examples([header.example]);
    ParameterBuilder::new()
        .name(header.name)
        .parameter_in(ParameterIn::Header)
        .required(Required::False)
        .description(Some(header.about))
        .schema(Some(schema))
        .build()
}
