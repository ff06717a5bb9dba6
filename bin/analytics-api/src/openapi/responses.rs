//! The answers of each path: bodies, headers, and the problems that it refers to.

use serde_json::{Value, json};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::example::{Example, ExampleBuilder};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::schema::{AllOfBuilder, ObjectBuilder, OneOfBuilder, Schema};
use utoipa::openapi::{Header, Ref, RefOr, Response, ResponseBuilder, Responses, ResponsesBuilder, Type};

use super::access::Access;
use super::endpoint::{Body, Described, Figures, Page, Schemas, Shared};
use super::problems;
use crate::csv::{Table, csv};
use crate::meta::Meta;
use crate::routes::ANALYTICS;

/// The member that every answer with figures has beside them.
const META: &str = "meta";

/// The answers of a path with figures.
///
/// # Errors
/// If an example is no JSON.
pub(super) fn of_figures(
    endpoint: &Figures,
    access: Access,
    schemas: &mut Schemas,
) -> serde_json::Result<Responses> {
    let mut answers: Vec<RefOr<Schema>> =
        endpoint.answers.iter().map(|answer| with_meta(answer, schemas)).collect();
    let schema = match answers.pop() {
        Some(only) if answers.is_empty() => only,
        last => answers.into_iter().chain(last).fold(OneOfBuilder::new(), OneOfBuilder::item).into(),
    };
    let mut json = ContentBuilder::new().schema(Some(schema));
    let mut sheet = ContentBuilder::new().schema(Some(sheet(endpoint.tables)));
    for example in endpoint.examples {
        let value: Value = serde_json::from_str(example.answer)?;
        let asked = format!("GET {ANALYTICS}{}", endpoint.asked(example));
        let as_csv = csv(&value, endpoint.tables).ok().and_then(|bytes| String::from_utf8(bytes).ok());
        sheet = sheet.examples_from_iter(as_csv.map(|text| (example.name, shown(&asked, json!(text)))));
        json = json.examples_from_iter([(example.name, shown(&asked, value))]);
    }
    let answer = ResponseBuilder::new()
        .description("The figures, and in `meta` what they were made from.")
        .content("application/json", json.build())
        .content("text/csv", sheet.build())
        .header("Age", age());
    let refusals = problems::refusals(access);
    let shared = [Shared::NotFound, Shared::InvalidParameter, Shared::InternalError, Shared::Unavailable];
    let responses = ResponsesBuilder::new()
        .response("200", to_be_kept(answer).build())
        .response("304", not_modified())
        .responses_from_iter(refusals)
        .responses_from_iter(shared.map(Shared::reply));
    Ok(responses.build())
}

/// The answers of another path.
///
/// # Errors
/// If an example is no JSON.
pub(super) fn of_page(page: &Page, access: Access, schemas: &mut Schemas) -> serde_json::Result<Responses> {
    let mut responses = ResponsesBuilder::new();
    for reply in page.replies {
        let response = ResponseBuilder::new().description(reply.about);
        let response: RefOr<Response> = match &reply.body {
            Body::Json(described, example) => {
                let schema = described.add_to(schemas);
                let value = serde_json::from_str(example)?;
                let content = ContentBuilder::new().schema(Some(schema));
                let asked = format!("GET {}", page.path);
                let content = content.examples_from_iter([("answer", shown(&asked, value))]);
                response.content("application/json", content.build()).build().into()
            }
            Body::KeptJson => {
                let schema = ObjectBuilder::new().schema_type(Type::Object);
                let content = ContentBuilder::new().schema(Some(schema)).build();
                to_be_kept(response.content("application/json", content)).build().into()
            }
            Body::Text(media_type) => {
                let schema = ObjectBuilder::new().schema_type(Type::String);
                let content = ContentBuilder::new().schema(Some(schema)).build();
                response.content(*media_type, content).build().into()
            }
            Body::Problem(shared) => shared.reply().1,
            Body::NotModified => not_modified().into(),
        };
        responses = responses.response(reply.status, response);
    }
    if page.is_closed {
        responses = responses.responses_from_iter(problems::refusals(access));
    }
    Ok(responses.build())
}

impl Described {
    /// Adds the schema and all that it refers to, and refers to it.
    pub(super) fn add_to(&self, schemas: &mut Schemas) -> RefOr<Schema> {
        self.add(schemas, (self.schema)())
    }

    fn add(&self, schemas: &mut Schemas, schema: RefOr<Schema>) -> RefOr<Schema> {
        (self.others)(schemas);
        let name = self.name();
        let reference = Ref::from_schema_name(name.as_ref());
        schemas.push((name.into_owned(), schema));
        reference.into()
    }
}

/// As [`Described::add_to`], with the meta that stands beside the figures.
fn with_meta(described: &Described, schemas: &mut Schemas) -> RefOr<Schema> {
    let meta = Described::of::<Meta<'_>>().add_to(schemas);
    let beside = ObjectBuilder::new().property(META, meta).required(META);
    let schema = match (described.schema)() {
        RefOr::T(Schema::Object(mut object)) => {
            let beside = beside.build();
            object.properties.extend(beside.properties);
            object.required.extend(beside.required);
            RefOr::T(Schema::Object(object))
        }
        other => AllOfBuilder::new().item(other).item(beside).into(),
    };
    described.add(schemas, schema)
}

/// A table, with its columns: nothing else in the document tells of them.
fn sheet(tables: &[Table]) -> ObjectBuilder {
    let rows = |table: &Table| {
        let is_rest = || tables.iter().any(|other| other.list == table.list && other.beside.is_some());
        let of = match (table.each, table.beside) {
            (Some(each), _) => format!("each of the `{each}` of each of `{}`", table.list),
            (None, Some(beside)) => format!("each of `{}` where there is a `{beside}`", table.list),
            (None, None) if is_rest() => format!("each of `{}` otherwise", table.list),
            (None, None) => format!("each of `{}`", table.list),
        };
        let columns: Vec<String> = table.headings().map(|heading| format!("`{heading}`")).collect();
        format!("A line for {of}: {}.", columns.join(", "))
    };
    let inside = tables.iter().flat_map(|table| table.columns).find_map(|column| column.split_once('.'));
    let inside = inside
        .map(|(outer, inner)| format!(", `{outer}_{inner}` being `{inner}` in `{outer}`"))
        .unwrap_or_default();
    let lines: Vec<String> = tables.iter().map(rows).collect();
    let about = format!(
        "The list of the JSON answer as a table (RFC 4180), below a line of headings; without the rest of it and without \
         `meta`. A column is the member of that name{inside}; null is an empty cell. A text that a spreadsheet would run \
         as a formula has `'` before it.\n\n{}",
        lines.join("\n\n")
    );
    ObjectBuilder::new().schema_type(Type::String).description(Some(about))
}

fn shown(asked: &str, value: Value) -> Example {
    ExampleBuilder::new().summary(asked).value(Some(value)).build()
}

/// What lets a client keep an answer and ask whether it is still the same.
fn to_be_kept(response: ResponseBuilder) -> ResponseBuilder {
    let etag = "A digest of the bytes as they are sent: ask again with it in `If-None-Match`.";
    response
        .header("ETag", header(etag, Type::String, json!("\"5f70bf18a086007016e948b04aed3b82\"")))
        .header(
            "Cache-Control",
            header("Keep it, and ask each time.", Type::String, json!("private, no-cache")),
        )
        .header(
            "Vary",
            header("What it differs by.", Type::String, json!("accept, accept-encoding, authorization")),
        )
}

fn not_modified() -> Response {
    let about = "What the client holds, as its `If-None-Match` tells, is still the answer. There is no body.";
    to_be_kept(ResponseBuilder::new().description(about)).build()
}

/// Adds the header that every answer has.
pub(super) fn add_request_id<'a>(responses: impl Iterator<Item = &'a mut RefOr<Response>>) {
    let about = "The request's id: the one that it came with, or a new one. Give it when you report a fault.";
    for response in responses {
        if let RefOr::T(response) = response {
            let header = header(about, Type::String, json!("panel-0042"));
            response.headers.insert("X-Request-Id".to_owned(), header.into());
        }
    }
}

fn age() -> Header {
    let about = "Seconds since the database last confirmed the answer; only while it does not answer.";
    header(about, Type::Integer, json!(12))
}

fn header(about: &str, kind: Type, example: Value) -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(kind)))
        .description(Some(about))
        .example(Some(example))
        .build()
}
