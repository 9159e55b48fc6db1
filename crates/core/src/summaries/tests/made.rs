//! Events that property tests make up.

use proptest::prelude::*;

use crate::feature_usage::{EARLIEST, LATEST};
use crate::money::Money;
use crate::summaries::Shape;
use crate::usage::{Cost, NEVER};

pub(super) const DIMENSIONS: usize = 2;
pub(super) const VALUES: usize = 2;

/// An event that was made up.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct MadeEvent {
    pub(super) tenant: i64,
    pub(super) is_removed: bool,
    pub(super) time: i64,
    pub(super) names: [Option<u8>; DIMENSIONS],
    pub(super) values: [MadeValue; VALUES],
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum MadeValue {
    Nothing,
    Float(f64),
    Integer(i64),
}

impl MadeValue {
    pub(super) fn cost(self) -> Cost<'static> {
        match self {
            Self::Nothing => Cost::Unpriced,
            Self::Float(value) => Cost::Float8(value),
            Self::Integer(value) => Cost::Integer(value),
        }
    }

    /// The sum that the value is alone, as text; nothing for none.
    pub(super) fn text(self) -> Option<String> {
        let mut sum = Money::default();
        self.cost().add_to(&mut sum).then(|| sum.digits().to_text())
    }
}

pub(super) fn shape() -> Shape {
    Shape::new(DIMENSIONS, VALUES).unwrap()
}

pub(super) fn value() -> impl Strategy<Value = MadeValue> {
    prop_oneof![
        1 => Just(MadeValue::Nothing),
        4 => prop::sample::select(vec![0.0, 0.25, 0.000_001, -3.5, 12.0, 1e17, 1e300, 1e-200, f64::NAN])
            .prop_map(MadeValue::Float),
        1 => any::<f64>().prop_map(MadeValue::Float),
        1 => any::<i64>().prop_map(MadeValue::Integer),
    ]
}

pub(super) fn time() -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => 0..20_i64,
        1 => prop::sample::select(vec![NEVER, EARLIEST, LATEST, NEVER + 2, LATEST - 1]),
        1 => any::<i64>(),
    ]
}

pub(super) fn made() -> impl Strategy<Value = MadeEvent> {
    let name = || prop::option::weighted(0.8, 0..4_u8);
    let tenant = prop_oneof![4 => 0..5_i64, 1 => any::<i64>()];
    (tenant, any::<bool>(), time(), [name(), name()], [value(), value()]).prop_map(
        |(tenant, is_removed, time, names, values)| MadeEvent {
            tenant,
            is_removed,
            time,
            names,
            values,
        },
    )
}

pub(super) fn name(number: u8) -> Vec<u8> {
    vec![b'n'; usize::from(number) * 3]
}
