//! Clocks of which a test says when they are changed.

use crate::series::calendar::{Clock, DAY, HOUR, Offset, Unit};

/// Clocks that are changed at these times, and how far they are ahead from then on.
#[derive(Debug, Clone)]
pub(super) struct TestClock {
    pub(super) unit: Unit,
    pub(super) changes: Vec<(i64, i64)>,
}

impl TestClock {
    pub(super) fn utc(unit: Unit) -> Self {
        Self { unit, changes: Vec::new() }
    }

    fn ahead(&self, time: i64) -> i64 {
        self.changes.iter().rev().find(|(at, _)| *at <= time).map_or(0, |(_, ahead)| *ahead)
    }

    /// As PostgreSQL reads a local time: where it comes twice the later one, where it is skipped
    /// as if the clocks had not been changed yet.
    fn at_local(&self, local: i64) -> i64 {
        let offsets = self.changes.iter().map(|(_, ahead)| *ahead).chain([0]);
        let times = offsets.map(|ahead| local - ahead);
        let shown = times.filter(|&time| time + self.ahead(time) == local).max();
        let before = || {
            let skipping = self
                .changes
                .iter()
                .find(|(at, ahead)| at + self.ahead(at - 1) <= local && local < at + ahead);
            local - skipping.map_or(0, |(at, _)| self.ahead(at - 1))
        };
        shown.unwrap_or_else(before)
    }
}

impl Clock for TestClock {
    fn shown(&self, time: i64) -> Offset {
        let until = self.changes.iter().map(|(at, _)| *at).find(|&at| at > time);
        Offset { ahead: self.ahead(time), until: until.unwrap_or(i64::MAX) }
    }

    fn bucket_start(&self, time: i64) -> i64 {
        let local = time + self.ahead(time);
        // The first local time of its bucket: the last one from which a step leads beyond it.
        let mut start = local.div_euclid(HOUR) * HOUR;
        if self.unit == Unit::Hour {
            return start - self.ahead(time);
        }
        start = local.div_euclid(DAY) * DAY;
        while self.unit.next(start - DAY) > local {
            start -= DAY;
        }
        self.at_local(start)
    }
}
