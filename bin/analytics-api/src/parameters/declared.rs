//! A parameter of a query or a path, declared once: what it is parsed by is what the OpenAPI document tells of it.

use std::ops::RangeInclusive;

use serde_json::json;
use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::Object;
use utoipa::openapi::{KnownFormat, ObjectBuilder, Required, SchemaFormat, Type};

/// A parameter. One of the query may be left out.
pub(crate) trait Declared: Sync {
    /// Its name in the query or in the path.
    fn name(&self) -> &'static str;

    /// What it means, in Markdown.
    fn about(&self) -> &'static str;

    /// What is legal.
    fn schema(&self) -> Object;

    /// A value to try, if it is a part of the path.
    fn in_path(&self) -> Option<String> {
        None
    }

    /// All of it, for the document. Its example stands in the schema: beside it, Swagger UI would enter it into every
    /// request.
    fn describe(&self) -> Parameter {
        let (place, required) = match self.in_path() {
            Some(_) => (ParameterIn::Path, Required::True),
            None => (ParameterIn::Query, Required::False),
        };
        ParameterBuilder::new()
            .name(self.name())
            .parameter_in(place)
            .required(required)
            .description(Some(self.about()))
            .schema(Some(self.schema()))
            .build()
    }
}

/// A date, such as 2026-01-31.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Date {
    /// Its name in the query.
    pub(crate) name: &'static str,
    /// What it means, in Markdown.
    pub(crate) about: &'static str,
    /// A value to try.
    pub(crate) example: &'static str,
}

/// A whole number.
#[derive(Clone, Debug)]
pub(crate) struct Number {
    /// Its name in the query.
    pub(crate) name: &'static str,
    /// What it means, in Markdown.
    pub(crate) about: &'static str,
    /// The least and the greatest.
    pub(crate) legal: RangeInclusive<u32>,
    /// What holds when it is left out.
    pub(crate) default: u32,
    /// Whether another default holds beside some other parameter, as the text says. The schema then names none: whoever
    /// fills it in for the user, as Swagger UI does, would take that other one away.
    pub(crate) default_varies: bool,
}

/// A whole number that stands in the path.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Id {
    /// Its name in the path.
    pub(crate) name: &'static str,
    /// What it means, in Markdown.
    pub(crate) about: &'static str,
    /// A value to try.
    pub(crate) example: i64,
}

/// One of some words, each of which stands for something.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choice<T: 'static> {
    /// Its name in the query.
    pub(crate) name: &'static str,
    /// What it means, in Markdown.
    pub(crate) about: &'static str,
    /// The words.
    pub(crate) legal: &'static [(&'static str, T)],
    /// What holds when it is left out, which may have no word.
    pub(crate) default: T,
}

impl Declared for Date {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn schema(&self) -> Object {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
            // The years that a DATE column can hold.
            .pattern(Some("^[1-9][0-9]{3}-[0-9]{2}-[0-9]{2}$"))
            .examples([json!(self.example)])
            .build()
    }
}

impl Declared for Number {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn schema(&self) -> Object {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int32)))
            .minimum(Some(*self.legal.start()))
            .maximum(Some(*self.legal.end()))
            .default((!self.default_varies).then(|| json!(self.default)))
            .examples([json!(self.default)])
            .build()
    }
}

impl Declared for Id {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn schema(&self) -> Object {
        ObjectBuilder::new()
            .schema_type(Type::Integer)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Int64)))
            .examples([json!(self.example)])
            .build()
    }

    fn in_path(&self) -> Option<String> {
        Some(self.example.to_string())
    }
}

impl<T: PartialEq + Sync> Declared for Choice<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn about(&self) -> &'static str {
        self.about
    }

    fn schema(&self) -> Object {
        let default = self.legal.iter().find(|(_, choice)| *choice == self.default);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(self.legal.iter().map(|(word, _)| *word)))
            .default(default.map(|(word, _)| json!(word)))
            .examples(self.legal.last().map(|(word, _)| json!(word)))
            .build()
    }
}
