//! Usage by bucket of time: one pass over usage, then a row for each bucket of the window.

pub(crate) mod listed;
mod statement;

use tenant_metrics_core::bytes::Encoded;
use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::memory;
use tenant_metrics_core::series::activity::{Activity, Period, end_of_day};
use tenant_metrics_core::series::calendar::{BucketStarts, DAY, local_day};
use tenant_metrics_core::series::counts::{GroupingKey, SeriesCounts};
use tenant_metrics_core::series::frame::Frame;
use tenant_metrics_core::series::totals::{BucketTotals, GroupTotals};
use tenant_metrics_core::usage::Cost;

use super::account::Account;
use super::{Engine, Needs, Question, Window, aggregate, pick};
use crate::error::Error;
use crate::pg::ids::OwnedId;
use crate::pg::query::Row;
use crate::pg::zone::Zone;
use crate::pg::{interrupt, time, varlena};

/// A series for each group of a frame.
pub(crate) struct Series {
    window: Window,
    frame: Frame,
    /// For each group the buckets with events, in order.
    filled: Vec<Vec<(i64, GroupTotals)>>,
    /// The times of the first and the last event.
    ends: Option<(i64, i64)>,
}

impl Series {
    /// Reads the series of the frame's groups, whose tenants are `among` these where that is given.
    pub(crate) fn read(
        account: &Account,
        frame: Frame,
        among: Option<&[OwnedId]>,
    ) -> Result<Self, Error> {
        let question = Question::once(&account.source, account.window, Needs::ALL, among);
        let catalogue = super::catalogue(&account.source, Needs::FEATURES)?;
        let filled = memory::collect(frame.groups.above().iter().map(|_| Vec::new()))?;
        let mut series = Self { window: account.window, frame, filled, ends: None };
        match state(&question, &series.frame)? {
            Some(counts) => series.fill(&counts, &catalogue)?,
            None => series.read_grouped(&question, &catalogue)?,
        }
        Ok(series)
    }

    /// The starts of the buckets that each group's series has, in order.
    pub(crate) fn buckets(&self, zone: &Zone) -> impl Iterator<Item = i64> {
        let finite = |bound: Option<i64>| bound.filter(|&bound| time::is_finite(bound));
        let first = self.ends.map(|(first, _)| first);
        let last = self.ends.map(|(_, last)| last);
        let since = finite(self.window.since).or(first);
        let until = finite(self.window.until).or(last.map(|last| last + 1));
        // Without events nothing says where a missing bound is.
        let (since, until) = since.zip(until).unwrap_or((0, 0));
        BucketStarts::new(zone, self.frame.unit, since, until)
    }

    /// The totals of the buckets with events of a group, in order.
    pub(crate) fn filled(&self, group: usize) -> &[(i64, GroupTotals)] {
        &self.filled[group]
    }

    fn fill(&mut self, counts: &SeriesCounts, catalogue: &Catalogue) -> Result<(), Error> {
        let (before, here) = (self.ends, counts.ends());
        self.ends = before
            .zip(here)
            .map(|((first, last), (from, to))| (first.min(from), last.max(to)))
            .or(before)
            .or(here);
        let mut order = memory::collect(0..counts.starts().len())?;
        order.sort_unstable_by_key(|&bucket| counts.starts()[bucket]);
        let groups = &self.frame.groups;
        let buckets = BucketTotals::new(counts, groups, catalogue)?;
        for bucket in order {
            interrupt();
            let start = counts.starts()[bucket];
            for (filled, totals) in self.filled.iter_mut().zip(buckets.totals(bucket)?) {
                if totals.events > 0 {
                    memory::push(filled, (start, totals))?;
                }
            }
        }
        Ok(())
    }

    /// The portable engine: SQL groups the events, and one bucket at a time is added up here.
    fn read_grouped(
        &mut self,
        question: &Question<'_>,
        catalogue: &Catalogue,
    ) -> Result<(), Error> {
        let statement = statement::grouped_series(question, &self.frame)?;
        let mut bucket = empty(&self.frame);
        question.read(&statement, |row| {
            let start = row.int8(0);
            if bucket.starts().first().is_some_and(|&before| before != start) {
                let complete = std::mem::replace(&mut bucket, empty(&self.frame));
                self.fill(&complete, catalogue)?;
            }
            let id = row.id(1, question.source.usage_tenant_type);
            if let Some((tenant, group)) = id.and_then(|id| self.frame.groups.find(id)) {
                let key = GroupingKey { bucket: bucket.bucket(start)?, tenant, group };
                let events = row.int8(3).cast_unsigned();
                let unpriced = events - row.int8(4).cast_unsigned();
                let cost = row.numeric(5).unwrap_or(Cost::Unpriced);
                bucket.add(key, row.bytes(2), cost, (events, unpriced))?;
                bucket.note(row.int8(6));
                bucket.note(row.int8(7));
            }
            Ok(())
        })?;
        self.fill(&bucket, catalogue)
    }
}

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
    let question = Question::once(&account.source, window, Needs::TIME, among);
    if let Some(counts) = state(&question, &frame)? {
        return Ok((day, Activity::new(&counts)));
    }
    // Some more days than matter, whatever clocks did.
    let begin = time::bound(at.saturating_sub(63 * DAY));
    let mut counts = empty(&frame);
    question.read(&statement::grouped_activity(&question, &frame, begin)?, |row| {
        let id = row.id(1, question.source.usage_tenant_type);
        if let Some((tenant, group)) = id.and_then(|id| frame.groups.find(id)) {
            let bucket = counts.bucket(period(row, zone, day).number())?;
            counts.record(GroupingKey { bucket, tenant, group }, None, Cost::Unpriced)?;
        }
        Ok(())
    })?;
    Ok((day, Activity::new(&counts)))
}

fn period(row: &Row, zone: &Zone, last: i64) -> Period {
    match row.get(0) {
        None => Period::Earlier,
        Some(_) => Period::of(local_day(zone, row.int8(0)), last),
    }
}

/// The aggregate engine's counts; nothing where the portable one is to answer.
fn state(question: &Question<'_>, frame: &Frame) -> Result<Option<SeriesCounts>, Error> {
    if pick(question.source) != Engine::Aggregate {
        return Ok(None);
    }
    let bytes = frame.to_bytes()?;
    if bytes.len() > varlena::MOST_BYTES {
        return aggregate::too_large();
    }
    let statement = statement::series_state(question, &bytes)?;
    aggregate::state(question, &statement, || empty(frame))
}

fn empty(frame: &Frame) -> SeriesCounts {
    SeriesCounts::new(frame.groups.len(), frame.groups.above().len(), usize::MAX)
}
