//! The arguments of an aggregate as an event that is counted.

use pgrx::pg_sys::NullableDatum;
use tenant_metrics_core::counting::UsageEvent;
use tenant_metrics_core::ids::Id;
use tenant_metrics_core::usage::{Cost, NEVER};

use super::arguments::{ArgumentTypes, CostType, EventTypes, MeasureTypes};
use super::rows::Arguments;
use crate::error::Error;
use crate::pg::call::Call;
use crate::pg::ids::IdType;
use crate::pg::{time, varlena};

/// Where the parts of an event are among an aggregate's arguments. Who makes one has looked at the
/// types of the arguments, which all events of the aggregate have.
pub(super) trait EventLayout {
    /// An event that is read as it is asked for.
    type Event<'a>: UsageEvent<'a>
    where
        Self: 'a;

    /// The event of these arguments.
    fn event<'a>(&'a self, arguments: Arguments<'a>) -> Self::Event<'a>;
}

/// Tenant, feature, cost and time, and values of measures from some place on.
pub(super) struct Columns {
    pub(super) types: EventTypes,
    pub(super) measures: MeasureTypes,
}

impl Columns {
    /// The first four arguments.
    pub(super) fn demand(call: &Call, aggregate: &'static str) -> Result<Self, Error> {
        let measures = MeasureTypes::NONE;
        Ok(Self { types: EventTypes::demand(call, aggregate)?, measures })
    }

    /// The first four arguments, and those from `first` on.
    pub(super) fn with_measures(
        call: &Call,
        aggregate: &'static str,
        first: usize,
    ) -> Result<Self, Error> {
        let types = EventTypes::demand(call, aggregate)?;
        Ok(Self { types, measures: MeasureTypes::demand(call, aggregate, first)? })
    }
}

impl EventLayout for Columns {
    type Event<'a> = EventOfColumns<'a>;

    #[inline(always)]
    fn event<'a>(&'a self, arguments: Arguments<'a>) -> EventOfColumns<'a> {
        EventOfColumns { columns: self, arguments }
    }
}

/// An event with all its columns.
#[derive(Clone, Copy)]
pub(super) struct EventOfColumns<'a> {
    columns: &'a Columns,
    arguments: Arguments<'a>,
}

impl<'a> UsageEvent<'a> for EventOfColumns<'a> {
    type Value = (&'a CostType, &'a NullableDatum);

    #[inline(always)]
    fn tenant(self) -> Option<Id<'a>> {
        // SAFETY: the layout has the types of the arguments, which live through the call.
        unsafe { self.arguments.get(1).map(|id| self.columns.types.id.read(id)) }
    }

    #[inline(always)]
    fn feature(self) -> Option<&'a [u8]> {
        // SAFETY: as above.
        unsafe { self.arguments.get(2).map(|feature| varlena::bytes(feature)) }
    }

    #[inline(always)]
    fn cost(self) -> Cost<'a> {
        // SAFETY: as above.
        unsafe { self.columns.types.cost.argument(self.arguments.argument(3)) }
    }

    #[inline(always)]
    fn time(self) -> i64 {
        // SAFETY: as above.
        unsafe { self.arguments.time(4).map_or(NEVER, time::to_core) }
    }

    #[inline(always)]
    fn values(self) -> impl Iterator<Item = Self::Value> {
        self.columns.measures.values(self.arguments)
    }

    #[inline(always)]
    fn value(self, (measure, value): Self::Value) -> Cost<'a> {
        // SAFETY: as above.
        unsafe { measure.argument(value) }
    }
}

/// Tenant, feature and time.
pub(super) struct Uses(IdType);

impl Uses {
    /// The first three arguments.
    pub(super) fn demand(call: &Call, aggregate: &'static str) -> Result<Self, Error> {
        let arguments = ArgumentTypes { call, aggregate };
        arguments.text(2)?;
        arguments.time(3)?;
        Ok(Self(arguments.id(1)?))
    }

    pub(super) fn id(&self) -> IdType {
        self.0
    }
}

impl EventLayout for Uses {
    type Event<'a> = UseOfFeature<'a>;

    #[inline(always)]
    fn event<'a>(&'a self, arguments: Arguments<'a>) -> UseOfFeature<'a> {
        UseOfFeature { id: self.0, arguments }
    }
}

/// An event without a cost.
#[derive(Clone, Copy)]
pub(super) struct UseOfFeature<'a> {
    id: IdType,
    arguments: Arguments<'a>,
}

impl<'a> UsageEvent<'a> for UseOfFeature<'a> {
    type Value = ();

    #[inline(always)]
    fn tenant(self) -> Option<Id<'a>> {
        // SAFETY: the layout has the types of the arguments, which live through the call.
        unsafe { self.arguments.get(1).map(|id| self.id.read(id)) }
    }

    #[inline(always)]
    fn feature(self) -> Option<&'a [u8]> {
        // SAFETY: as above.
        unsafe { self.arguments.get(2).map(|feature| varlena::bytes(feature)) }
    }

    #[inline(always)]
    fn cost(self) -> Cost<'a> {
        Cost::Unpriced
    }

    #[inline(always)]
    fn time(self) -> i64 {
        // SAFETY: as above.
        unsafe { self.arguments.time(3).map_or(NEVER, time::to_core) }
    }

    #[inline(always)]
    fn values(self) -> impl Iterator<Item = ()> {
        std::iter::empty()
    }

    #[inline(always)]
    fn value(self, (): ()) -> Cost<'a> {
        Cost::Unpriced
    }
}
