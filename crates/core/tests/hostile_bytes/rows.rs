//! Rows of summaries: random ones, and all that is done with one that was read.

use tenant_metrics_core::CoreError;
use tenant_metrics_core::ids::{Id, IdKind};
use tenant_metrics_core::summaries::Shape;
use tenant_metrics_core::summaries::event_block::{EventBlock, WantedColumns};
use tenant_metrics_core::summaries::events::{EventColumns, NumberedEvent};
use tenant_metrics_core::summaries::names::{NameTable, NamesReader, find_name};
use tenant_metrics_core::summaries::net::{NetCell, NetSum};
use tenant_metrics_core::summaries::net_table::WantedTotals;
use tenant_metrics_core::summaries::pending::{PendingEvents, PendingWriter};
use tenant_metrics_core::summaries::totals::{Totals, TotalsBlock, TotalsKey};
use tenant_metrics_core::usage::{Cost, NEVER};

use super::chance::{Chance, changed};
use super::{measured_read, sound};

/// What a random row has.
const LIMIT: usize = 2000;

pub(crate) fn shape(chance: &mut Chance) -> Shape {
    Shape::new(chance.below(4), chance.below(4)).unwrap()
}

pub(crate) fn time(chance: &mut Chance) -> i64 {
    match chance.below(10) {
        0 => NEVER,
        1 => chance.next().cast_signed(),
        _ => 800_000_000_000_000 + chance.below(1_000_000) as i64,
    }
}

fn cost(chance: &mut Chance) -> Cost<'static> {
    match chance.below(12) {
        0 => Cost::Unpriced,
        1 => Cost::Float8(f64::from_bits(chance.next())),
        2 => Cost::Integer(chance.next().cast_signed()),
        _ => Cost::Float8(chance.below(100_000) as f64 / 1000.0),
    }
}

fn events(chance: &mut Chance, shape: Shape) -> EventColumns {
    let mut events = EventColumns::new(shape);
    let row = pending(chance, shape, IdKind::Int);
    let mut pending = PendingEvents::new(&row, IdKind::Int, shape).unwrap();
    while let Some(event) = pending.next_event().unwrap() {
        let Id::Int(tenant) = event.id else { panic!("an integer was written") };
        let dimensions: Vec<u32> = event
            .dimensions()
            .iter()
            .map(|name| name.map_or(0, |name| name.len() as u32))
            .collect();
        let weight = if event.is_removed { -1 } else { 1 };
        let (time, values) = (event.time, event.values());
        events
            .push(NumberedEvent { tenant, time, weight, dimensions: &dimensions, values })
            .unwrap();
    }
    events
}

fn pending(chance: &mut Chance, shape: Shape, ids: IdKind) -> Vec<u8> {
    let mut row = PendingWriter::new(shape).unwrap();
    for _ in 0..chance.one_of(&[0, 1, 5, 100, 400]) {
        let text = vec![b'i'; chance.below(20)];
        let id = match ids {
            IdKind::Int => Id::Int(1 + chance.below(50) as i64),
            IdKind::Uuid => Id::Uuid(chance.next().into()),
            IdKind::Text => Id::Text(&text),
        };
        let names: Vec<_> = (0..shape.dimensions()).map(|_| vec![b'n'; chance.below(12)]).collect();
        let names = names.iter().map(|name| Some(name.as_slice()).filter(|name| !name.is_empty()));
        let values: Vec<_> = (0..shape.values()).map(|_| cost(chance)).collect();
        row.add(id, chance.one_in(5), time(chance), names, values.into_iter()).unwrap();
    }
    row.finish()
}

/// A row of events, if there are any.
pub(crate) fn event_row(chance: &mut Chance, shape: Shape) -> Vec<u8> {
    let mut row = Vec::new();
    let events = events(chance, shape).net(&|| ()).unwrap();
    events
        .write(LIMIT, &|| (), |written| {
            row = written.bytes;
            Ok::<_, CoreError>(())
        })
        .unwrap();
    row
}

fn push_total(key: TotalsKey, chance: &mut Chance, shape: Shape, into: &mut Totals) {
    let mut cell = NetCell::default();
    for _ in 0..=chance.below(4) {
        cell.note(time(chance), 1);
    }
    let sums = (0..shape.values()).map(|_| {
        let mut sum = NetSum::default();
        match chance.one_in(4) {
            true => sum.missing = cell.events,
            false => sum.note_cost(&cost(chance), cell.events),
        }
        sum
    });
    let sums: Vec<_> = sums.collect();
    into.push(key, cell, sums.into_iter()).unwrap();
}

pub(crate) fn totals_row(chance: &mut Chance, shape: Shape) -> Vec<u8> {
    let mut totals = Totals::new(shape);
    // Names are numbered from one.
    for tenant in 1..=chance.one_of(&[1, 5, 30]) {
        let first = chance.below(4) as u32;
        for name in first..=first + chance.below(3) as u32 {
            push_total(TotalsKey { tenant, name }, chance, shape, &mut totals);
        }
    }
    let mut row = Vec::new();
    totals
        .write(LIMIT, &|| (), |written| {
            row = written.bytes;
            Ok::<_, CoreError>(())
        })
        .unwrap();
    row
}

fn names_row(chance: &mut Chance) -> Vec<u8> {
    let mut names = NameTable::default();
    for _ in 0..=chance.below(60) {
        names.number(&vec![chance.next() as u8; chance.below(9)]).unwrap();
    }
    let mut row = Vec::new();
    names
        .write_new(LIMIT, &|| (), |written| {
            row = written.bytes;
            Ok::<_, CoreError>(())
        })
        .unwrap();
    row
}

/// Changes a row and reads it; what is read has to come back as the same events.
pub(crate) fn use_pending(chance: &mut Chance) -> bool {
    let (shape, ids) = (shape(chance), chance.one_of(&[IdKind::Int, IdKind::Uuid, IdKind::Text]));
    let original = pending(chance, shape, ids);
    let bytes = changed(original.clone(), &pending(chance, shape, ids), chance);
    let read = measured_read(&bytes, || {
        let mut events = PendingEvents::new(&bytes, ids, shape)?;
        let mut taken = EventColumns::new(Shape::new(0, shape.values()).unwrap());
        while let Some(event) = events.next_event()? {
            let (time, values) = (event.time, event.values());
            taken.push(NumberedEvent { tenant: 0, time, weight: 1, dimensions: &[], values })?;
        }
        Ok(taken)
    });
    let Some(events) = read else {
        assert_ne!(bytes, original, "a row that nobody changed");
        return false;
    };
    write_and_read(events.net(&|| ()).unwrap(), Shape::new(0, shape.values()).unwrap());
    true
}

fn write_and_read(events: EventColumns, shape: Shape) {
    let (mut block, mut again) = (EventBlock::default(), EventColumns::new(shape));
    let mut rows = Vec::new();
    events
        .write(LIMIT, &|| (), |row| {
            block.read(&row.bytes, shape, WantedColumns::ALL)?;
            again.push_block(&block)?;
            rows.push(row);
            Ok::<_, CoreError>(())
        })
        .expect("what was sound is written as sound");
    assert_eq!(again.len(), events.len());
    let mut rows = rows.into_iter();
    let again = again.net(&|| ()).unwrap();
    again
        .write(LIMIT, &|| (), |row| {
            assert_eq!(Some(row), rows.next());
            Ok::<_, CoreError>(())
        })
        .unwrap();
}

pub(crate) fn use_events(chance: &mut Chance) -> bool {
    let shape = shape(chance);
    let original = event_row(chance, shape);
    let bytes = changed(original.clone(), &event_row(chance, shape), chance);
    let mut block = EventBlock::default();
    let read = measured_read(&bytes, || {
        let mut events = EventColumns::new(shape);
        block.read(&bytes, shape, WantedColumns::ALL)?;
        events.push_block(&block)?;
        Ok(events)
    });
    let Some(events) = read else {
        assert!(bytes != original || bytes.is_empty(), "a row that nobody changed");
        return false;
    };
    let wanted = WantedColumns { dimensions: chance.next() as u8, values: chance.next() as u32 };
    block.read(&bytes, shape, wanted).expect("a part of what was read");
    write_and_read(events.net(&|| ()).unwrap(), shape);
    true
}

pub(crate) fn use_totals(chance: &mut Chance) -> bool {
    let shape = shape(chance);
    let original = totals_row(chance, shape);
    let bytes = changed(original.clone(), &totals_row(chance, shape), chance);
    let mut block = TotalsBlock::default();
    let tenant = (chance.next() % 16).cast_signed();
    let some = measured_read(&bytes, || {
        block.read_among(&bytes, shape, WantedTotals::ALL, tenant..=tenant + 3)
    });
    if some.is_some() {
        use_cells(&block, shape);
    }
    let read = measured_read(&bytes, || block.read(&bytes, shape, WantedTotals::ALL));
    if read.is_none() {
        assert_ne!(bytes, original, "a row that nobody changed");
        return false;
    }
    use_cells(&block, shape);
    true
}

/// Adds up all that was read of a row of totals.
fn use_cells(block: &TotalsBlock, shape: Shape) {
    let (mut whole, mut sums) = (NetCell::default(), [(); 4].map(|()| NetSum::default()));
    for at in 0..block.len() {
        let cell = block.cell(at);
        assert!(cell.events >= 0 && block.total() >= cell.events.unsigned_abs());
        for (place, sum) in sums.iter_mut().take(shape.values()).enumerate() {
            sum.add(&block.sum(place, at));
        }
        whole.add(&cell);
    }
    let _ = (whole.times(), sums.map(|sum| sum.of(whole.events).map(|sum| sum.total.digits())));
}

pub(crate) fn use_names(chance: &mut Chance) -> bool {
    let original = names_row(chance);
    let bytes = changed(original.clone(), &names_row(chance), chance);
    let read = measured_read(&bytes, || {
        let mut reader = NamesReader::default();
        reader.read(&bytes)?;
        reader.finish()
    });
    let Some(names) = read else {
        assert_ne!(bytes, original, "a row that nobody changed");
        return false;
    };
    for number in 1..=names.len() {
        let name = names.name(number).unwrap();
        assert_eq!(find_name(&bytes, name), Ok(Some(number)));
    }
    sound(find_name(&bytes, b"none"));
    true
}
