//! Events that are left where some were taken away.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::Index;

use super::made::{MadeEvent, MadeValue, made, shape};
use super::{numbered, pending, rows_of};
use crate::CoreError;
use crate::summaries::event_block::{EventBlock, WantedColumns};
use crate::summaries::events::EventColumns;
use crate::summaries::live::LiveEvents;
use crate::summaries::value::EventValue;

/// What is told apart: time, tenant, second name, first value.
type Told = (i64, i64, u32, Option<String>);

const WANTED: WantedColumns = WantedColumns { dimensions: 2, values: 1 };

/// Events that were added, and those of them that were taken away later.
pub(super) fn history() -> impl Strategy<Value = Vec<MadeEvent>> {
    let added = prop::collection::vec(made(), 1..120);
    let removals = prop::collection::vec((any::<Index>(), any::<Index>()), 0..80);
    (added, removals).prop_map(|(added, removals)| {
        let mut events: Vec<MadeEvent> = Vec::new();
        for event in &added {
            events.push(MadeEvent { is_removed: false, ..event.clone() });
        }
        let mut left = added;
        for (which, place) in removals {
            if left.is_empty() {
                break;
            }
            let event = left.remove(which.index(left.len()));
            // Rows are put together in any order.
            let place = place.index(events.len() + 1);
            events.insert(place, MadeEvent { is_removed: true, ..event });
        }
        events
    })
}

fn expected(events: &[MadeEvent]) -> BTreeMap<Told, i64> {
    let mut told = BTreeMap::new();
    for event in events {
        let name = event.names[1].map_or(0, |number| 1 + u32::from(number));
        let key = (event.time, event.tenant, name, MadeValue::text(event.values[0]));
        *told.entry(key).or_default() += if event.is_removed { -1 } else { 1 };
    }
    told.retain(|_, count| *count != 0);
    told
}

fn tell(block: &EventBlock, told: &mut BTreeMap<Told, i64>) {
    for (at, &weight) in block.weights().iter().enumerate() {
        assert!(weight >= 0);
        let text = match block.values(0).value(at).unwrap() {
            EventValue::Missing => None,
            EventValue::Short(short) => Some(super::text_of(short)),
            EventValue::Long(sum) => Some(sum.digits().to_text()),
        };
        let name = block.dimension(0)[at] as u32;
        *told.entry((block.times()[at], block.tenants()[at], name, text)).or_default() += weight;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn what_was_taken_away_is_met_nowhere(
        events in history(),
        (per_run, waiting) in (1..60_usize, 0..40_usize),
    ) {
        let (folded, waiting) = events.split_at(events.len().saturating_sub(waiting));
        let runs = folded.chunks(per_run).map(|run| numbered(&pending(run, 9)).net(&|| ()).unwrap());
        let rows: Vec<_> = runs.flat_map(|run| rows_of(&run, 400)).collect();
        let mut block = EventBlock::default();
        let mut beside = EventColumns::new(WANTED.of(shape()));
        for row in rows.iter().filter(|row| row.has_removed) {
            block.read(&row.bytes, shape(), WANTED).unwrap();
            beside.push_removed(&block, |_| true).unwrap();
        }
        for row in rows_of(&numbered(&pending(waiting, 9)), 4000) {
            block.read(&row.bytes, shape(), WANTED).unwrap();
            beside.push_block(&block).unwrap();
        }
        let mut live = LiveEvents::new(beside.net(&|| ()).unwrap()).unwrap();
        let mut told = BTreeMap::new();
        for row in &rows {
            block.read(&row.bytes, shape(), WANTED).unwrap();
            live.leave_out(&mut block).unwrap();
            tell(&block, &mut told);
        }
        live.finish(&mut block, |block| {
            tell(block, &mut told);
            Ok::<_, CoreError>(())
        })
        .unwrap();
        told.retain(|_, count| *count != 0);
        prop_assert_eq!(told, expected(&events));
    }
}

#[test]
fn more_taken_away_than_there_was_is_malformed() {
    let event = MadeEvent {
        tenant: 1,
        is_removed: true,
        time: 5,
        names: [None, Some(2)],
        values: [MadeValue::Integer(7), MadeValue::Nothing],
    };
    let beside = numbered(&pending(&[event], 1)).net(&|| ()).unwrap();
    let live = LiveEvents::new(beside).unwrap();
    let found = live.finish(&mut EventBlock::default(), |_| Ok::<_, CoreError>(()));
    assert_eq!(found, Err(CoreError::MalformedRow));
}
