//! Rows against plain collections.

#![expect(clippy::cast_possible_truncation, reason = "the numbers are small")]

mod live;
mod made;
mod names;
mod net_table;
mod replay;
mod store;
mod totals;

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::event_block::{EventBlock, WantedColumns};
use super::event_row::EventRow;
use super::events::{EventColumns, NumberedEvent};
use super::pending::{PendingEvents, PendingWriter};
use super::value::Value;
use super::*;
use crate::ids::{Id, IdKind};
use crate::money::{Money, ShortValue};
use crate::usage::NEVER;
use made::{DIMENSIONS, MadeEvent, MadeValue, VALUES, made, name, shape};

/// The events as pending rows.
fn pending(events: &[MadeEvent], per_row: usize) -> Vec<Vec<u8>> {
    let rows = events.chunks(per_row.max(1)).map(|chunk| {
        let mut writer = PendingWriter::new(shape()).unwrap();
        for event in chunk {
            let names: Vec<_> = event.names.iter().map(|number| number.map(name)).collect();
            writer
                .add(
                    Id::Int(event.tenant),
                    event.is_removed,
                    event.time,
                    names.iter().map(|name| name.as_deref()),
                    event.values.iter().map(|value| value.cost()),
                )
                .unwrap();
        }
        assert_eq!(writer.events(), chunk.len());
        let len = writer.len();
        let row = writer.finish();
        assert_eq!(row.len(), len);
        row
    });
    rows.collect()
}

/// The events of pending rows, with numbers.
fn numbered(rows: &[Vec<u8>]) -> EventColumns {
    let mut events = EventColumns::new(shape());
    for row in rows {
        let mut pending = PendingEvents::new(row, IdKind::Int, shape()).unwrap();
        while let Some(event) = pending.next_event().unwrap() {
            let Id::Int(tenant) = event.id else { panic!("of another kind") };
            let number = |name: &Option<&[u8]>| name.map_or(0, |name| 1 + name.len() as u32 / 3);
            let dimensions: Vec<u32> = event.dimensions().iter().map(number).collect();
            let weight = if event.is_removed { -1 } else { 1 };
            let (time, values) = (event.time, event.values());
            events
                .push(NumberedEvent { tenant, time, weight, dimensions: &dimensions, values })
                .unwrap();
        }
    }
    events
}

fn rows_of(events: &EventColumns, limit: usize) -> Vec<EventRow> {
    let mut rows = Vec::new();
    events
        .write(limit, &|| (), |row| {
            rows.push(row);
            Ok::<_, CoreError>(())
        })
        .unwrap();
    rows
}

fn read_back(rows: &[EventRow]) -> EventColumns {
    let (mut events, mut block) = (EventColumns::new(shape()), EventBlock::default());
    for row in rows {
        block.read(&row.bytes, shape(), WantedColumns::ALL).unwrap();
        assert_eq!(block.len(), row.events);
        assert_eq!(row.has_removed, block.weights().iter().any(|&weight| weight < 0));
        let times = block.times();
        assert!(times.is_sorted());
        assert_eq!((times[0], times[times.len() - 1]), row.times);
        events.push_block(&block).unwrap();
    }
    events
}

type Known = (i64, i64, [u32; DIMENSIONS], [Option<String>; VALUES]);

/// How many events there are of each kind.
fn weights(events: &[MadeEvent]) -> BTreeMap<Known, i64> {
    let mut weights = BTreeMap::new();
    for event in events {
        let names = event.names.map(|number| number.map_or(0, |number| 1 + u32::from(number)));
        let known = (event.time, event.tenant, names, event.values.map(MadeValue::text));
        *weights.entry(known).or_default() += if event.is_removed { -1 } else { 1 };
    }
    weights.retain(|_, weight| *weight != 0);
    weights
}

fn text_of(short: ShortValue) -> String {
    let mut sum = Money::default();
    sum.add_units_at(short.units.into(), short.decimals);
    sum.show(short.decimals.into());
    sum.digits().to_text()
}

fn weights_of(events: &EventColumns) -> BTreeMap<Known, i64> {
    let text = |place: usize, at: usize| {
        let column = &events.values[place];
        match column.short(at) {
            Some(short) => Some(text_of(short)),
            None if column.forms[at] == events::MISSING => None,
            None => {
                let bytes = events.long(column.units[at]);
                Some(Money::from_bytes(bytes).unwrap().digits().to_text())
            }
        }
    };
    let known = |at: usize| {
        let names = [0, 1].map(|place| events.dimensions[place][at] as u32);
        (events.times[at], events.tenants[at], names, [text(0, at), text(1, at)])
    };
    (0..events.len()).map(|at| (known(at), events.weights[at])).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn events_come_back_and_what_cancels_out_is_gone(
        events in prop::collection::vec(made(), 0..200),
        (per_row, limit) in (1..50_usize, prop::sample::select(vec![1, 200, 1000, 8000])),
    ) {
        let net = numbered(&pending(&events, per_row)).net(&|| ()).unwrap();
        prop_assert_eq!(weights_of(&net), weights(&events));
        let rows = rows_of(&net, limit);
        prop_assert!(rows.iter().all(|row| row.bytes.len() <= limit || row.events == 1));
        let again = read_back(&rows);
        prop_assert_eq!(weights_of(&again), weights(&events));
        prop_assert_eq!(again.len(), net.len());
        // What was read is as it was written: it makes the same rows.
        prop_assert_eq!(rows_of(&again.net(&|| ()).unwrap(), limit), rows);
    }

    #[test]
    fn columns_that_are_not_wanted_are_left_out(events in prop::collection::vec(made(), 1..50)) {
        let net = numbered(&pending(&events, 7)).net(&|| ()).unwrap();
        let (mut whole, mut part) = (EventBlock::default(), EventBlock::default());
        for row in rows_of(&net, 8000) {
            whole.read(&row.bytes, shape(), WantedColumns::ALL).unwrap();
            part.read(&row.bytes, shape(), WantedColumns { dimensions: 2, values: 2 }).unwrap();
            prop_assert_eq!(part.times(), whole.times());
            prop_assert_eq!(part.tenants(), whole.tenants());
            prop_assert_eq!(part.weights(), whole.weights());
            prop_assert_eq!(part.dimension(0), whole.dimension(1));
            for at in 0..whole.len() {
                let of = |block: &EventBlock, rank| format!("{:?}", block.values(rank).value(at).unwrap());
                prop_assert_eq!(of(&part, 0), of(&whole, 1));
            }
        }
    }

    #[test]
    fn a_row_that_is_cut_off_is_malformed(events in prop::collection::vec(made(), 1..12)) {
        let whole = pending(&events, events.len()).remove(0);
        let net = numbered(std::slice::from_ref(&whole)).net(&|| ()).unwrap();
        let mut block = EventBlock::default();
        for row in rows_of(&net, 8000) {
            for end in 0..row.bytes.len() {
                let read = block.read(&row.bytes[..end], shape(), WantedColumns::ALL);
                prop_assert_eq!(read, Err(CoreError::MalformedRow));
            }
            let other = Shape::new(DIMENSIONS, VALUES + 1).unwrap();
            let read = block.read(&row.bytes, other, WantedColumns::ALL);
            prop_assert_eq!(read, Err(CoreError::MalformedRow));
        }
        for end in 0..whole.len() {
            let mut read = 0;
            let cut = PendingEvents::new(&whole[..end], IdKind::Int, shape()).and_then(|mut rest| {
                while rest.next_event()?.is_some() {
                    read += 1;
                }
                Ok(())
            });
            prop_assert!(cut == Err(CoreError::MalformedRow) || read < events.len());
        }
    }
}

#[test]
fn ids_of_every_kind_wait() {
    let uuid = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff;
    let ids = [Id::Int(-5), Id::Uuid(uuid), Id::Text(b"a tenant"), Id::Text(b"")];
    let kinds = [IdKind::Int, IdKind::Uuid, IdKind::Text, IdKind::Text];
    let shape = Shape::new(0, 0).unwrap();
    for (id, kind) in ids.into_iter().zip(kinds) {
        let mut writer = PendingWriter::new(shape).unwrap();
        assert!(writer.is_empty());
        for is_removed in [false, true] {
            writer.add(id, is_removed, NEVER, std::iter::empty(), std::iter::empty()).unwrap();
        }
        let row = writer.finish();
        let mut events = PendingEvents::new(&row, kind, shape).unwrap();
        for is_removed in [false, true] {
            let event = events.next_event().unwrap().unwrap();
            assert_eq!((event.id, event.is_removed, event.time), (id, is_removed, NEVER));
        }
        assert!(events.next_event().unwrap().is_none());
    }
}

#[test]
fn a_row_says_its_version_and_its_kind() {
    let row = pending(&[], 1);
    assert!(row.is_empty());
    let mut row = PendingWriter::new(shape()).unwrap().finish();
    let read = |row: &[u8]| PendingEvents::new(row, IdKind::Int, shape()).map(|_| ());
    assert_eq!(read(&row), Ok(()));
    assert_eq!(
        EventBlock::default().read(&row, shape(), WantedColumns::ALL),
        Err(CoreError::MalformedRow)
    );
    row[0] = FORMAT + 1;
    assert_eq!(read(&row), Err(CoreError::UnknownRowFormat { found: FORMAT + 1 }));
    assert_eq!(read(&[]), Err(CoreError::MalformedRow));
    assert_eq!(Shape::new(MOST_DIMENSIONS + 1, 0), None);
    assert_eq!(Shape::new(0, MOST_VALUES + 1), None);
}

#[test]
fn equal_events_are_heavy_and_stay_readable() {
    let mut events = EventColumns::new(Shape::new(0, 0).unwrap());
    let weight = i64::from(i32::MAX);
    for _ in 0..3 {
        events
            .push(NumberedEvent { tenant: 1, time: 5, weight, dimensions: &[], values: &[] })
            .unwrap();
    }
    let net = events.net(&|| ()).unwrap();
    assert_eq!(net.weights, [weight; 3]);
    let [row] = &rows_of(&net, 8000)[..] else { panic!("more than a row") };
    let mut block = EventBlock::default();
    block.read(&row.bytes, net.shape, WantedColumns::ALL).unwrap();
    assert_eq!(block.weight(), Some(weight));
}

/// Events as a product has them take about as many bytes as the columns have bits.
#[test]
fn usual_events_take_less_than_nine_bytes() {
    let mut events = EventColumns::new(Shape::new(1, 1).unwrap());
    let mut state = 7_u64;
    let mut below = |end: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 33) % end
    };
    let count = 50_000;
    for n in 0..count {
        let cost = ShortValue { units: below(50_000) as i64, decimals: 6 };
        let time = 800_000_000_000_000 + n * 5_000_000 + below(5_000_000) as i64;
        events
            .push(NumberedEvent {
                tenant: below(10_000) as i64,
                time,
                weight: 1,
                dimensions: &[1 + below(9) as u32],
                values: &[Value::Short(cost)],
            })
            .unwrap();
    }
    let rows = rows_of(&events.net(&|| ()).unwrap(), 8000);
    let bytes: usize = rows.iter().map(|row| row.bytes.len()).sum();
    assert!(bytes < 9 * count as usize, "{bytes} bytes");
    // Rows are full.
    assert!(rows.iter().rev().skip(1).all(|row| row.bytes.len() > 7000));
}
