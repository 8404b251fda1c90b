//! Streaming medians: how often each value was seen, in memory that is bounded however many values there are.
//!
//! Values are ordered by their f32 bits. Counts are exact at first; where a histogram grows beyond its limit, it drops as many
//! low bits as it must, and from then on values that agree in the rest share one count under the smallest of them. With s bits
//! dropped the median is off by less than a factor 1 + 2^(s−23), and always a value that was seen.

use crate::backend::from_ordered_bits;

/// The exponent and one more bit are always kept.
const MOST_DROPPED: u32 = 22;

/// Counts of values, ascending, with what came in since the last merge.
#[derive(Clone, Debug, Default)]
pub(crate) struct Histogram {
    dropped: u32,
    counts: Vec<(u32, u64)>,
    pending: Vec<(u32, u64)>,
}

impl Histogram {
    /// How many low bits are dropped so far.
    pub(crate) fn dropped(&self) -> u32 {
        self.dropped
    }

    /// Adds `count` values of these ordered bits; keeps the values told apart within `limit`, or close to it.
    pub(crate) fn add(&mut self, bits: u32, count: u64, limit: usize) {
        match self.pending.last_mut() {
            Some(last) if last.0 == bits => last.1 += count,
            _ => self.pending.push((bits, count)),
        }
        if self.pending.len() >= self.counts.len().max(64) {
            self.merge(limit);
        }
    }

    fn merge(&mut self, limit: usize) {
        self.counts.append(&mut self.pending);
        // Two ascending runs more often than not, which the stable sort merges.
        self.counts.sort_by_key(|(bits, _)| *bits);
        self.join();
        while self.counts.len() > limit && self.dropped < MOST_DROPPED {
            self.dropped += 1;
            self.join();
        }
        self.counts.shrink_to(2 * self.counts.len());
    }

    /// Joins neighbours that agree in the bits kept.
    fn join(&mut self) {
        let dropped = self.dropped;
        self.counts.dedup_by(|next, kept| {
            let same = next.0 >> dropped == kept.0 >> dropped;
            kept.1 += if same { next.1 } else { 0 };
            same
        });
    }

    /// The lower median, the value of rank ⌈n/2⌉ of n; 0 of none.
    pub(crate) fn median(&mut self) -> f32 {
        self.merge(usize::MAX);
        let total: u64 = self.counts.iter().map(|(_, count)| count).sum();
        let mut below = 0;
        let at_median = self.counts.iter().find(|(_, count)| {
            below += count;
            2 * below >= total
        });
        at_median.map_or(0.0, |(bits, _)| from_ordered_bits(*bits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::ordered_bits;
    use proptest::prelude::*;

    fn median(values: &[f32], limit: usize) -> (f32, u32) {
        let mut histogram = Histogram::default();
        values.iter().for_each(|value| histogram.add(ordered_bits(*value), 1, limit));
        (histogram.median(), histogram.dropped)
    }

    fn sorted_median(values: &[f32]) -> f32 {
        let mut sorted = values.to_vec();
        sorted.sort_by(f32::total_cmp);
        sorted[(sorted.len() - 1) / 2]
    }

    #[test]
    fn infinities_and_nan_lie_above_everything() {
        assert_eq!(median(&[1.0, f32::NAN, f32::INFINITY], 100).0, f32::INFINITY);
        assert_eq!(median(&[1.0, 2.0, f32::NAN], 100).0, 2.0);
        assert_eq!(median(&[f32::NEG_INFINITY, -0.0, 0.0], 100).0.to_bits(), (-0.0_f32).to_bits());
    }

    proptest! {
        #[test]
        fn a_median_within_the_limit_is_that_of_sorting(values in prop::collection::vec(-1e3_f32..1e3, 1..2000)) {
            prop_assert_eq!(median(&values, 65_536), (sorted_median(&values), 0));
        }

        // The lower bound is a multiple of the step of f32 at the upper one: of any other, proptest's sampler asserts, once in 10⁷ values,
        // that it does not fall below it.
        #[test]
        fn a_median_beyond_the_limit_is_off_by_no_more_than_stated(values in prop::collection::vec(0.125_f32..1024.0, 1000..3000)) {
            let (found, dropped) = median(&values, 100);
            let expected = sorted_median(&values);
            let part = 2_f64.powi(dropped as i32 - 23);
            prop_assert!(dropped > 0 && values.contains(&found));
            prop_assert!(found <= expected && f64::from(expected) < f64::from(found) * (1.0 + part), "{} {}", found, expected);
        }
    }
}
