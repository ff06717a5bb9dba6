//! The weighted moving average: the newest of k open days weighs k, the oldest 1, and every coming day is alike.
//!
//! - ŷ = Σ i y(i) / Σ i,  i = 1 … k, y(k) being the newest
//!
//! Source: Makridakis, Wheelwright & Hyndman, *Forecasting: Methods and Applications*, 3rd edition, Wiley 1998,
//! section 3/2.

/// ŷ from the newest `window` of `days`, which are oldest first; 0 without any.
pub(super) fn level(days: &[(f64, f64)], window: usize) -> f64 {
    let newest = &days[days.len().saturating_sub(window.max(1))..];
    let weighted =
        newest.iter().zip(1_u32..).map(|((_, value), weight)| (value * f64::from(weight), f64::from(weight)));
    let (sum, weights) =
        weighted.fold((0.0, 0.0), |(sum, total), (value, weight)| (sum + value, total + weight));
    if weights > 0.0 { sum / weights } else { 0.0 }
}
