//! Where a day's figures come from.

use serde::Serialize;
use utoipa::ToSchema;

/// Where a day's figures come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = DayStatus)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    /// Published by us, whole.
    Complete,
    /// The old service's figure, not recomputed yet.
    Adopted,
}
