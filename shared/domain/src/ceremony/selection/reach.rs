//! How much a few of the candidates from one on can hold at most, and at least.

/// For every candidate and every number of coins up to a bound: the largest (or smallest) sum of that many coins among the
/// candidate and those after it.
#[derive(Debug)]
pub(super) struct Reach {
    width: usize,
    sums: Vec<u64>,
}

impl Reach {
    /// The largest sums of up to `count` of these values.
    pub(super) fn most(values: impl DoubleEndedIterator<Item = u64>, count: usize) -> Self {
        Self::new(values, count, |kept, value| kept > value)
    }

    /// The smallest sums of up to `count` of these values.
    pub(super) fn least(values: impl DoubleEndedIterator<Item = u64>, count: usize) -> Self {
        Self::new(values, count, |kept, value| kept < value)
    }

    fn new(values: impl DoubleEndedIterator<Item = u64>, count: usize, before: impl Fn(u64, u64) -> bool) -> Self {
        let mut rows: Vec<u64> = Vec::new();
        let mut kept: Vec<u64> = Vec::new();
        // From the last value to the first; turned round at the end.
        for value in values.rev() {
            kept.insert(kept.partition_point(|other| before(*other, value)), value);
            kept.truncate(count);
            let mut sum = 0_u64;
            let sums = kept.iter().map(|value| {
                sum = sum.saturating_add(*value);
                sum
            });
            let row: Vec<u64> = sums.collect();
            // With fewer values left than asked for, the sum of all stands for the rest of the row.
            let padding = row.last().copied().unwrap_or_default();
            let row = row.into_iter().chain(std::iter::repeat(padding)).take(count);
            rows.extend(row.collect::<Vec<_>>().into_iter().rev());
        }
        rows.reverse();
        Self {
            width: count,
            sums: rows,
        }
    }

    /// The sum of this many values among the one at `from` and those after it; zero where there is none.
    pub(super) fn sum(&self, from: usize, count: usize) -> u64 {
        let Some(column) = count.checked_sub(1) else {
            return 0;
        };
        let place = from.saturating_mul(self.width).saturating_add(column);
        self.sums.get(place).copied().unwrap_or_default()
    }
}
