//! Usage by bucket of time: one pass over usage, then a row for each bucket of the window.

pub(crate) mod activity;
pub(crate) mod listed;

use tenant_metrics_core::bytes::Encoded;
use tenant_metrics_core::counting::SeriesCounting;
use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::ids::IdKind;
use tenant_metrics_core::memory;
use tenant_metrics_core::series::calendar::BucketStarts;
use tenant_metrics_core::series::counts::{GroupingKey, SeriesCounts};
use tenant_metrics_core::series::frame::Frame;
use tenant_metrics_core::series::groups::Groups;
use tenant_metrics_core::series::totals::{BucketTotals, GroupTotals};

use super::account::Account;
use super::catalogue;
use super::groups::UsageGroups;
use super::lookup;
use super::question::{Needs, Question, Window};
use super::reading::Reading;
use super::route;
use super::statement::groups::{Bucket, Cut};
use super::statement::{Statement, states};
use crate::error::Error;
use crate::pg::ids::OwnedId;
use crate::pg::zone::{BucketClock, Zone};
use crate::pg::{Datum, interrupt, varlena};
use crate::source::measure::Measure;

/// A series for each group of a frame.
pub(crate) struct Series {
    window: Window,
    frame: Frame,
    /// For each group the buckets with events, in order.
    filled: Vec<Vec<(i64, GroupTotals)>>,
    /// The times of the first and the last event.
    ends: Option<(i64, i64)>,
}

/// A bucket of a series.
pub(crate) struct BucketRow<'a> {
    pub(crate) start: i64,
    /// What clocks show then.
    pub(crate) local: Option<Datum>,
    /// Missing where the bucket has no events.
    pub(crate) totals: Option<&'a GroupTotals>,
}

impl Series {
    /// Reads the series of the frame's groups, whose tenants are `among` these where that is given.
    pub(crate) fn read(
        account: &Account,
        frame: Frame,
        among: Option<&[OwnedId]>,
        measure: Measure,
    ) -> Result<Self, Error> {
        let needs = Needs::ALL.in_source(&account.source).and(Needs::of_further(measure));
        let question = lookup::question(&account.source, account.window, needs, among)?;
        let catalogue = catalogue::of(&account.source, needs)?;
        let filled = memory::collect(frame.groups.above().iter().map(|_| Vec::new()))?;
        let series = Self { window: account.window, frame, filled, ends: None };
        let measures = needs.measures.len();
        route::read(&question, Buckets { series, catalogue: &catalogue, measures })
    }

    /// The starts of the buckets that each group's series has, in order, and what clocks show then.
    fn starts(&self, zone: &Zone) -> impl Iterator<Item = (i64, Option<Datum>)> {
        let window = self.window.finite();
        let first = self.ends.map(|(first, _)| first);
        let last = self.ends.map(|(_, last)| last);
        let since = window.since.or(first);
        let until = window.until.or(last.map(|last| last.saturating_add(1)));
        // Without events nothing says where a missing bound is.
        let (since, until) = since.zip(until).unwrap_or((0, 0));
        let starts = BucketStarts::new(zone, self.frame.unit, since, until);
        starts.map(|start| (start, zone.local(start)))
    }

    /// The buckets of all series, of which those that come first are kept.
    pub(crate) fn buckets<'a>(&'a self, zone: &'a Zone) -> Result<BucketsOfAll<'a>, Error> {
        let kept = memory::collect(self.starts(zone).take(KEPT_BUCKETS))?;
        Ok(BucketsOfAll { series: self, zone, kept })
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
        let totals = BucketTotals::new(counts, groups, catalogue)?;
        for bucket in order {
            interrupt();
            let start = counts.starts()[bucket];
            for (filled, totals) in self.filled.iter_mut().zip(totals.totals(bucket)?) {
                if totals.events > 0 {
                    memory::push(filled, (start, totals))?;
                }
            }
        }
        Ok(())
    }
}

/// Buckets of several series that are kept from the first to the next; later ones are found anew
/// for each, so that a long window needs time but no memory.
const KEPT_BUCKETS: usize = 100_000;

/// The buckets that every group's series has.
pub(crate) struct BucketsOfAll<'a> {
    series: &'a Series,
    zone: &'a Zone,
    kept: Vec<(i64, Option<Datum>)>,
}

impl BucketsOfAll<'_> {
    /// The series of a group: a row for each bucket.
    pub(crate) fn of_group(&self, group: usize) -> impl Iterator<Item = BucketRow<'_>> {
        let more = (self.kept.len() == KEPT_BUCKETS)
            .then(|| self.series.starts(self.zone).skip(KEPT_BUCKETS));
        let starts = self.kept.iter().copied().chain(more.into_iter().flatten());
        let mut filled = self.series.filled[group].iter().peekable();
        starts.map(move |(start, local)| {
            let totals = filled.next_if(|(at, _)| *at == start).map(|(_, totals)| totals);
            BucketRow { start, local, totals }
        })
    }
}

/// Asks for the totals of each bucket and group, and fills a series with them.
struct Buckets<'a> {
    series: Series,
    catalogue: &'a Catalogue,
    /// Number of measures.
    measures: usize,
}

impl Buckets<'_> {
    fn no_counts(&self, limit: usize) -> SeriesCounts {
        no_counts(&self.series.frame, limit).with_measures(self.measures)
    }
}

impl Reading for Buckets<'_> {
    type State = SeriesCounts;
    type Counting<'c>
        = SeriesCounting<&'c Groups, BucketClock>
    where
        Self: 'c;
    type Answer = Series;

    fn statement(&self, question: &Question<'_>) -> Result<Option<Statement>, Error> {
        framed(question, &self.series.frame)
    }

    fn counting(&self) -> Result<Self::Counting<'_>, Error> {
        counting(&self.series.frame)
    }

    fn empty(&self, _: IdKind, limit: usize) -> SeriesCounts {
        self.no_counts(limit)
    }

    fn frame(&self) -> Option<&Frame> {
        Some(&self.series.frame)
    }

    /// Buckets are few beside events.
    fn entries(&self) -> usize {
        0
    }

    fn of_state(mut self, _: &Question<'_>, counts: SeriesCounts) -> Result<Series, Error> {
        self.series.fill(&counts, self.catalogue)?;
        Ok(self.series)
    }

    fn cut(&self) -> Result<Cut, Error> {
        let Frame { unit, zone, .. } = &self.series.frame;
        let bucket = Bucket::Of { unit: *unit, zone: memory::copied(zone)? };
        Ok(Cut { bucket: Some(bucket), first: true, ..Cut::default() })
    }

    /// One bucket at a time is added up.
    fn of_groups(mut self, groups: &UsageGroups<'_>) -> Result<Series, Error> {
        let mut counts = self.no_counts(usize::MAX);
        groups.each_of_tenants(|id, group| {
            // All events have finite times.
            let Some(start) = group.bucket else { return Ok(()) };
            if counts.starts().first().is_some_and(|&before| before != start) {
                let complete = std::mem::replace(&mut counts, self.no_counts(usize::MAX));
                self.series.fill(&complete, self.catalogue)?;
            }
            let Some((tenant, in_group)) = self.series.frame.groups.find(id) else { return Ok(()) };
            let key = GroupingKey { bucket: counts.bucket(start)?, tenant, group: in_group };
            let numbers = (group.events, group.unpriced);
            counts.add(key, group.feature, group.cost, numbers, group.measure().as_slice())?;
            counts.note(group.first);
            counts.note(group.last);
            Ok(())
        })?;
        self.series.fill(&counts, self.catalogue)?;
        Ok(self.series)
    }
}

/// The statement for the counts in a frame; missing if the frame is too large for a parameter.
fn framed(question: &Question<'_>, frame: &Frame) -> Result<Option<Statement>, Error> {
    let bytes = frame.to_bytes()?;
    if bytes.len() > varlena::MOST_BYTES {
        return Ok(None);
    }
    states::series_state(question, &bytes).map(Some)
}

/// What counts the events of a frame.
fn counting(frame: &Frame) -> Result<SeriesCounting<&Groups, BucketClock>, Error> {
    let (clock, always) = BucketClock::new(&frame.zone, frame.unit, frame.last_day)?;
    Ok(SeriesCounting::new(&frame.groups, frame.unit, clock, always))
}

fn no_counts(frame: &Frame, limit: usize) -> SeriesCounts {
    SeriesCounts::new(frame.groups.len(), frame.groups.above().len(), limit)
}
