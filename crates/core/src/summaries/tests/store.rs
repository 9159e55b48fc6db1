//! A store of rows that is written to, folded and read, against the events that are left.

#![expect(clippy::unit_arg, reason = "shorter so")]

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;

use super::made::{DIMENSIONS, MadeEvent, made, name, shape};
use super::net_table::{Shown, expected, shown};
use super::pending;
use crate::CoreError;
use crate::ids::IdKind;
use crate::summaries::event_block::{EventBlock, WantedColumns};
use crate::summaries::events::EventColumns;
use crate::summaries::fold::{EventFold, FoldedRow, TotalsFold};
use crate::summaries::live::LiveEvents;
use crate::summaries::net_table::{NetTable, WantedTotals};
use crate::summaries::numbering::{Named, Numbering, NumberingReader};
use crate::summaries::totals::{TotalsBlock, TotalsKey};
use crate::usage::NEVER;

const LIMIT: usize = 600;

/// What a source has stored.
#[derive(Default)]
struct Store {
    pending: Vec<Vec<u8>>,
    /// Events that are not in the totals, and those that are: whether some were taken away, and
    /// the row.
    late: Vec<(bool, Vec<u8>)>,
    counted: Vec<(bool, Vec<u8>)>,
    totals: Vec<(usize, Vec<u8>)>,
    names: Vec<(Named, Vec<u8>)>,
}

#[derive(Debug, Clone)]
enum Change {
    Add(Vec<MadeEvent>),
    Remove(Vec<Index>),
    FoldEvents(Index),
    FoldTotals,
    Merge,
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![
        4 => prop::collection::vec(made(), 1..12).prop_map(Change::Add),
        3 => prop::collection::vec(any::<Index>(), 1..8).prop_map(Change::Remove),
        2 => any::<Index>().prop_map(Change::FoldEvents),
        1 => Just(Change::FoldTotals),
        1 => Just(Change::Merge),
    ]
}

impl Store {
    fn numbering(&self) -> Numbering {
        let mut reader = NumberingReader::new(shape(), IdKind::Int);
        for (named, row) in self.names.iter().rev() {
            reader.read(*named, row).unwrap();
        }
        reader.finish().unwrap()
    }

    /// Appends what a fold makes; events go to `into`.
    fn take(names: &mut Vec<(Named, Vec<u8>)>, into: &mut Vec<(bool, Vec<u8>)>, row: FoldedRow) {
        match row {
            FoldedRow::Names(named, row) => names.push((named, row.bytes)),
            FoldedRow::Events(row) => into.push((row.has_removed, row.bytes)),
            FoldedRow::Totals(..) => panic!("no totals were added"),
        }
    }

    /// Puts some of what waits into rows, in any order.
    fn fold_events(&mut self, which: Index) {
        let mut fold = EventFold::new(self.numbering());
        let count = which.index(self.pending.len() + 1);
        for _ in 0..count {
            let row = self.pending.remove(which.index(self.pending.len()));
            fold.add_pending(&row, |_| true).unwrap();
        }
        let Self { names, late, .. } = self;
        write(fold, |row| Self::take(names, late, row));
    }

    /// Counts all that is not counted.
    fn fold_totals(&mut self) {
        let mut fold = EventFold::new(self.numbering());
        let mut block = EventBlock::default();
        for row in self.pending.drain(..) {
            fold.add_pending(&row, |_| true).unwrap();
        }
        for (_, row) in self.late.drain(..) {
            block.read(&row, shape(), WantedColumns::ALL).unwrap();
            fold.add_events(&block).unwrap();
        }
        let mut new = Vec::new();
        let names = &mut self.names;
        write(fold, |row| Self::take(names, &mut new, row));
        let mut fold = TotalsFold::new(shape(), usize::MAX).unwrap();
        let mut totals = TotalsBlock::default();
        for (dimension, row) in self.totals.drain(..) {
            totals.read(&row, shape(), WantedTotals::ALL).unwrap();
            fold.add_totals(dimension, &totals).unwrap();
        }
        for (_, row) in &new {
            block.read(row, shape(), WantedColumns::ALL).unwrap();
            fold.add_events(&block).unwrap();
        }
        self.counted.extend(new);
        let unknown = fold.forget_unknown().unwrap();
        if !unknown.is_empty() {
            self.each_live(WantedColumns::ALL, |block| fold.add_live(block, &unknown).unwrap());
            assert!(fold.forget_unknown().unwrap().is_empty());
        }
        let totals = &mut self.totals;
        fold.write(LIMIT, &|| (), |row| {
            let FoldedRow::Totals(dimension, row) = row else { panic!("no totals") };
            totals.push((dimension, row.bytes));
            Ok::<_, CoreError>(())
        })
        .unwrap();
    }

    /// Puts all rows of counted events together.
    fn merge(&mut self) {
        let (mut fold, mut block) = (EventFold::new(self.numbering()), EventBlock::default());
        for (_, row) in self.counted.drain(..) {
            block.read(&row, shape(), WantedColumns::ALL).unwrap();
            fold.add_events(&block).unwrap();
        }
        let Self { names, counted, .. } = self;
        write(fold, |row| Self::take(names, counted, row));
    }

    /// Calls `on_block` with the events that are left.
    fn each_live(&self, wanted: WantedColumns, mut on_block: impl FnMut(&EventBlock)) {
        let (mut numbering, mut block) = (self.numbering(), EventBlock::default());
        let mut beside = EventColumns::new(wanted.of(shape()));
        for row in &self.pending {
            numbering.number(row, wanted, |_| true, &mut beside).unwrap();
        }
        let rows = self.late.iter().chain(&self.counted);
        for (_, row) in rows.clone().filter(|(has_removed, _)| *has_removed) {
            block.read(row, shape(), wanted).unwrap();
            beside.push_removed(&block, |_| true).unwrap();
        }
        let mut live = LiveEvents::new(beside.net(&|| ()).unwrap()).unwrap();
        for (_, row) in rows {
            block.read(row, shape(), wanted).unwrap();
            live.leave_out(&mut block).unwrap();
            on_block(&block);
        }
        live.finish(&mut block, |block| Ok::<_, CoreError>(on_block(block))).unwrap();
    }

    /// All totals of a dimension, by tenant and name, or all but their times.
    fn read(&self, dimension: usize, times: bool) -> BTreeMap<(i64, Option<Vec<u8>>), Shown> {
        let wanted = WantedColumns { dimensions: 1 << dimension, values: 3 };
        let all = WantedTotals { times, values: 3 };
        let mut table = NetTable::new(all, usize::MAX);
        let (mut numbering, mut block) = (self.numbering(), EventBlock::default());
        let mut beside = EventColumns::new(wanted.of(shape()));
        for row in &self.pending {
            numbering.number(row, wanted, |_| true, &mut beside).unwrap();
        }
        let mut each_late = |on_block: &mut dyn FnMut(&mut EventBlock)| {
            for (_, row) in &self.late {
                block.read(row, shape(), wanted).unwrap();
                on_block(&mut block);
            }
            beside.each_block(&mut block, |block| Ok::<_, CoreError>(on_block(block))).unwrap();
        };
        each_late(&mut |block| table.touch(block, Some(0), |_| true).unwrap());
        // What is not touched by events that were taken away is read as it is.
        let mut untouched = NetTable::new(all, usize::MAX);
        each_late(&mut |block| {
            table.take_touched(block, Some(0), |_| true).unwrap();
            assert!(block.weights().iter().all(|&weight| weight >= 0));
            untouched.add_events(block, Some(0), |_| true).unwrap();
        });
        let mut totals = TotalsBlock::default();
        for (_, row) in self.totals.iter().filter(|(of, _)| *of == dimension) {
            totals.read(row, shape(), all).unwrap();
            let mut others = Vec::new();
            table
                .add_touched_totals(&totals, 0..totals.len(), |at| {
                    Ok::<_, CoreError>(others.push(at))
                })
                .unwrap();
            others.iter().for_each(|&at| untouched.add_cell(&totals, at).unwrap());
        }
        let unknown = table.forget_unknown().unwrap();
        if !unknown.is_empty() {
            self.each_live(wanted, |block| {
                table.add_events(block, Some(0), |key| unknown.contain(key)).unwrap();
            });
        }
        let named = |key: TotalsKey| {
            (key.tenant, numbering.names(dimension).name(key.name).map(<[u8]>::to_vec))
        };
        let mut all = shown(&untouched);
        for (key, totals) in shown(&table) {
            assert!(all.insert(key, totals).is_none());
        }
        all.into_iter().map(|(key, totals)| (named(key), totals)).collect()
    }
}

/// Calls `on_row` with all that a fold makes, names first.
fn write(mut fold: EventFold, mut on_row: impl FnMut(FoldedRow)) {
    let events = fold.take_events(&|| ()).unwrap();
    fold.write_names(LIMIT, &|| (), |row| Ok::<_, CoreError>(on_row(row))).unwrap();
    let each = |row| Ok::<_, CoreError>(on_row(FoldedRow::Events(row)));
    events.write(LIMIT, &|| (), each).unwrap();
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(192))]

    #[test]
    fn a_store_says_what_its_events_say(changes in prop::collection::vec(change(), 1..25)) {
        let (mut store, mut left) = (Store::default(), Vec::new());
        for change in changes {
            match change {
                Change::Add(events) => {
                    let events: Vec<_> = events
                        .into_iter()
                        .map(|event| MadeEvent { is_removed: false, ..event })
                        .collect();
                    store.pending.extend(pending(&events, events.len()));
                    left.extend(events);
                }
                Change::Remove(which) => {
                    let mut removed = Vec::new();
                    for which in which {
                        if !left.is_empty() {
                            let event: MadeEvent = left.swap_remove(which.index(left.len()));
                            removed.push(MadeEvent { is_removed: true, ..event });
                        }
                    }
                    store.pending.extend(pending(&removed, removed.len()));
                }
                Change::FoldEvents(which) => store.fold_events(which),
                Change::FoldTotals => store.fold_totals(),
                Change::Merge => store.merge(),
            }
            for dimension in 0..DIMENSIONS {
                let expected = expected(&left, dimension).into_iter().map(|(key, totals)| {
                    let number = key.name.checked_sub(1);
                    let named = number.map(|number| name(u8::try_from(number).unwrap()));
                    ((key.tenant, named), totals)
                });
                let mut expected: BTreeMap<_, _> = expected.collect();
                prop_assert_eq!(&store.read(dimension, true), &expected);
                expected.values_mut().for_each(|totals| totals.1 = (NEVER, NEVER));
                prop_assert_eq!(&store.read(dimension, false), &expected);
            }
        }
    }
}
