//! Buckets in a row: one for each span of time in which something happened, the oldest dropped.

use std::collections::VecDeque;

/// What is measured in one span of time.
pub(super) trait Span: Default {
    /// Takes in what was measured in another span.
    fn add(&mut self, other: &Self);
}

/// Buckets of one width. Spans in which nothing was measured take no memory.
pub(super) struct Series<B> {
    width_millis: i64,
    most: usize,
    buckets: VecDeque<(i64, B)>,
}

impl<B: Span> Series<B> {
    pub(super) fn new(width_millis: i64, most: usize) -> Self {
        Self { width_millis, most, buckets: VecDeque::new() }
    }

    /// The bucket of that moment.
    ///
    /// A moment before the newest bucket (a clock set back) counts into the newest.
    pub(super) fn at(&mut self, millis: i64) -> &mut B {
        let start = self.floor(millis);
        if self.buckets.back().is_none_or(|(newest, _)| *newest < start) {
            self.buckets.push_back((start, B::default()));
            let horizon = start - self.width_millis * self.most as i64;
            while self.buckets.front().is_some_and(|(oldest, _)| *oldest <= horizon) {
                self.buckets.pop_front();
            }
        }
        let last = self.buckets.len() - 1;
        &mut self.buckets[last].1
    }

    /// The sum of the buckets from the one of `from` until before the one of `to`.
    pub(super) fn sum(&self, from: i64, to: i64) -> B {
        let (from, to) = (self.floor(from), self.floor(to));
        let mut sum = B::default();
        for (start, bucket) in self.buckets.iter().rev() {
            if *start < from {
                break;
            }
            if *start < to {
                sum.add(bucket);
            }
        }
        sum
    }

    /// The start of the newest bucket.
    pub(super) fn newest(&self) -> i64 {
        self.buckets.back().map_or(i64::MIN, |(start, _)| *start)
    }

    fn floor(&self, millis: i64) -> i64 {
        millis - millis.rem_euclid(self.width_millis)
    }
}
