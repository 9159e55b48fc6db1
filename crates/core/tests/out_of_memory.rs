//! Where memory is short the core gives an error, whichever request it is that fails: a request
//! that cannot fail would end the process.

#![allow(unsafe_code, clippy::unwrap_used, clippy::disallowed_methods, missing_docs)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use tenant_metrics_core::CoreError;
use tenant_metrics_core::accumulator::Accumulator;
use tenant_metrics_core::audit::Audit;
use tenant_metrics_core::by_feature::{
    Adoption, Breakdown, Changes, Counted, Eligible, FeatureUse, Matrix, OrderedBy,
};
use tenant_metrics_core::bytes::Encoded;
use tenant_metrics_core::feature_usage::{FeatureCell, FeatureUsage};
use tenant_metrics_core::features::Catalogue;
use tenant_metrics_core::forest::{Forest, Links};
use tenant_metrics_core::ids::{Id, IdKind};
use tenant_metrics_core::measures::{
    GroupedMeasures, MeasureSum, MeasureTotals, MeasuredUsage, UsagePeriods,
};
use tenant_metrics_core::memory;
use tenant_metrics_core::series::activity::Presence;
use tenant_metrics_core::series::calendar::{Clock, DAY, Offset, Unit};
use tenant_metrics_core::series::counts::{GroupingKey, SeriesCounts};
use tenant_metrics_core::series::frame::Frame;
use tenant_metrics_core::series::groups::Groups;
use tenant_metrics_core::series::timeline::Timeline;
use tenant_metrics_core::series::totals::BucketTotals;
use tenant_metrics_core::subtree::{ForestTotals, GroupedTotals, Scope};
use tenant_metrics_core::summaries::Shape;
use tenant_metrics_core::summaries::event_block::{EventBlock, WantedColumns};
use tenant_metrics_core::summaries::events::{EventColumns, NumberedEvent};
use tenant_metrics_core::summaries::names::{NameTable, NamesReader};
use tenant_metrics_core::summaries::net::{NetCell, NetSum};
use tenant_metrics_core::summaries::net_table::WantedTotals;
use tenant_metrics_core::summaries::pending::{PendingEvents, PendingWriter};
use tenant_metrics_core::summaries::totals::{Totals, TotalsBlock, TotalsKey};
use tenant_metrics_core::usage::{Cost, Usage};

/// Smaller requests are served: they are of things whose size data has no part in.
const LARGE: usize = 4096;

const TENANTS: i64 = 2000;
const FEATURES: i64 = 300;

thread_local! {
    /// Large requests that are still served.
    static SERVED: Cell<usize> = const { Cell::new(usize::MAX) };
}

struct Limited;

#[global_allocator]
static ALLOCATOR: Limited = Limited;

fn serves(size: usize) -> bool {
    let left = SERVED.get();
    if size >= LARGE && left < usize::MAX {
        SERVED.set(left.saturating_sub(1));
    }
    size < LARGE || left > 0
}

// SAFETY: all memory is the system allocator's.
unsafe impl GlobalAlloc for Limited {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: as the caller promises.
        if serves(layout.size()) { unsafe { System.alloc(layout) } } else { std::ptr::null_mut() }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        if size > layout.size() && !serves(size) {
            return std::ptr::null_mut();
        }
        // SAFETY: as the caller promises.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: as the caller promises.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// Runs `body` again and again, each time with one more request served, until all are.
fn with_every_request_failing(body: impl Fn() -> Result<(), CoreError>) {
    for served in 0.. {
        SERVED.set(served);
        let result = body();
        SERVED.set(usize::MAX);
        match result {
            Err(error) => assert_eq!(error, CoreError::OutOfMemory, "request {served}"),
            Ok(()) => return assert!(served > 3, "the test has lost sight of the requests"),
        }
    }
}

fn forest() -> Result<Forest, CoreError> {
    let mut links = Links::new(IdKind::Int);
    for id in 1..=TENANTS {
        // The last hundred are on cycles of two.
        let parent =
            if id > TENANTS - 100 { Some(((id - 1) ^ 1) + 1) } else { (id > 1).then_some(id / 2) };
        links.add(Id::Int(id), parent.map(Id::Int))?;
    }
    // Further rows of every second one; the rows above have smaller parents.
    for id in (1..=TENANTS).step_by(2) {
        links.add(Id::Int(id), Some(Id::Int(TENANTS)))?;
    }
    Forest::new(links, &|| ())
}

fn name(feature: i64) -> Vec<u8> {
    format!("a feature with a long name {feature}").into_bytes()
}

fn events() -> impl Iterator<Item = (i64, Vec<u8>)> {
    (0..2 * TENANTS).map(|event| (event % TENANTS + 1, name(event % FEATURES)))
}

#[test]
fn usage() {
    let forest = forest().unwrap();
    let events: Vec<_> = events().collect();
    with_every_request_failing(|| {
        let mut usage = Usage::new(IdKind::Int, usize::MAX);
        for (id, feature) in &events {
            usage.record(Some(Id::Int(*id)), Some(feature), Cost::Integer(1), 0)?;
        }
        usage.settle()?;
        let mut other = Usage::from_bytes(&usage.to_bytes()?)?;
        other.merge(&usage)?;
        usage.users()?;
        ForestTotals::new(&forest, &other, &Catalogue::Size(9), Scope::Subtree, &|| ())?;
        let mut periods = UsagePeriods::new(IdKind::Int, 1, usize::MAX);
        let other = UsagePeriods::new(IdKind::Int, 1, 9).to_bytes()?;
        periods.merge(&UsagePeriods::from_bytes(&other)?)
    });
    with_every_request_failing(|| {
        let catalogue = Catalogue::Size(9);
        let mut totals = GroupedTotals::new(&forest, &catalogue, Scope::Subtree)?;
        for (id, feature) in &events {
            totals.add(Id::Int(*id), Some(feature), &Default::default(), &|| ())?;
        }
        totals.finish(&|| ()).map(drop)
    });
}

#[test]
fn audits() {
    let events: Vec<_> = events().collect();
    with_every_request_failing(|| {
        let mut audit = Audit::new(IdKind::Int, usize::MAX);
        for (id, feature) in &events {
            audit.record(Some(Id::Int(*id)), Some(feature), Cost::Unpriced, true)?;
        }
        let mut other = Audit::from_bytes(&audit.to_bytes()?)?;
        other.merge(&audit)
    });
}

#[test]
fn measures() {
    let forest = forest().unwrap();
    let events: Vec<_> = events().collect();
    with_every_request_failing(|| {
        let mut measured = MeasuredUsage::new(IdKind::Int, 2, usize::MAX);
        for (id, feature) in &events {
            let slot = measured.slot(Some(Id::Int(*id)))?;
            let values = [Cost::Integer(i64::MAX), Cost::Unpriced];
            measured.record_at(slot, Some(feature), &Cost::Integer(1), 0, values.iter(), |v| *v)?;
        }
        measured.settle()?;
        let mut other = MeasuredUsage::from_bytes(&measured.to_bytes()?)?;
        other.merge(&measured)?;
        MeasureTotals::new(&forest, &other, Scope::Subtree, &|| ())?;
        let mut totals = GroupedMeasures::new(&forest, 2, Scope::Subtree)?;
        for (id, _) in &events {
            totals.add(Id::Int(*id), &[MeasureSum::default(), MeasureSum::default()]);
        }
        totals.finish(&|| ()).map(drop)
    });
}

#[test]
fn ids_of_every_kind() {
    let texts: Vec<_> = (0..TENANTS).map(name).collect();
    with_every_request_failing(|| {
        let mut usage = Usage::new(IdKind::Text, usize::MAX);
        for text in &texts {
            usage.record(Some(Id::Text(text)), None, Cost::Unpriced, 0)?;
        }
        usage.settle()?;
        Usage::from_bytes(&usage.to_bytes()?)?;
        let mut usage = Usage::new(IdKind::Uuid, usize::MAX);
        for id in 0..TENANTS.unsigned_abs() {
            usage.record(Some(Id::Uuid(id.into())), None, Cost::Unpriced, 0)?;
        }
        usage.settle()?;
        Usage::from_bytes(&usage.to_bytes()?).map(drop)
    });
}

#[test]
fn forests() {
    with_every_request_failing(|| {
        let forest = forest()?;
        forest.cycle_of(0, &|| ())?;
        forest.reachable(0, &|| ())?;
        forest.places((1..=2000_u16).map(|id| Id::Int(id.into()))).map(drop)
    });
}

#[test]
fn usage_by_feature() {
    let forest = forest().unwrap();
    let events: Vec<_> = events().collect();
    let names = Catalogue::of_names((100..2 * FEATURES).map(name).collect());
    for limit in [usize::MAX, 1 << 20] {
        with_every_request_failing(|| {
            let mut usage = FeatureUsage::<FeatureCell>::new(IdKind::Int, limit);
            for (id, feature) in &events {
                usage.record(Some(Id::Int(*id)), Some(feature), Cost::Integer(1), 0)?;
            }
            usage.settle()?;
            let mut other = FeatureUsage::<FeatureCell>::from_bytes(&usage.to_bytes()?)?;
            other.merge(&usage)?;
            other.columns().map(drop)
        });
    }
    let mut usage = FeatureUsage::<FeatureCell>::new(IdKind::Int, usize::MAX);
    for (id, feature) in &events {
        usage.record(Some(Id::Int(*id)), Some(feature), Cost::Integer(1), 0).unwrap();
    }
    usage.settle().unwrap();
    let places = forest.places(usage.tenants()).unwrap();
    with_every_request_failing(|| {
        let mut breakdown = Breakdown::default();
        let shown = memory::collect(places.iter().copied().flatten())?;
        let mut matrix = Matrix::new(&forest, Scope::Subtree, &shown)?;
        let adoption = |scope, eligible| {
            let counted = Counted { scope, eligible, depth: None };
            Adoption::new(&forest, &names, counted, shown.iter().copied())
        };
        let mut own = adoption(Scope::Own, Eligible::All)?;
        let mut below = adoption(Scope::Subtree, Eligible::Active)?;
        let mut changes = Changes::new(&forest, &names)?;
        for column in usage.columns()? {
            for (slot, cell) in column.cells {
                let Some(place) = places[slot as usize] else { continue };
                breakdown.add(column.name, cell, None)?;
                matrix.add(place, column.name, cell, None, &|| ())?;
                own.add(place, column.name, FeatureUse::Now(Some(1)), Some(0))?;
                below.add(place, column.name, FeatureUse::Now(Some(1)), None)?;
                changes.add(place, column.name, false)?;
            }
        }
        breakdown.finish(&names, OrderedBy::Cost)?;
        matrix.finish(&|| ())?;
        own.finish(&|| ())?;
        below.finish(&|| ())?;
        changes.finish().map(drop)
    });
}

/// A zone whose clocks show UTC.
struct Utc;

impl Clock for Utc {
    fn shown(&self, _time: i64) -> Offset {
        Offset { ahead: 0, until: i64::MAX }
    }

    fn bucket_start(&self, time: i64) -> i64 {
        time.div_euclid(DAY) * DAY
    }
}

#[test]
fn series() {
    with_every_request_failing(|| {
        let tenants = memory::collect((0..TENANTS).map(|id| (Id::Int(id), 0)))?;
        let groups = Groups::new(IdKind::Int, tenants, memory::filled(1, None)?)?;
        let zone = memory::copied(b"UTC")?;
        let frame = Frame { groups, unit: Unit::Day, zone, last_day: None };
        let groups = Frame::from_bytes(&frame.to_bytes()?)?.groups;
        let mut counts = SeriesCounts::new(groups.len(), 1, usize::MAX).with_measures(1);
        let mut timeline = Timeline::new(Unit::Day);
        for event in 0..1500_u32 {
            let time = i64::from(event) * DAY;
            let bucket = timeline.find(time, &Utc, |start| counts.bucket(start))?;
            let key = GroupingKey { bucket, tenant: event % 2000, group: 0 };
            counts.record(key, Some(&event.to_le_bytes()), Cost::Integer(1))?;
            let values = std::iter::once(Cost::Integer(i64::MAX));
            counts.record_values(key, values, |value| value)?;
        }
        counts.settle()?;
        Presence::of_each(&counts, groups.len())?;
        let mut other = SeriesCounts::from_bytes(&counts.to_bytes()?)?;
        other.merge(&counts)?;
        BucketTotals::new(&other, &groups, &Catalogue::Size(9))?.totals(0).map(drop)
    });
}

#[test]
fn summaries() {
    let shape = Shape::new(1, 1).unwrap();
    let events: Vec<_> = events().take(500).collect();
    with_every_request_failing(|| {
        let mut pending = PendingWriter::new(shape)?;
        for (id, feature) in &events {
            let names = [Some(feature.as_slice())].into_iter();
            pending.add(Id::Int(*id), false, *id, names, [Cost::Float8(1e300)].into_iter())?;
        }
        let row = pending.finish();
        let mut pending = PendingEvents::new(&row, IdKind::Int, shape)?;
        let (mut names, mut numbered) = (NameTable::default(), EventColumns::new(shape));
        while let Some(event) = pending.next_event()? {
            let Id::Int(tenant) = event.id else { return Err(CoreError::MalformedRow) };
            let dimensions = &[names.number(event.dimensions()[0].unwrap_or_default())?];
            let (time, values) = (event.time, event.values());
            numbered.push(NumberedEvent { tenant, time, weight: 1, dimensions, values })?;
        }
        let mut reader = NamesReader::default();
        names.write_new(8000, &|| (), |row| reader.read(&row.bytes))?;
        reader.finish()?;
        let (mut block, mut again) = (EventBlock::default(), EventColumns::new(shape));
        numbered.net(&|| ())?.write(8000, &|| (), |row| {
            block.read(&row.bytes, shape, WantedColumns::ALL)?;
            again.push_block(&block)
        })?;
        let mut totals = Totals::new(shape);
        for tenant in 0..500 {
            let key = TotalsKey { tenant, name: 0 };
            totals.push(key, NetCell::default(), [NetSum::default()].into_iter())?;
        }
        let mut block = TotalsBlock::default();
        totals.write(8000, &|| (), |row| block.read(&row.bytes, shape, WantedTotals::ALL))
    });
}
