//! What stands at a path, as the OpenAPI document tells it. A route cannot be added without one.

use std::borrow::Cow;

use utoipa::ToSchema;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;

use crate::csv::Table;
use crate::parameters::Declared;

/// Schemas by their names, as they are referred to.
pub(crate) type Schemas = Vec<(String, RefOr<Schema>)>;

/// A path under `/api/admin/analytics` that answers with figures.
pub(crate) struct Figures {
    /// Below the common prefix: `/summary`.
    pub(crate) path: &'static str,
    /// The name of the operation, by which generated clients call it.
    pub(crate) name: &'static str,
    /// The group that it is shown in.
    pub(crate) tag: Tag,
    /// What it answers, in a line.
    pub(crate) summary: &'static str,
    /// The rest of what a caller must know, in Markdown.
    pub(crate) description: &'static str,
    /// The parameters that it knows, but for `format`.
    pub(crate) parameters: &'static [&'static dyn Declared],
    /// What it answers with, one of these.
    pub(crate) answers: &'static [Described],
    /// What it answers with as CSV.
    pub(crate) tables: &'static [Table],
    /// Real answers.
    pub(crate) examples: &'static [Example],
}

impl Figures {
    /// What an example asks for, below the common prefix.
    pub(super) fn asked(&self, example: &Example) -> String {
        let fill = |path: String, parameter: &&dyn Declared| match parameter.in_path() {
            Some(value) => path.replace(&format!("{{{}}}", parameter.name()), &value),
            None => path,
        };
        self.parameters.iter().fold(self.path.to_owned(), fill) + example.query
    }
}

/// A path that answers with something else.
pub(crate) struct Page {
    /// The whole of it.
    pub(crate) path: &'static str,
    /// The name of the operation, by which generated clients call it.
    pub(crate) name: &'static str,
    /// The group that it is shown in.
    pub(crate) tag: Tag,
    /// What it answers, in a line.
    pub(crate) summary: &'static str,
    /// The rest of what a caller must know, in Markdown.
    pub(crate) description: &'static str,
    /// Whether callers must show who they are, where any must.
    pub(crate) is_closed: bool,
    /// Its answers, but for those to a caller who may not in.
    pub(crate) replies: &'static [Reply],
}

impl Page {
    /// Whether a client may keep an answer and ask whether it still holds.
    pub(super) fn may_be_kept(&self) -> bool {
        self.replies.iter().any(|reply| matches!(reply.body, Body::NotModified))
    }
}

/// What a page may answer.
pub(crate) struct Reply {
    /// The HTTP status.
    pub(crate) status: &'static str,
    /// When it is this.
    pub(crate) about: &'static str,
    /// What is sent.
    pub(crate) body: Body,
}

/// What a page sends.
pub(crate) enum Body {
    /// An object, and a real one.
    Json(Described, &'static str),
    /// An object of no schema of ours, which may be kept by its ETag.
    KeptJson,
    /// Text of this media type, which may be kept by its ETag where that is said.
    Text(&'static str),
    /// A problem that other paths have too.
    Problem(Shared),
    /// Nothing: what the caller holds is still good.
    NotModified,
}

/// A problem that several paths answer with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shared {
    /// 400
    Malformed,
    /// 404
    NotFound,
    /// 405
    MethodNotAllowed,
    /// 408
    TooSlow,
    /// 421
    Misdirected,
    /// 422
    InvalidParameter,
    /// 431
    TooLarge,
    /// 500
    InternalError,
    /// 503
    Unavailable,
}

/// A group of paths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    /// What was sold.
    Sales,
    /// What is expected, and how near that came.
    Forecast,
    /// What the batch did.
    Batch,
    /// The service itself.
    Service,
}

/// A real answer: a test asks for it and compares.
pub(crate) struct Example {
    /// By what it is told from the others.
    pub(crate) name: &'static str,
    /// The query, with its question mark; empty for none.
    pub(crate) query: &'static str,
    /// The answer.
    pub(crate) answer: &'static str,
}

/// A schema, to which the `meta` of an answer may be added, and all that it refers to.
pub(crate) struct Described {
    name: Named,
    pub(super) schema: fn() -> RefOr<Schema>,
    pub(super) others: fn(&mut Schemas),
}

#[derive(Clone, Copy)]
enum Named {
    ByType(fn() -> Cow<'static, str>),
    As(&'static str),
}

impl Described {
    /// What `T` serialises as.
    pub(crate) const fn of<T: ToSchema>() -> Self {
        Self { name: Named::ByType(T::name), schema: T::schema, others: T::schemas }
    }

    /// What `T` serialises as, which has `Of` as its parameter, by this name: there are several.
    pub(crate) const fn generic<T: ToSchema, Of: ToSchema>(name: &'static str) -> Self {
        let others = |schemas: &mut Schemas| {
            T::schemas(schemas);
            // The derived implementation leaves out what a parameter stands for.
            schemas.push((Of::name().into_owned(), Of::schema()));
            Of::schemas(schemas);
        };
        Self { name: Named::As(name), schema: T::schema, others }
    }

    /// Its name.
    pub(super) fn name(&self) -> Cow<'static, str> {
        match self.name {
            Named::ByType(name) => name(),
            Named::As(name) => Cow::Borrowed(name),
        }
    }
}

impl Tag {
    /// All of them, in the order in which they are shown.
    pub(super) const ALL: [Self; 4] = [Self::Sales, Self::Forecast, Self::Batch, Self::Service];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Sales => "Sales",
            Self::Forecast => "Forecast",
            Self::Batch => "Batch",
            Self::Service => "Service",
        }
    }

    pub(super) fn description(self) -> &'static str {
        match self {
            Self::Sales => "What was sold, by business day, hour and item.",
            Self::Forecast => "What is expected, and how near earlier forecasts came.",
            Self::Batch => "What the nightly run did, and which figures it changed.",
            Self::Service => "Whether the service is well, and what it has to tell about itself.",
        }
    }
}
