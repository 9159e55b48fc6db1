mod clock;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use clock::TestClock;

use super::activity::{Activity, Period, PeriodClock, Presence, end_of_day};
use super::calendar::{BucketStarts, Clock, DAY, HOUR, Unit, local_day};
use super::counts::{GroupingKey, SeriesCounts};
use super::frame::Frame;
use super::groups::Groups;
use super::timeline::Timeline;
use super::totals::{BucketTotals, GroupTotals};
use crate::CoreError;
use crate::accumulator::Accumulator;
use crate::bytes::Encoded;
use crate::features::Catalogue;
use crate::ids::{Id, IdKind};
use crate::measures::MeasureSum;
use crate::usage::Cost;

const UNITS: [Unit; 6] =
    [Unit::Hour, Unit::Day, Unit::Week, Unit::Month, Unit::Quarter, Unit::Year];

fn zone(unit: Unit, changes: &[(i64, i64)]) -> TestClock {
    TestClock { unit, changes: changes.to_vec() }
}

fn starts_of(zone: &TestClock, since: i64, until: i64) -> Vec<i64> {
    BucketStarts::new(zone, zone.unit, since, until).collect()
}

#[test]
fn months_and_years_follow_the_calendar() {
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let (mut day, mut quarter, mut year_start) = (0, 0, 0);
    for year in 2000..2402 {
        for month in 0..12 {
            if month % 3 == 0 {
                quarter = day;
            }
            if month == 0 {
                year_start = day;
            }
            let length = match month {
                1 if leap(year) => 29,
                1 => 28,
                3 | 5 | 8 | 10 => 30,
                _ => 31,
            };
            let next = day + length;
            for day in [day, next - 1] {
                assert_eq!(Unit::Month.next(day * DAY + 5), next * DAY, "{year}-{month}");
            }
            if month % 3 == 2 {
                assert_eq!(Unit::Quarter.next(quarter * DAY), next * DAY);
            }
            if month == 11 {
                assert_eq!(Unit::Year.next(next * DAY - 1), next * DAY);
                assert_eq!(Unit::Year.next(year_start * DAY), next * DAY);
            }
            day = next;
        }
    }
    // Before 2000 too: February 1900 had 28 days, and 1 BC, the year 0, was a leap year.
    assert_eq!(Unit::Month.next(-36_493 * DAY), -36_465 * DAY);
    assert_eq!(Unit::Year.next(-730_485 * DAY), (-730_485 + 366) * DAY);
}

#[test]
fn weeks_begin_on_mondays() {
    for day in -5..=1 {
        assert_eq!(Unit::Week.next(day * DAY + 1), 2 * DAY);
    }
    assert_eq!(Unit::Week.next(2 * DAY), 9 * DAY);
}

#[test]
fn days_on_which_clocks_change() {
    // Forward an hour at two on day 10, back an hour at three on day 20.
    let changes = [(10 * DAY + 2 * HOUR, HOUR), (20 * DAY + 2 * HOUR, 0)];
    let zone = zone(Unit::Day, &changes);
    let starts = starts_of(&zone, 9 * DAY, 22 * DAY);
    assert_eq!(starts.len(), 13);
    let lengths: Vec<i64> = starts.windows(2).map(|pair| (pair[1] - pair[0]) / HOUR).collect();
    assert_eq!(lengths, [24, 23, 24, 24, 24, 24, 24, 24, 24, 24, 24, 25]);
}

#[test]
fn a_day_may_be_skipped_or_come_in_two_parts() {
    // Apia: from one day before Greenwich to one day after.
    let apia = zone(Unit::Day, &[(i64::MIN, -10 * HOUR), (5 * DAY + 10 * HOUR, 14 * HOUR)]);
    let starts = starts_of(&apia, 4 * DAY, 7 * DAY);
    assert_eq!(starts, [3, 4, 5, 6].map(|day| day * DAY + 10 * HOUR));
    // St. John's: from a minute past midnight back by an hour.
    let minute = HOUR / 60;
    let johns = zone(Unit::Day, &[(i64::MIN, HOUR), (5 * DAY - HOUR + minute, 0)]);
    let starts = starts_of(&johns, 4 * DAY, 6 * DAY);
    assert_eq!(starts, [4 * DAY - HOUR, 5 * DAY]);
    let mut timeline = Timeline::new(Unit::Day);
    let mut days =
        |time| timeline.find(time, &johns, |start| Ok(u32::try_from(start / DAY).unwrap()));
    let midnight = 5 * DAY - HOUR;
    assert_eq!(days(midnight - 1), Ok(3));
    assert_eq!(days(midnight), Ok(5));
    assert_eq!(days(midnight + minute), Ok(3));
    assert_eq!(days(5 * DAY), Ok(5));
    for (time, end) in [(midnight - 1, 5 * DAY), (midnight, 6 * DAY), (5 * DAY, 6 * DAY)] {
        assert_eq!(end_of_day(&johns, time), end);
    }
}

#[test]
fn hours_of_half_an_hour() {
    // Lord Howe: back by half an hour.
    let change = 5 * DAY + 15 * HOUR;
    let howe = zone(Unit::Hour, &[(i64::MIN, 11 * HOUR), (change, 10 * HOUR + HOUR / 2)]);
    let starts = starts_of(&howe, change - 2 * HOUR, change + 2 * HOUR);
    let halves: Vec<i64> = starts.iter().map(|start| (start - change) * 2 / HOUR).collect();
    assert_eq!(halves, [-4, -2, -1, 1, 3]);
}

#[test]
fn the_ends_of_time() {
    for unit in UNITS {
        let zone = zone(unit, &[(i64::MIN, 14 * HOUR)]);
        let mut timeline = Timeline::new(unit);
        for time in [-211_813_488_000_000_000, 9_223_371_331_199_999_999] {
            assert_eq!(timeline.find(time, &zone, |_| Ok(7)), Ok(7));
        }
    }
}

fn zones() -> impl Strategy<Value = TestClock> {
    let changes = prop::collection::btree_map(0..90 * DAY, -14 * 4..=14 * 4_i64, 0..6);
    (prop::sample::select(&UNITS[..]), changes).prop_map(|(unit, changes)| TestClock {
        unit,
        changes: changes.into_iter().map(|(at, quarters)| (at, quarters * HOUR / 4)).collect(),
    })
}

proptest! {
    #[test]
    fn a_timeline_finds_the_bucket_of_every_event(
        zone in zones(),
        times in prop::collection::vec(-10 * DAY..100 * DAY, 1..200),
    ) {
        let mut timeline = Timeline::new(zone.unit);
        let mut starts = Vec::new();
        for time in times {
            let bucket = timeline.find(time, &zone, |start| {
                starts.push(start);
                Ok(u32::try_from(starts.len() - 1).unwrap())
            });
            prop_assert_eq!(starts[bucket.unwrap() as usize], zone.bucket_start(time));
        }
    }

    #[test]
    fn every_bucket_of_a_window_comes_once_and_in_order(
        zone in zones(),
        since in -10 * DAY..95 * DAY,
        length in 0..20 * DAY,
    ) {
        let starts = starts_of(&zone, since, since + length);
        let seen: BTreeSet<i64> =
            (since..since + length).step_by(60_000_000 * 7).map(|time| zone.bucket_start(time)).collect();
        prop_assert!(starts.is_sorted_by(|a, b| a < b));
        let starts: BTreeSet<i64> = starts.into_iter().collect();
        prop_assert!(starts.is_superset(&seen));
        // Only what lasts for less than the steps above can be missing there.
        let ends = [since, since + length - 1].map(|time| zone.bucket_start(time));
        if zone.changes.is_empty() && length > 0 {
            prop_assert!(starts.iter().all(|start| seen.contains(start) || ends.contains(start)));
        }
    }
}

fn two_groups() -> Groups {
    // The second group is a part of the first.
    let tenants = vec![(Id::Int(5), 1), (Id::Int(1), 0), (Id::Int(3), 1)];
    Groups::new(IdKind::Int, tenants, vec![None, Some(0)]).unwrap()
}

fn record(
    counts: &mut SeriesCounts,
    groups: &Groups,
    start: i64,
    id: i64,
    feature: &str,
    cost: f64,
) {
    let (tenant, group) = groups.find(Id::Int(id)).unwrap();
    let bucket = counts.bucket(start).unwrap();
    let key = GroupingKey { bucket, tenant, group };
    counts.record(key, Some(feature.as_bytes()), Cost::Float8(cost)).unwrap();
    let value = if cost > 2.0 { Cost::Unpriced } else { Cost::Integer(i64::MAX) };
    counts.record_values(key, std::iter::once(value), |value| value).unwrap();
    counts.note(start * 10);
}

/// Events, unpriced ones, features, tenants, cost, sum of the measure, events without its value.
fn facts(totals: &[GroupTotals]) -> Vec<String> {
    let facts = |totals: &GroupTotals| {
        let GroupTotals { events, unpriced, features, tenants, cost, sum } = totals;
        let (cost, value) = (cost.digits().to_text(), sum.total.digits().to_text());
        format!("{events} {unpriced} {features} {tenants} {cost} {value} {}", sum.missing)
    };
    totals.iter().map(facts).collect()
}

#[test]
fn what_is_part_of_a_group_counts_in_it_too() {
    let groups = two_groups();
    let frame = Frame { groups, unit: Unit::Day, zone: b"UTC".to_vec(), last_day: None };
    let groups = Frame::from_bytes(&frame.to_bytes().unwrap()).unwrap().groups;
    let mut counts = SeriesCounts::new(groups.len(), 2, usize::MAX).with_measures(1);
    for (id, feature, cost) in
        [(1, "a", 1.0), (1, "b", 2.0), (3, "b", 3.0), (5, "c", f64::NAN), (5, "b", 4.0)]
    {
        record(&mut counts, &groups, 7, id, feature, cost);
    }
    counts.settle().unwrap();
    let names = Catalogue::of_names(vec![b"a".to_vec(), b"b".to_vec()]);
    let buckets = BucketTotals::new(&counts, &groups, &names).unwrap();
    let all = ["5 1 2 3 10 27670116110564327421 2", "3 1 1 2 7 9223372036854775807 2"];
    assert_eq!(facts(&buckets.totals(0).unwrap()), all);
    let buckets = BucketTotals::new(&counts, &groups, &Catalogue::Size(9)).unwrap();
    let features =
        buckets.totals(0).unwrap().iter().map(|totals| totals.features).collect::<Vec<_>>();
    assert_eq!(features, [3, 2]);
}

#[test]
fn groups_must_be_sound() {
    let made = |tenants: &[(i64, u32)], above: &[Option<u32>]| {
        let tenants = tenants.iter().map(|&(id, group)| (Id::Int(id), group)).collect();
        Groups::new(IdKind::Int, tenants, above.to_vec()).map(|groups| groups.len())
    };
    assert_eq!(made(&[(1, 0), (2, 1)], &[None, Some(0)]), Ok(2));
    assert_eq!(made(&[(1, 1)], &[None]), Err(CoreError::MalformedState));
    assert_eq!(made(&[(1, 0)], &[Some(0)]), Err(CoreError::MalformedState));
    assert_eq!(made(&[(1, 0), (1, 0)], &[None]), Err(CoreError::MalformedState));
    assert!(Frame::from_bytes(b"x").is_err());
}

proptest! {
    // Everybody can call the aggregate, with a frame that he made himself.
    #[test]
    fn any_bytes_are_a_frame_or_an_error(at in 0..100_usize, byte: u8, cut in 0..100_usize) {
        let ids = [&b"one"[..], b"two", b""].map(Id::Text);
        let tenants = ids.into_iter().zip([1, 0, 1]).collect();
        let groups = Groups::new(IdKind::Text, tenants, vec![None, Some(0)]).unwrap();
        let frame = Frame { groups, unit: Unit::Week, zone: b"UTC".to_vec(), last_day: Some(7) };
        let mut bytes = frame.to_bytes().unwrap();
        bytes.truncate(100 - cut);
        if let Some(changed) = bytes.get_mut(at) {
            *changed = byte;
        }
        if let Ok(Frame { groups, .. }) = Frame::from_bytes(&bytes) {
            let mut counts = SeriesCounts::new(groups.len(), groups.above().len(), 1 << 20);
            for id in ids {
                if let (Some((tenant, group)), Ok(bucket)) = (groups.find(id), counts.bucket(0)) {
                    counts.record(GroupingKey { bucket, tenant, group }, None, Cost::Unpriced).unwrap();
                }
            }
        }
    }
}

#[test]
fn counts_of_other_groups_are_told_from_those_of_these() {
    let groups = two_groups();
    let totals = |tenants, count: usize, change: fn(&mut SeriesCounts)| {
        let mut counts = SeriesCounts::new(tenants, count, usize::MAX);
        counts.bucket(0).unwrap();
        change(&mut counts);
        BucketTotals::new(&counts, &groups, &Catalogue::Size(9)).err()
    };
    assert_eq!(totals(groups.len(), 2, |_| ()), None);
    let refused = Some(CoreError::MalformedState);
    assert_eq!(totals(groups.len(), 3, |_| ()), refused);
    assert_eq!(totals(groups.len() + 64, 2, |_| ()), refused);
    assert_eq!(totals(groups.len(), 2, |counts| counts.tenants[0] = 1 << 63), refused);
}

#[test]
fn counts_end_at_their_limit() {
    let groups = two_groups();
    let mut counts = SeriesCounts::new(groups.len(), 2, 10_000);
    let mut filled = || (0..).find_map(|start| counts.bucket(start).err());
    assert_eq!(filled(), Some(CoreError::MemoryLimit { limit: 10_000 }));
    let mut counts = SeriesCounts::new(groups.len(), 2, 10_000);
    assert_eq!(counts.charge(10_001), Err(CoreError::MemoryLimit { limit: 10_000 }));
    assert_eq!(
        counts.merge(&SeriesCounts::new(groups.len() + 64, 2, 10_000)),
        Err(CoreError::MalformedState)
    );
    assert_eq!(
        counts.merge(&SeriesCounts::new(groups.len(), 2, 10_000).with_measures(1)),
        Err(CoreError::MalformedState)
    );
}

proptest! {
    #[test]
    fn counts_of_several_processes_add_up(
        events in prop::collection::vec((0..3_i64, 0..3_usize, 0..200_u32, -9..9_i32), 0..300),
        shares in 1..4_usize,
    ) {
        let groups = two_groups();
        let empty = || SeriesCounts::new(groups.len(), 2, usize::MAX).with_measures(1);
        let mut whole = empty();
        let mut parts: Vec<SeriesCounts> = (0..shares).map(|_| empty()).collect();
        for (i, &(start, tenant, feature, cost)) in events.iter().enumerate() {
            let id = [1, 3, 5][tenant];
            let feature = format!("feature {feature}");
            record(&mut whole, &groups, start, id, &feature, cost.into());
            record(&mut parts[i % shares], &groups, start, id, &feature, cost.into());
        }
        for counts in parts.iter_mut().chain([&mut whole]) {
            counts.settle().unwrap();
        }
        let mut merged = parts.remove(0);
        for part in &parts {
            merged.merge(&SeriesCounts::from_bytes(&part.to_bytes().unwrap()).unwrap()).unwrap();
        }
        let table = |counts: &SeriesCounts| -> BTreeMap<i64, _> {
            let buckets = BucketTotals::new(counts, &groups, &Catalogue::Size(9)).unwrap();
            let totals = |bucket| facts(&buckets.totals(bucket).unwrap());
            counts.starts().iter().enumerate().map(|(i, &start)| (start, totals(i))).collect()
        };
        prop_assert_eq!(table(&merged), table(&whole));
        prop_assert_eq!(merged.ends(), whole.ends());
        let times = || events.iter().map(|event| event.0 * 10);
        prop_assert_eq!(whole.ends(), times().min().zip(times().max()));
        for start in 0..3 {
            prop_assert_eq!(merged.tenants(start), whole.tenants(start));
        }
    }
}

#[test]
fn events_that_come_together_count_as_if_they_came_alone() {
    let groups = two_groups();
    let mut counts = SeriesCounts::new(groups.len(), 2, usize::MAX).with_measures(1);
    let bucket = counts.bucket(0).unwrap();
    let key = GroupingKey { bucket, tenant: 0, group: 0 };
    let mut sums = [MeasureSum { missing: 2, ..MeasureSum::default() }];
    sums[0].total.add_integer(30);
    counts.add(key, Some(b"a"), Cost::Integer(12), (5, 2), &sums).unwrap();
    counts.add(key, None, Cost::Unpriced, (3, 3), &sums).unwrap();
    let buckets = BucketTotals::new(&counts, &groups, &Catalogue::Size(9)).unwrap();
    assert_eq!(facts(&buckets.totals(0).unwrap())[0], "8 5 1 1 12 60 4");
}

#[test]
fn a_tenant_is_new_recovered_or_lapsed() {
    let tenants: Vec<(Id<'_>, u32)> = (0..7).map(|id| (Id::Int(id), 0)).collect();
    let groups = Groups::new(IdKind::Int, tenants, vec![None]).unwrap();
    let clock = PeriodClock::new(TestClock::utc(Unit::Day), 100);
    let mut counts = SeriesCounts::new(groups.len(), 1, usize::MAX);
    let mut timeline = Timeline::new(Unit::Day);
    let active: [(i64, &[i64]); 7] = [
        (0, &[100]),
        (1, &[94, 5]),
        (2, &[93, 41]),
        (3, &[71, 40]),
        (4, &[70, 2]),
        (5, &[41, 101]),
        (6, &[40]),
    ];
    for (id, days) in active {
        for day in days {
            let time = day * DAY + 5 * HOUR;
            assert_eq!(local_day(&clock, time), *day);
            let bucket = timeline.find(time, &clock, |start| counts.bucket(start)).unwrap();
            let (tenant, group) = groups.find(Id::Int(id)).unwrap();
            counts.record(GroupingKey { bucket, tenant, group }, None, Cost::Unpriced).unwrap();
        }
    }
    let activity = Activity::of(Presence::of_each(&counts, groups.len()).unwrap().into_iter());
    let expected = Activity { day: 1, week: 2, month: 4, new: 1, recovered: 2, lapsed: 2 };
    assert_eq!(activity, expected);
    assert_eq!([100, 101].map(|day| Period::of(day, 100)), [Period::Day, Period::Later]);
}
