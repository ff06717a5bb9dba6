//! The answers that are kept: a bounded number of bytes, over all workers.
//!
//! An answer is kept under the path and query that were asked for, with the moment that it was made at, and is current
//! for as long as nothing that it depends on has changed. An outdated one stays until a newer one takes its place: it
//! is what there is to serve while the database is away.

use std::sync::{Arc, OnceLock};

use actix_web::http::header::HeaderValue;
use quick_cache::sync::Cache;
use quick_cache::{DefaultHashBuilder, Lifecycle, OptionsBuilder, Weighter};

use crate::answer::{Answer, Format};
use crate::metrics::CacheCounters;
use crate::problem::Problem;
use crate::rendered::Rendered;
use crate::standing::Moment;

/// The media type of an answer.
pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json");
const CSV: HeaderValue = HeaderValue::from_static("text/csv; charset=utf-8; header=present");

/// Answers of ordinary size that are expected: only a hint for the tables of the cache.
const EXPECTED: usize = 500;

/// The cache is cut into parts that are locked apart, and keeps nothing that is larger than a part. Of its own accord it
/// would make eight or more of 4 MiB: too small for ten years of days, which take 1.3 MiB and the longest to make.
const PART: u64 = 4 << 20;

/// What an entry takes beside its bodies, roughly.
const OVERHEAD: u64 = 1_024;

/// An answer and its bodies.
#[derive(Debug)]
pub(crate) struct Kept {
    answer: Answer,
    format: Format,
    fresh: OnceLock<Rendered>,
    stale: OnceLock<Rendered>,
    /// Bytes that it takes, told once: the cache must be able to rely on it.
    weight: u64,
}

impl Kept {
    /// An answer, rendered as it is told at the moment that it was made at.
    pub(crate) fn new(answer: Answer, format: Format) -> Result<Self, Problem> {
        let stale = answer.was_overdue();
        let mut kept = Self { answer, format, fresh: OnceLock::new(), stale: OnceLock::new(), weight: 0 };
        // The figures themselves, and the bodies of both kinds: the other is made when the database falls silent.
        let bodies = 2 * kept.rendered(stale)?.weight();
        kept.weight = OVERHEAD + (kept.answer.weight() + bodies) as u64;
        Ok(kept)
    }

    /// Whether it would be the same if it were made at `moment`.
    pub(crate) fn is_of(&self, moment: &Arc<Moment>) -> bool {
        self.answer.is_of(moment)
    }

    /// The bodies that say whether they are stale.
    pub(crate) fn rendered(&self, stale: bool) -> Result<&Rendered, Problem> {
        let bodies = if stale { &self.stale } else { &self.fresh };
        if let Some(rendered) = bodies.get() {
            return Ok(rendered);
        }
        let content_type = match self.format {
            Format::Json => JSON,
            Format::Csv(_) => CSV,
        };
        let made = Rendered::new(self.answer.body(self.format, stale)?, content_type);
        Ok(bodies.get_or_init(|| made))
    }
}

/// The kept answers. Cheap to clone; all clones share them.
#[derive(Clone, Debug)]
pub(crate) struct Answers {
    kept: Option<Arc<ByQuery>>,
    counters: CacheCounters,
}

/// How much is kept.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Size {
    pub(crate) entries: usize,
    pub(crate) bytes: u64,
    /// Bytes that there is room for.
    pub(crate) capacity: u64,
}

type ByQuery = Cache<Box<str>, Arc<Kept>, ByBytes, DefaultHashBuilder, Evictions>;

#[derive(Clone, Copy, Debug)]
struct ByBytes;

impl Weighter<Box<str>, Arc<Kept>> for ByBytes {
    fn weight(&self, key: &Box<str>, kept: &Arc<Kept>) -> u64 {
        kept.weight + key.len() as u64
    }
}

/// Counts the answers that make room for others.
#[derive(Clone, Debug)]
struct Evictions(CacheCounters);

impl Lifecycle<Box<str>, Arc<Kept>> for Evictions {
    type RequestState = ();

    fn on_evict(&self, (): &mut Self::RequestState, _: Box<str>, _: Arc<Kept>) {
        self.0.evictions.inc();
    }
}

impl Answers {
    /// Room for so many bytes; 0 keeps nothing.
    pub(crate) fn new(bytes: u64, counters: CacheCounters) -> Self {
        let parts = usize::try_from(bytes / PART).unwrap_or(1).max(1);
        let mut options = OptionsBuilder::new();
        options.estimated_items_capacity(EXPECTED).weight_capacity(bytes).shards(parts);
        // It fails where a capacity is not given.
        let options = options.build().ok().filter(|_| bytes > 0);
        let kept = options.map(|options| {
            let evictions = Evictions(counters.clone());
            Arc::new(Cache::with_options(options, ByBytes, DefaultHashBuilder::default(), evictions))
        });
        Self { kept, counters }
    }

    /// The answer to this path and query, current or not.
    pub(crate) fn get(&self, asked: &str) -> Option<Arc<Kept>> {
        self.kept.as_ref()?.get(asked)
    }

    /// Keeps an answer in place of an older one.
    pub(crate) fn keep(&self, asked: &str, kept: &Arc<Kept>) {
        if let Some(cache) = &self.kept
            && kept.answer.is_published()
        {
            cache.insert(asked.into(), Arc::clone(kept));
        }
    }

    /// How often they served.
    pub(crate) fn counters(&self) -> &CacheCounters {
        &self.counters
    }

    /// How much is kept now.
    pub(crate) fn size(&self) -> Size {
        self.kept.as_ref().map_or_else(Size::default, |cache| Size {
            entries: cache.len(),
            bytes: cache.weight(),
            capacity: cache.capacity(),
        })
    }
}
