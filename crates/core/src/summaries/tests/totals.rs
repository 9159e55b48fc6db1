//! Rows of totals against plain collections.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::made::{VALUES, made, shape};
use super::{numbered, pending};
use crate::CoreError;
use crate::bytes::Encoded;
use crate::money::Money;
use crate::summaries::events;
use crate::summaries::net::{NetCell, NetSum};
use crate::summaries::net_table::WantedTotals;
use crate::summaries::totals::{Totals, TotalsBlock, TotalsKey};

/// The cells of some tenants are read as those of all are.
fn some_are_as_all(all: &TotalsBlock, row: &[u8]) {
    let tenant = |at: usize| all.key(at.min(all.len() - 1)).tenant;
    let ends = [(0, 0), (0, 2), (1, 1), (3, 7), (all.len() / 2, all.len()), (all.len(), 0)];
    let mut some = TotalsBlock::default();
    for (first, last) in ends.map(|(first, last)| (tenant(first), tenant(last))) {
        some.read_among(row, shape(), WantedTotals::ALL, first..=last).unwrap();
        let shown = |block: &TotalsBlock, at: usize| {
            format!(
                "{:?}",
                (block.key(at), block.cell(at), [0, 1].map(|place| block.sum(place, at)))
            )
        };
        let among = (0..all.len()).filter(|&at| (first..=last).contains(&tenant(at)));
        let among: Vec<_> = among.map(|at| shown(all, at)).collect();
        let read: Vec<_> = (0..some.len()).map(|at| shown(&some, at)).collect();
        assert_eq!(read, among);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn totals_come_back(events in prop::collection::vec(made(), 0..200), limit in 1..3000_usize) {
        let net = numbered(&pending(&events, 9)).net(&|| ()).unwrap();
        // Totals are of what there is.
        let there: Vec<usize> = (0..net.len()).filter(|&at| net.weights[at] > 0).collect();
        let mut cells: BTreeMap<TotalsKey, (NetCell, [NetSum; VALUES])> = BTreeMap::new();
        for &at in &there {
            let key = TotalsKey { tenant: net.tenants[at], name: net.dimensions[0][at] as u32 };
            let (cell, sums) = cells.entry(key).or_default();
            cell.note(net.times[at], net.weights[at]);
            for (place, sum) in sums.iter_mut().enumerate() {
                match net.values[place].short(at) {
                    Some(short) => {
                        let units = (short.units, short.decimals);
                        sum.note(units, short.decimals.into(), net.weights[at]);
                    }
                    None if net.values[place].forms[at] == events::MISSING => {
                        sum.missing += net.weights[at];
                    }
                    None => {
                        let bytes = net.long(net.values[place].units[at]);
                        sum.note_sum(&Money::from_bytes(bytes).unwrap(), net.weights[at]);
                    }
                }
            }
        }
        let mut totals = Totals::new(shape());
        for (key, (cell, sums)) in &cells {
            totals.push(*key, cell.clone(), sums.iter().cloned()).unwrap();
        }
        let (mut block, mut read) = (TotalsBlock::default(), BTreeMap::new());
        let mut total = 0;
        totals
            .write(limit, &|| (), |row| {
                assert!(row.bytes.len() <= limit || row.cells == 1);
                block.read(&row.bytes, shape(), WantedTotals::ALL).unwrap();
                assert_eq!(block.len(), row.cells);
                assert_eq!(row.tenants, (block.key(0).tenant, block.key(row.cells - 1).tenant));
                total += block.total();
                for at in 0..block.len() {
                    let sums = [block.sum(0, at), block.sum(1, at)];
                    assert!(read.insert(block.key(at), (block.cell(at), sums)).is_none());
                }
                some_are_as_all(&block, &row.bytes);
                Ok::<_, CoreError>(())
            })
            .unwrap();
        prop_assert_eq!(total as i64, there.iter().map(|&at| net.weights[at]).sum::<i64>());
        let shown = |cells: &BTreeMap<TotalsKey, (NetCell, [NetSum; VALUES])>| {
            let texts = cells.iter().map(|(key, (cell, sums))| {
                let text = |sum: &NetSum| {
                    (sum.missing, sum.clone().of(cell.events).unwrap().total.digits().to_text())
                };
                (*key, cell.clone(), cell.times().unwrap(), [text(&sums[0]), text(&sums[1])])
            });
            texts.collect::<Vec<_>>()
        };
        prop_assert_eq!(shown(&read), shown(&cells));
    }
}
