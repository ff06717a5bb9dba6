//! Puts the document together, route by route.

use std::collections::BTreeMap;

use actix_web::dev::Handler;
use actix_web::{FromRequest, Responder};
use utoipa::openapi::path::{HttpMethod, OperationBuilder};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    Components, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, PathItem, Paths, Responses,
};

use super::access::Access;
use super::endpoint::{Figures, Page, Schemas, Tag};
use super::{headers, problems, responses};
use crate::parameters::Declared as _;
use crate::routes::{ANALYTICS, FORMAT, Make, Register, every_route};

/// The whole document as JSON, for callers who show who they are in this way; with `/metrics` if it is `with` the other
/// paths.
///
/// # Errors
/// If an example is no JSON, which is a bug.
pub fn document(access: Access, with_metrics: bool) -> serde_json::Result<Vec<u8>> {
    let mut writer = Writer { access, paths: Paths::new(), schemas: Schemas::new(), failed: None };
    every_route(&mut writer, with_metrics);
    let document = writer.finish()?;
    serde_json::to_vec_pretty(&document)
}

/// As SPDX writes it.
const LICENSE: &str = env!("CARGO_PKG_LICENSE");

struct Writer {
    access: Access,
    paths: Paths,
    schemas: Schemas,
    failed: Option<serde_json::Error>,
}

impl Register for Writer {
    fn figures<M: Make + Copy + 'static>(&mut self, endpoint: &'static Figures, _: M) {
        let operation = OperationBuilder::new()
            .operation_id(Some(endpoint.name))
            .tag(endpoint.tag.name())
            .summary(Some(endpoint.summary))
            .description(Some(endpoint.description))
            .parameters(Some(endpoint.parameters.iter().map(|parameter| parameter.describe())))
            .parameter(FORMAT.describe())
            .securities(Some(self.access.requirement(true)));
        let operation = headers::add_to(operation, true);
        let responses = responses::of_figures(endpoint, self.access, &mut self.schemas);
        self.add(&format!("{ANALYTICS}{}", endpoint.path), operation, responses);
    }

    fn page<H, Arguments>(&mut self, page: &'static Page, _: H)
    where
        H: Handler<Arguments>,
        Arguments: FromRequest + 'static,
        H::Output: Responder + 'static,
    {
        let operation = OperationBuilder::new()
            .operation_id(Some(page.name))
            .tag(page.tag.name())
            .summary(Some(page.summary))
            .description(Some(page.description))
            .securities(Some(self.access.requirement(page.is_closed)));
        let operation = headers::add_to(operation, page.may_be_kept());
        let responses = responses::of_page(page, self.access, &mut self.schemas);
        self.add(page.path, operation, responses);
    }
}

impl Writer {
    fn add(&mut self, path: &str, operation: OperationBuilder, responses: serde_json::Result<Responses>) {
        match responses {
            Ok(mut responses) => {
                responses::add_request_id(responses.responses.values_mut());
                problems::add_to_all(self.access, &mut responses);
                let item = PathItem::new(HttpMethod::Get, operation.responses(responses));
                self.paths.paths.insert(path.to_owned(), item);
            }
            Err(error) => self.failed = Some(error),
        }
    }

    fn finish(mut self) -> serde_json::Result<OpenApi> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let mut components = Components::new();
        components.responses = problems::components(self.access, &mut self.schemas)?;
        responses::add_request_id(components.responses.values_mut());
        components.parameters = headers::components();
        components.schemas = BTreeMap::from_iter(self.schemas);
        components.security_schemes =
            self.access.scheme().map(|(name, scheme)| (name.to_owned(), scheme.into())).into_iter().collect();
        let info = InfoBuilder::new()
            .title("Restaurant analytics")
            .version(env!("CARGO_PKG_VERSION"))
            .description(Some(include_str!("description.md")))
            .license(Some(LicenseBuilder::new().name(LICENSE).identifier(Some(LICENSE)).build()));
        let tag = |tag: Tag| TagBuilder::new().name(tag.name()).description(Some(tag.description())).build();
        Ok(OpenApiBuilder::new()
            .info(info.build())
            .paths(self.paths)
            .components(Some(components))
            .tags(Some(Tag::ALL.map(tag)))
            .build())
    }
}
