//! The arguments of the aggregates: their types are demanded at the first event, and their values
//! are read at each.

use pgrx::pg_sys::{self, Datum, NullableDatum, Oid};
use tenant_metrics_core::measures::MOST_MEASURES;
use tenant_metrics_core::memory;
use tenant_metrics_core::usage::Cost;

use super::rows::Arguments;
use crate::error::Error;
use crate::pg::call::Call;
use crate::pg::ids::{ID_TYPES, IdType, is_text};
use crate::pg::{catalog, numeric, time};

/// The types that costs may have, for messages.
pub(crate) const COST_TYPES: &str = "real, double precision, numeric, smallint, integer, or bigint";

/// Whether costs of this type can be summed.
pub(crate) fn is_cost(oid: Oid) -> bool {
    CostType::of(oid).is_some()
}

/// A type that costs may have.
#[derive(Clone, Copy)]
pub(in crate::pg) enum CostType {
    Float8,
    Float4,
    /// An integer, and how many bits of a datum it leaves free.
    Integer(u32),
    Numeric,
}

/// The types of an event's tenant and cost.
#[derive(Clone, Copy)]
pub(super) struct EventTypes {
    pub(super) id: IdType,
    pub(super) cost: CostType,
}

impl EventTypes {
    /// Those of the arguments tenant, feature, cost and time, which are the first of `aggregate`.
    pub(super) fn demand(call: &Call, aggregate: &'static str) -> Result<Self, Error> {
        let arguments = ArgumentTypes { call, aggregate };
        arguments.text(2)?;
        arguments.time(4)?;
        Ok(Self { id: arguments.id(1)?, cost: arguments.cost(3)? })
    }
}

/// The measures among an aggregate's arguments: all from one place on.
pub(super) struct MeasureTypes {
    first: usize,
    types: Vec<CostType>,
}

impl MeasureTypes {
    /// No measures.
    pub(super) const NONE: Self = Self { first: 0, types: Vec::new() };

    /// Those of the arguments of `aggregate` from `first` on.
    pub(super) fn demand(
        call: &Call,
        aggregate: &'static str,
        first: usize,
    ) -> Result<Self, Error> {
        let arguments = ArgumentTypes { call, aggregate };
        let places = first..call.arguments().len();
        if places.len() > MOST_MEASURES {
            return Err(Error::TooManyMeasures);
        }
        let mut types = memory::with_capacity(places.len())?;
        for place in places {
            memory::push(&mut types, arguments.cost(place)?)?;
        }
        Ok(Self { first, types })
    }

    /// Number of the measures.
    pub(super) fn len(&self) -> usize {
        self.types.len()
    }

    /// The arguments of an event that are values of measures, each with its type.
    #[inline(always)]
    pub(super) fn values<'a>(
        &'a self,
        event: Arguments<'a>,
    ) -> impl Iterator<Item = (&'a CostType, &'a NullableDatum)> {
        self.types.iter().zip(event.from(self.first))
    }
}

/// The types of an aggregate's arguments, by their places after the state; another type than one
/// that is demanded is an error.
pub(super) struct ArgumentTypes<'a> {
    pub(super) call: &'a Call,
    pub(super) aggregate: &'static str,
}

impl ArgumentTypes<'_> {
    /// The id type of an argument.
    pub(super) fn id(&self, position: usize) -> Result<IdType, Error> {
        self.demand(position, ID_TYPES, IdType::of)
    }

    /// The type of an argument that is a cost.
    pub(super) fn cost(&self, position: usize) -> Result<CostType, Error> {
        self.demand(position, COST_TYPES, CostType::of)
    }

    /// Fails unless the argument is a text.
    pub(super) fn text(&self, position: usize) -> Result<(), Error> {
        self.demand(position, "text or varchar", |oid| is_text(oid).then_some(()))
    }

    /// Fails unless the argument is a time.
    pub(super) fn time(&self, position: usize) -> Result<(), Error> {
        self.demand(position, "timestamp with or without time zone", |oid| {
            matches!(oid, pg_sys::TIMESTAMPTZOID | pg_sys::TIMESTAMPOID).then_some(())
        })
    }

    /// A time that is the same for all events. Fails unless the argument is a time.
    pub(super) fn constant_time(&self, position: usize) -> Result<Option<i64>, Error> {
        self.time(position)?;
        // SAFETY: it was looked at.
        let time = unsafe { Arguments::new(self.call.arguments()).time(position) };
        Ok(time.map(time::to_core))
    }

    /// What `accept` makes of the type of the argument, of a domain of the type that it is over;
    /// `None` is an error.
    fn demand<T>(
        &self,
        position: usize,
        accepted: &'static str,
        accept: impl FnOnce(Oid) -> Option<T>,
    ) -> Result<T, Error> {
        let oid = self.call.actual_type(position);
        match accept(catalog::base_type(oid)) {
            Some(found) => Ok(found),
            None => Err(Error::AggregateArgument {
                aggregate: self.aggregate,
                position,
                found: catalog::type_name(oid)?,
                accepted,
            }),
        }
    }
}

impl CostType {
    /// The cost type with this OID.
    pub(in crate::pg) fn of(oid: Oid) -> Option<Self> {
        Some(match oid {
            pg_sys::FLOAT8OID => Self::Float8,
            pg_sys::FLOAT4OID => Self::Float4,
            pg_sys::INT2OID => Self::Integer(48),
            pg_sys::INT4OID => Self::Integer(32),
            pg_sys::INT8OID => Self::Integer(0),
            pg_sys::NUMERICOID => Self::Numeric,
            _ => return None,
        })
    }

    /// # Safety
    /// The argument must be of this type.
    #[inline(always)]
    pub(in crate::pg) unsafe fn argument(self, argument: &NullableDatum) -> Cost<'_> {
        if argument.isnull {
            return Cost::Unpriced;
        }
        // SAFETY: the caller vouches for the type; arguments live through the call.
        unsafe { self.read(argument.value) }
    }

    /// # Safety
    /// `datum` must be of this type and stay allocated for `'a`.
    #[inline(always)]
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a datum carries small values in its low bits"
    )]
    pub(super) unsafe fn read<'a>(self, datum: Datum) -> Cost<'a> {
        let bits = datum.value();
        match self {
            Self::Float8 => Cost::Float8(f64::from_bits(bits as u64)),
            Self::Float4 => Cost::Float4(f32::from_bits(bits as u32)),
            Self::Integer(free) => Cost::Integer(((bits as i64) << free) >> free),
            // SAFETY: the caller vouches for the value.
            Self::Numeric => unsafe { numeric::cost(datum) },
        }
    }
}
