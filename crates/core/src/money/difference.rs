//! Differences of sums, and which of two is greater.

use std::cmp::Ordering;

use num_bigint::{BigInt, Sign};

use super::Money;

impl Money {
    /// `self - other`, with as many decimals as the two show.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let mut negated = other.clone();
        if let Some(wide) = &mut negated.wide {
            wide.units = -std::mem::take(&mut wide.units);
        }
        match negated.units.checked_neg() {
            Some(units) => negated.units = units,
            None => {
                let units = std::mem::take(&mut negated.units);
                negated.add_wide(-BigInt::from(units), negated.scale);
            }
        }
        let mut difference = self.clone();
        difference.add(&negated);
        difference
    }

    /// Which value is greater.
    #[must_use]
    pub fn compare(&self, other: &Self) -> Ordering {
        if self.wide.is_none() && other.wide.is_none() && self.scale == other.scale {
            return self.units.cmp(&other.units);
        }
        match self.minus(other).sign() {
            Sign::Minus => Ordering::Less,
            Sign::NoSign => Ordering::Equal,
            Sign::Plus => Ordering::Greater,
        }
    }

    /// Whether it is zero.
    #[must_use]
    pub fn is_zero(&self) -> bool {
        self.sign() == Sign::NoSign
    }

    fn sign(&self) -> Sign {
        match &self.wide {
            None => match self.units.cmp(&0) {
                Ordering::Less => Sign::Minus,
                Ordering::Equal => Sign::NoSign,
                Ordering::Greater => Sign::Plus,
            },
            Some(wide) => {
                let mut total = (**wide).clone();
                total.add(BigInt::from(self.units), self.scale);
                total.units.sign()
            }
        }
    }
}
