//! The fixed ensemble: the plain mean of the moving average, the line and the polynomial, whatever their errors.
//!
//! - ŷ(t) = (ŷ₁(t) + ŷ₂(t) + ŷ₃(t)) / 3
//!
//! Source: Clemen, "Combining forecasts: a review and annotated bibliography", *International Journal of Forecasting* 5
//! (1989), 559–583.

use super::Curve;

/// The ensemble of `parts`.
pub(super) fn of(parts: [Curve; 3]) -> Curve {
    Curve::Mean(parts.into())
}

/// ŷ of `day`.
pub(super) fn mean(parts: &[Curve], day: f64) -> f64 {
    parts.iter().map(|part| part.at(day)).sum::<f64>() / parts.len().max(1) as f64
}
