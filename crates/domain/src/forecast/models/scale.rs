//! The scale on which models learn: values capped near their slot's usual ones, and taken to a power.
//!
//! z = min(y, C · median of the slot's latest open days, y among them)^λ
//!
//! One wedding party does not feed a mean for half a year, and a lasting rise moves the median after some weeks and
//! passes. λ below 1 takes means towards medians, which have the least absolute error where sales err further upwards
//! than downwards, and makes errors of quiet and of busy days alike.
//!
//! Source: λ is the power of Box & Cox, "An analysis of transformations", *JRSS B* 26 (1964), 211–252; the cap is a
//! one-sided, running winsorisation.

/// How a value counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scale {
    /// λ: the power that values are taken to.
    pub power: f64,
    /// C: the largest multiple of its slot's median that a value may count as.
    pub cap: f64,
}

impl Scale {
    /// Values as they are, below zero too.
    pub const NONE: Self = Self { power: 1.0, cap: f64::INFINITY };
}

impl Default for Scale {
    fn default() -> Self {
        Self { power: 0.75, cap: 1.5 }
    }
}

/// How many of a slot's latest open days its median is taken over.
const MEDIAN_OVER: usize = 13;

/// A scale and what it has to remember of each slot.
#[derive(Clone, Debug)]
pub(super) struct Scaled {
    scale: Scale,
    slots: Vec<Latest>,
}

/// The latest values, in the order of a ring.
#[derive(Clone, Debug, Default)]
struct Latest {
    values: [f64; MEDIAN_OVER],
    seen: usize,
}

impl Scaled {
    pub(super) fn new(scale: Scale, slots: usize) -> Self {
        Self { scale, slots: vec![Latest::default(); slots.max(1)] }
    }

    /// The value as it counts, and from now on among the latest of its slot.
    pub(super) fn enter(&mut self, slot: usize, value: f64) -> f64 {
        if self.scale == Scale::NONE {
            return value;
        }
        let (value, count) = (value.max(0.0), self.slots.len());
        let latest = &mut self.slots[slot % count];
        latest.values[latest.seen % MEDIAN_OVER] = value;
        latest.seen += 1;
        let mut values = latest.values;
        let values = &mut values[..latest.seen.min(MEDIAN_OVER)];
        values.sort_unstable_by(f64::total_cmp);
        let median = f64::midpoint(values[(values.len() - 1) / 2], values[values.len() / 2]);
        let capped = if median > 0.0 { value.min(self.scale.cap * median) } else { value };
        capped.powf(self.scale.power)
    }

    /// The value that counts as `scaled`.
    pub(super) fn leave(&self, scaled: f64) -> f64 {
        if self.scale == Scale::NONE { scaled } else { scaled.max(0.0).powf(self.scale.power.recip()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_capped_and_come_back() {
        let mut scaled = Scaled::new(Scale::default(), 7);
        for _ in 0..4 {
            assert!((scaled.enter(3, 16.0) - 8.0).abs() < 1e-12);
        }
        // Other slots do not matter; the median of 16 four times and 1000 is 16.
        assert!((scaled.enter(2, 1000.0) - 1000.0_f64.powf(0.75)).abs() < 1e-12);
        assert!((scaled.leave(scaled.clone().enter(3, 1000.0)) - 24.0).abs() < 1e-9);
        assert_eq!((scaled.enter(3, -5.0), scaled.leave(-5.0)), (0.0, 0.0));
    }

    #[test]
    fn a_lasting_rise_passes() {
        let mut scaled = Scaled::new(Scale { power: 1.0, cap: 1.5 }, 1);
        let counted: Vec<f64> =
            (0..30).map(|day| scaled.enter(0, if day < 20 { 10.0 } else { 100.0 })).collect();
        assert_eq!((counted[20], counted[29]), (15.0, 100.0));
    }
}
