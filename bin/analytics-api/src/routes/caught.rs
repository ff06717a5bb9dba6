//! Answers 500 where a handler panics, so that its connection and its worker go on.

use std::panic::AssertUnwindSafe;

use actix_web::dev::Handler;
use futures_util::FutureExt as _;
use futures_util::future::{CatchUnwind, Map};

use crate::problem::Problem;

/// A handler whose panics are answered. They are logged and counted where they arise: see `runtime::logging`.
#[derive(Clone)]
pub(super) struct Caught<H>(pub(super) H);

type Ended<T> = std::thread::Result<T>;

impl<H: Handler<Arguments>, Arguments> Handler<Arguments> for Caught<H> {
    type Output = Result<H::Output, Problem>;
    type Future = Map<CatchUnwind<AssertUnwindSafe<H::Future>>, fn(Ended<H::Output>) -> Self::Output>;

    fn call(&self, arguments: Arguments) -> Self::Future {
        // Handlers share nothing that a panic could leave half done but what heals itself: see `standing`.
        AssertUnwindSafe(self.0.call(arguments))
            .catch_unwind()
            .map(|ended| ended.map_err(|_| Problem::internal()))
    }
}
