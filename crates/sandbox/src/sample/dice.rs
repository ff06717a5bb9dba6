//! Chance that is the same everywhere and for ever.
//!
//! Only the generator's own stream of integers and plain arithmetic go into it: the sampling algorithms of a library
//! may change between versions, and the last digit of `ln` or `cos` between machines.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{RngCore as _, SeedableRng as _};

/// A stream of chance.
#[derive(Debug)]
pub(crate) struct Dice(ChaCha8Rng);

impl Dice {
    /// The stream of `stream` (a day's number, say) under `seed`.
    pub(crate) fn new(seed: u64, stream: u64) -> Self {
        let mut generator = ChaCha8Rng::seed_from_u64(seed);
        generator.set_stream(stream);
        Self(generator)
    }

    /// Uniform in [0, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        f64::from(self.0.next_u32()) / (f64::from(u32::MAX) + 1.0)
    }

    /// Whether something of probability `probability` happens.
    pub(crate) fn happens(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    /// Uniform in 0..`bound`.
    pub(crate) fn below(&mut self, bound: u32) -> u32 {
        // The bias is below bound / 2^32.
        u32::try_from((u64::from(self.0.next_u32()) * u64::from(bound)) >> 32).unwrap_or_default()
    }

    /// Bell-shaped, mean 0 and variance 1: four uniforms (Irwin-Hall), centred and scaled, so never beyond 3.5.
    pub(crate) fn normal(&mut self) -> f64 {
        let sum: f64 = (0..4).map(|_| self.uniform()).sum();
        (sum - 2.0) * 1.732_050_8
    }

    /// An index of `weights`, each as likely as its weight says.
    pub(crate) fn pick(&mut self, weights: &[u32]) -> usize {
        let mut left = self.below(weights.iter().sum());
        for (index, weight) in weights.iter().enumerate() {
            if left < *weight {
                return index;
            }
            left -= weight;
        }
        0
    }
}

/// A float as the nearest whole number; what does not fit ends at the bounds.
#[expect(clippy::cast_possible_truncation, reason = "`as` saturates, which is what is wanted")]
pub(crate) fn whole(value: f64) -> i64 {
    value.round() as i64
}
