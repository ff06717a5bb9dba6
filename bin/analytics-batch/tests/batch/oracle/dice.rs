//! A small generator of its own (splitmix64, Steele, Lea and Flood 2014): the same seed draws the same rows for ever.

use std::ops::Range;

/// A seeded source of choices.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A whole number in `range`.
    pub(super) fn within(&mut self, range: Range<i64>) -> i64 {
        let width = u64::try_from(range.end - range.start).unwrap();
        range.start + i64::try_from(self.next() % width).unwrap()
    }

    /// Whether something happens that does `percent` times in a hundred.
    pub(super) fn happens(&mut self, percent: i64) -> bool {
        self.within(0..100) < percent
    }

    /// One of `things`.
    pub(super) fn one_of<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        let at = self.within(0..i64::try_from(things.len()).unwrap());
        &things[usize::try_from(at).unwrap()]
    }

    /// Puts `things` in another order (Fisher and Yates).
    pub(super) fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            let at = self.within(0..i64::try_from(last + 1).unwrap());
            things.swap(last, usize::try_from(at).unwrap());
        }
    }
}
