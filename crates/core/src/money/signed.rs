//! Sums from which values can be taken out again.
//!
//! How many decimals such a sum shows is not known from the sum: who takes values out counts them.

use num_bigint::BigInt;

use super::Money;

impl Money {
    /// A sum of `units * 10^-scale`, which shows no decimals.
    #[inline]
    pub(crate) fn of_units(units: i64, scale: u8) -> Self {
        Self { units: units.into(), scale: scale.into(), ..Self::default() }
    }

    /// Adds `units * 10^-scale`, and shows no more decimals for it.
    #[inline]
    pub(crate) fn add_units_at(&mut self, units: i128, scale: u8) {
        self.add_at_scale(units, scale.into());
    }

    /// Adds `units * 10^-scale`, with `decimals` decimals shown.
    pub(crate) fn add_shown(&mut self, units: i128, scale: u8, decimals: u16) {
        self.decimals = self.decimals.max(decimals);
        self.add_at_scale(units, scale.into());
    }

    /// Adds a sum so many times, and shows no more decimals for it.
    pub(crate) fn add_times(&mut self, other: &Self, times: i64) {
        match other.units.checked_mul(times.into()) {
            Some(units) => self.add_at_scale(units, other.scale),
            None => self.add_wide(BigInt::from(other.units) * times, other.scale),
        }
        if let Some(wide) = &other.wide {
            self.add_wide(&wide.units * times, wide.scale);
        }
    }

    /// The scale of its units, if these are all of it.
    pub(crate) fn scale(&self) -> Option<u16> {
        self.wide.is_none().then_some(self.scale)
    }

    /// The units at this scale, if these are the sum.
    pub(crate) fn units_at(&self, scale: u8) -> Option<i64> {
        if self.wide.is_some() {
            return None;
        }
        let more = u16::from(scale).checked_sub(self.scale)?;
        let units = self.units.checked_mul(10_i128.checked_pow(more.into())?)?;
        i64::try_from(units).ok()
    }

    /// How many decimals it shows.
    pub(crate) fn decimals(&self) -> u16 {
        self.decimals
    }

    /// Shows so many decimals from now on.
    pub(crate) fn show(&mut self, decimals: u16) {
        self.decimals = decimals;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usage::Cost;

    #[test]
    fn what_was_added_can_be_taken_out() {
        let values = [0.1, -3.25, 1e300, 1e-250, 12_345.678, 9e17, 1e-18, -1e300];
        let of = |value: f64| {
            let mut sum = Money::default();
            assert!(Cost::Float8(value).add_to(&mut sum));
            sum
        };
        let mut sum = Money::default();
        for value in values {
            sum.add_times(&of(value), 3);
        }
        assert!(!sum.is_zero());
        for value in values {
            sum.add_times(&of(value), -2);
            sum.add_times(&of(value), -1);
        }
        assert!(sum.is_zero());
        assert_eq!(sum.decimals(), 0);
        let mut large = Money::default();
        large.add_units_at(i128::MAX, 3);
        sum.add_times(&large, i64::MAX);
        sum.add_times(&large, -i64::MAX);
        assert!(sum.is_zero());
    }

    #[test]
    fn a_sum_is_units_at_a_scale_if_these_are_all_of_it() {
        let mut sum = Money::default();
        sum.add_units_at(125, 2);
        assert_eq!((sum.units_at(2), sum.units_at(4)), (Some(125), Some(12_500)));
        assert_eq!((sum.units_at(1), sum.units_at(18)), (None, Some(1_250_000_000_000_000_000)));
        sum.add_units_at(i64::MAX.into(), 2);
        assert_eq!(sum.units_at(2), None);
    }
}
