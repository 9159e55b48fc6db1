//! Tenants by when they were active.

use tenant_metrics_core::ids::IdKind;
use tenant_metrics_core::memory;
use tenant_metrics_core::series::activity::{Activity, Period, end_of_day};
use tenant_metrics_core::series::calendar::{DAY, local_day};
use tenant_metrics_core::series::counts::{GroupingKey, SeriesCounts};
use tenant_metrics_core::series::frame::Frame;
use tenant_metrics_core::usage::Cost;

use super::{framed, no_counts};
use crate::engine::account::Account;
use crate::engine::groups::UsageGroups;
use crate::engine::lookup;
use crate::engine::question::{Needs, Question, Window};
use crate::engine::reading::Reading;
use crate::engine::route;
use crate::engine::statement::Statement;
use crate::engine::statement::groups::{Bucket, Cut};
use crate::error::Error;
use crate::pg::ids::OwnedId;
use crate::pg::time;
use crate::pg::zone::Zone;

/// The tenants that were active in the periods that end with the day of `at`: that day, and how
/// many.
pub(crate) fn activity(
    account: &Account,
    zone: &Zone,
    at: i64,
    mut frame: Frame,
    among: Option<&[OwnedId]>,
) -> Result<(i64, Activity), Error> {
    let day = local_day(zone, at);
    frame.last_day = Some(day);
    let window = Window { since: None, until: Some(time::bound(end_of_day(zone, at))) };
    let question = lookup::question(&account.source, window, Needs::TIME, among)?;
    let activity = route::read(&question, ActiveTenants { frame, zone, at, day })?;
    Ok((day, activity))
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
    type Answer = Activity;

    fn statement(&self, question: &Question<'_>) -> Result<Option<Statement>, Error> {
        framed(question, &self.frame)
    }

    fn empty(&self, _: IdKind) -> SeriesCounts {
        no_counts(&self.frame)
    }

    /// Periods are few beside events.
    fn entries(&self) -> usize {
        0
    }

    fn of_state(self, _: &Question<'_>, counts: SeriesCounts) -> Result<Activity, Error> {
        Ok(Activity::new(&counts))
    }

    fn cut(&self) -> Result<Cut, Error> {
        // Some more days than matter, whatever clocks did.
        let begin = time::bound(self.at.saturating_sub(63 * DAY));
        let bucket = Bucket::DaysSince { begin, zone: memory::copied(&self.frame.zone)? };
        Ok(Cut { bucket: Some(bucket), ..Cut::default() })
    }

    fn of_groups(self, groups: &UsageGroups<'_>) -> Result<Activity, Error> {
        let mut counts = no_counts(&self.frame);
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
        Ok(Activity::new(&counts))
    }
}
