//! Tenants by when they were active.

use tenant_metrics_core::by_feature::{Counted, Eligible, united};
use tenant_metrics_core::counting::SeriesCounting;
use tenant_metrics_core::ids::IdKind;
use tenant_metrics_core::memory;
use tenant_metrics_core::series::activity::{Activity, Period, Presence, end_of_day};
use tenant_metrics_core::series::calendar::{DAY, local_day};
use tenant_metrics_core::series::counts::{GroupingKey, SeriesCounts};
use tenant_metrics_core::series::frame::Frame;
use tenant_metrics_core::series::groups::Groups;
use tenant_metrics_core::subtree::Scope;
use tenant_metrics_core::usage::Cost;

use super::{counting, framed, no_counts};
use crate::engine::account::Account;
use crate::engine::groups::UsageGroups;
use crate::engine::grove::Grove;
use crate::engine::lookup;
use crate::engine::members::Members;
use crate::engine::question::{Needs, Question, Window};
use crate::engine::reading::Reading;
use crate::engine::route;
use crate::engine::statement::Statement;
use crate::engine::statement::groups::{Bucket, Cut};
use crate::error::Error;
use crate::pg::zone::{BucketClock, Zone};
use crate::pg::{interrupt, time};

/// How active tenants were in the periods that end with a day.
pub(crate) struct ActivityOfTenants {
    pub(crate) day: i64,
    /// How many tenants were counted.
    pub(crate) tenants: u64,
    pub(crate) active: Activity,
}

/// The members of a grove that were active in the periods that end with the day of `at`.
pub(crate) fn activity(
    account: &Account,
    zone: &Zone,
    at: i64,
    mut frame: Frame,
    (grove, members): (&Grove, &Members),
    counted: Counted,
) -> Result<ActivityOfTenants, Error> {
    let forest = &grove.forest;
    let day = local_day(zone, at);
    frame.last_day = Some(day);
    let among = grove.named(members)?;
    let window = Window { since: None, until: Some(time::bound(end_of_day(zone, at))) };
    let question = lookup::question(&account.source, window, Needs::TIME, among.as_deref())?;
    let mut takes_part = counted.admitted(forest, members.listed(forest, None))?;
    let places = memory::collect(frame.groups.ids().map(|id| forest.find(id)))?;
    let mut active = memory::filled(forest.count(), Presence::default())?;
    let presences = route::read(&question, ActiveTenants { frame, zone, at, day })?;
    for (place, presence) in places.into_iter().zip(presences) {
        if let Some(place) = place {
            active[forest.index(place)] = presence;
        }
    }
    if counted.scope == Scope::Subtree {
        united(forest, &mut active, &interrupt, Presence::or);
    }
    if counted.eligible == Eligible::Active {
        let both = takes_part.iter_mut().zip(&active);
        both.for_each(|(takes_part, presence)| *takes_part &= presence.is_active());
    }
    let counting = active.into_iter().zip(&takes_part).filter(|(_, takes_part)| **takes_part);
    Ok(ActivityOfTenants {
        day,
        tenants: takes_part.iter().map(|&takes_part| u64::from(takes_part)).sum(),
        active: Activity::of(counting.map(|(presence, _)| presence)),
    })
}

/// Asks for the tenants that were active in each of the periods.
struct ActiveTenants<'a> {
    frame: Frame,
    zone: &'a Zone,
    at: i64,
    /// The day of `at`.
    day: i64,
}

impl Reading for ActiveTenants<'_> {
    type State = SeriesCounts;
    type Counting<'c>
        = SeriesCounting<&'c Groups, BucketClock>
    where
        Self: 'c;
    /// By the tenants' numbers in the frame.
    type Answer = Vec<Presence>;

    fn statement(&self, question: &Question<'_>) -> Result<Option<Statement>, Error> {
        framed(question, &self.frame)
    }

    fn counting(&self) -> Result<Self::Counting<'_>, Error> {
        counting(&self.frame)
    }

    fn empty(&self, _: IdKind, limit: usize) -> SeriesCounts {
        no_counts(&self.frame, limit)
    }

    fn frame(&self) -> Option<&Frame> {
        Some(&self.frame)
    }

    /// Periods are few beside events.
    fn entries(&self) -> usize {
        0
    }

    fn of_state(self, _: &Question<'_>, counts: SeriesCounts) -> Result<Self::Answer, Error> {
        Ok(Presence::of_each(&counts, self.frame.groups.len())?)
    }

    fn cut(&self) -> Result<Cut, Error> {
        // Some more days than matter, whatever clocks did.
        let begin = time::bound(self.at.saturating_sub(63 * DAY));
        let bucket = Bucket::DaysSince { begin, zone: memory::copied(&self.frame.zone)? };
        Ok(Cut { bucket: Some(bucket), ..Cut::default() })
    }

    fn of_groups(self, groups: &UsageGroups<'_>) -> Result<Self::Answer, Error> {
        let mut counts = no_counts(&self.frame, usize::MAX);
        groups.each_of_tenants(|id, group| {
            let Some((tenant, in_group)) = self.frame.groups.find(id) else { return Ok(()) };
            let period = match group.bucket {
                None => Period::Earlier,
                Some(start) => Period::of(local_day(self.zone, start), self.day),
            };
            let key =
                GroupingKey { bucket: counts.bucket(period.number())?, tenant, group: in_group };
            Ok(counts.record(key, None, Cost::Unpriced)?)
        })?;
        Ok(Presence::of_each(&counts, self.frame.groups.len())?)
    }
}
