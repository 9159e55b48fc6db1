//! Rows of totals that are read.

mod tenants;

use std::ops::{Range, RangeInclusive};

use super::{COLUMNS_OF_A_SUM, COLUMNS_OF_TIMES, LARGE, MOST_CELLS, TotalsKey, UNITS};
use crate::accumulator::{EventsRead, MOST_EVENTS};
use crate::bytes::{Encoded, Input};
use crate::money::{MOST_DECIMALS, MOST_SHORT_DECIMALS, Money};
use crate::summaries::column::{self, ColumnPart, NumberColumn};
use crate::summaries::net::{Greatest, NetCell, NetSum};
use crate::summaries::net_table::WantedTotals;
use crate::summaries::{MOST_VALUES, RowKind, Shape, demand_end, malformed, open, varint};
use crate::{CoreError, memory};

/// The cells of a row that was read; used again and again, it takes memory once.
#[derive(Debug, Default)]
pub struct TotalsBlock {
    tenants: NumberColumn,
    names: NumberColumn,
    events: NumberColumn,
    timed: NumberColumn,
    first: GreatestBlock,
    last: GreatestBlock,
    sums: [SumBlock; MOST_VALUES],
    /// Number of events.
    total: u64,
    has_times: bool,
}

#[derive(Debug, Default)]
struct GreatestBlock {
    numbers: NumberColumn,
    counts: NumberColumn,
}

#[derive(Debug, Default)]
struct SumBlock {
    scale: u8,
    forms: NumberColumn,
    units: NumberColumn,
    missing: NumberColumn,
    decimals: GreatestBlock,
    /// The large sums, by the places of their cells.
    large: Vec<(usize, Money)>,
}

impl TotalsBlock {
    /// Reads what is wanted of a row.
    ///
    /// # Errors
    /// [`CoreError::UnknownRowFormat`] for a row of another version, [`CoreError::MalformedRow`] for
    /// bytes of anything else, [`CoreError::OutOfMemory`]; the block is useless after that.
    pub fn read(
        &mut self,
        row: &[u8],
        shape: Shape,
        wanted: WantedTotals,
    ) -> Result<(), CoreError> {
        let mut input = open(row, RowKind::Totals, shape)?;
        self.read_columns(&mut input, shape, wanted, None).map_err(malformed)
    }

    /// Reads what is wanted of the cells that a row has of tenants from one to another. This takes a
    /// part of the time if they are few, and nothing is known of whether other cells are sound.
    ///
    /// # Errors
    /// As for [`Self::read`].
    pub fn read_among(
        &mut self,
        row: &[u8],
        shape: Shape,
        wanted: WantedTotals,
        tenants: RangeInclusive<i64>,
    ) -> Result<(), CoreError> {
        let mut input = open(row, RowKind::Totals, shape)?;
        self.read_columns(&mut input, shape, wanted, Some(tenants)).map_err(malformed)
    }

    fn read_columns(
        &mut self,
        input: &mut Input<'_>,
        shape: Shape,
        wanted: WantedTotals,
        tenants: Option<RangeInclusive<i64>>,
    ) -> Result<(), CoreError> {
        let WantedTotals { times, values: wanted } = wanted;
        let cells = varint::read_usize(input)?;
        if cells > MOST_CELLS || cells == 0 {
            return Err(CoreError::MalformedState);
        }
        let places = match tenants {
            Some(among) => column::read_among(input, cells, among, &mut self.tenants)?,
            None => column::read(input, cells, &mut self.tenants).map(|()| 0..cells)?,
        };
        let part = &ColumnPart { count: cells, places };
        column::read_part(input, part, &mut self.names)?;
        self.names.demand(0..=u32::MAX.into())?;
        column::read_part(input, part, &mut self.events)?;
        self.events.demand(COUNTS)?;
        self.has_times = times;
        if times {
            column::read_part(input, part, &mut self.timed)?;
            self.timed.demand(COUNTS)?;
            self.first.read(input, part)?;
            self.last.read(input, part)?;
        } else {
            for _ in 0..COLUMNS_OF_TIMES {
                column::skip(input, cells)?;
            }
        }
        self.check_counts()?;
        let mut large = [(0, 0); MOST_VALUES];
        let events = self.events.values();
        for (place, large) in large.iter_mut().take(shape.values()).enumerate() {
            *large = self.sums[place].read(input, part, events, wanted & 1 << place != 0)?;
        }
        for (place, large) in large.into_iter().take(shape.values()).enumerate() {
            self.sums[place].read_large(input, large, wanted & 1 << place != 0)?;
        }
        demand_end(input)
    }

    /// Fails where a part of a cell's events is more than all of them, or where all cells have more
    /// than there can be.
    fn check_counts(&mut self) -> Result<(), CoreError> {
        let mut read = EventsRead::default();
        for (at, &events) in self.events.values().iter().enumerate() {
            read.add(events.unsigned_abs())?;
            if self.has_times {
                let timed = self.timed.values()[at];
                let ends = [&self.first, &self.last].map(|end| end.counts.values()[at]);
                if timed > events || ends.into_iter().any(|count| count > timed) {
                    return Err(CoreError::MalformedState);
                }
            }
        }
        self.total = read.count();
        Ok(())
    }

    /// Number of the events of all cells.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.total
    }

    /// Number of cells.
    #[must_use]
    pub fn len(&self) -> usize {
        self.tenants.values().len()
    }

    /// Whether there are no cells, which is so of no row that was read whole.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where the cells of a tenant are.
    #[must_use]
    pub fn cells_of(&self, tenant: i64) -> Range<usize> {
        let tenants = self.tenants.values();
        let begin = tenants.partition_point(|&other| other < tenant);
        begin..begin + tenants[begin..].partition_point(|&other| other == tenant)
    }

    /// Number of the events of a cell.
    #[inline]
    #[must_use]
    pub fn events(&self, at: usize) -> u64 {
        self.events.values()[at].unsigned_abs()
    }

    /// Whose totals a cell has.
    #[inline]
    #[must_use]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "looked at")]
    pub fn key(&self, at: usize) -> TotalsKey {
        TotalsKey { tenant: self.tenants.values()[at], name: self.names.values()[at] as u32 }
    }

    /// The totals of a cell; without times if these were not wanted.
    #[inline]
    #[must_use]
    pub fn cell(&self, at: usize) -> NetCell {
        let timed = if self.has_times { self.timed.values()[at] } else { 0 };
        let [first, last] = [&self.first, &self.last].map(|block| block.greatest(at, timed));
        NetCell { events: self.events.values()[at], timed, first, last }
    }

    /// Whether all that is wanted of a cell is known.
    #[inline]
    #[must_use]
    pub fn is_known(&self, at: usize, wanted: WantedTotals) -> bool {
        let have = |ends: &GreatestBlock| ends.counts.values()[at] > 0;
        let has_times =
            !wanted.times || self.timed.values()[at] == 0 || have(&self.first) && have(&self.last);
        let events = self.events.values()[at];
        let has_sum = |sum: &SumBlock| sum.missing.values()[at] == events || have(&sum.decimals);
        has_times && wanted.measures().all(|place| has_sum(&self.sums[place]))
    }

    /// The sum that a cell has of a wanted measure.
    #[inline(always)]
    #[must_use]
    pub fn sum(&self, place: usize, at: usize) -> NetSum {
        let sums = &self.sums[place];
        let missing = sums.missing.values()[at];
        NetSum {
            total: match sums.forms.values()[at] {
                UNITS => Money::of_units(sums.units.values()[at], sums.scale),
                _ => sums.large_sum(at),
            },
            missing,
            decimals: sums.decimals.greatest(at, self.events.values()[at] - missing),
        }
    }
}

/// The numbers of events that a cell may say.
const COUNTS: RangeInclusive<i64> = 0..=MOST_EVENTS.cast_signed();

impl GreatestBlock {
    fn read(&mut self, input: &mut Input<'_>, part: &ColumnPart) -> Result<(), CoreError> {
        column::read_part(input, part, &mut self.numbers)?;
        column::read_part(input, part, &mut self.counts)?;
        self.counts.demand(COUNTS)
    }

    /// The greatest number of a cell in which so many have one.
    fn greatest(&self, at: usize, having: i64) -> Greatest {
        match having {
            0 => Greatest::default(),
            _ => Greatest { number: self.numbers.values()[at], count: self.counts.values()[at] },
        }
    }
}

impl SumBlock {
    #[cold]
    fn large_sum(&self, at: usize) -> Money {
        let found = self.large.binary_search_by_key(&at, |&(cell, _)| cell);
        found.map(|place| self.large[place].1.clone()).unwrap_or_default()
    }

    /// Reads a part of the columns, or skips them; gives the number of large sums, and how many of
    /// them come before the part.
    fn read(
        &mut self,
        input: &mut Input<'_>,
        part: &ColumnPart,
        events: &[i64],
        is_wanted: bool,
    ) -> Result<(usize, usize), CoreError> {
        let cells = part.count;
        self.scale = u8::read(input)?;
        let large = varint::read_usize(input)?;
        if self.scale > MOST_SHORT_DECIMALS || large > cells {
            return Err(CoreError::MalformedState);
        }
        if !is_wanted {
            for _ in 0..COLUMNS_OF_A_SUM {
                column::skip(input, cells)?;
            }
            return Ok((large, 0));
        }
        let before = self.read_forms(input, part, large)?;
        column::read_part(input, part, &mut self.units)?;
        column::read_part(input, part, &mut self.missing)?;
        self.missing.demand(COUNTS)?;
        self.decimals.read(input, part)?;
        self.decimals.numbers.demand(0..=i64::from(MOST_DECIMALS))?;
        let counts = self.missing.values().iter().zip(self.decimals.counts.values()).zip(events);
        let are_sound =
            counts.into_iter().all(|((missing, count), events)| *count <= events - missing);
        if are_sound { Ok((large, before)) } else { Err(CoreError::MalformedState) }
    }

    /// Reads a part of the column of forms, of which so many are of large sums; gives how many of
    /// these come before the part.
    fn read_forms(
        &mut self,
        input: &mut Input<'_>,
        part: &ColumnPart,
        large: usize,
    ) -> Result<usize, CoreError> {
        if large == 0 {
            column::read_part(input, part, &mut self.forms)?;
            return self.forms.demand(UNITS..=UNITS).map(|()| 0);
        }
        column::read(input, part.count, &mut self.forms)?;
        self.forms.demand(UNITS..=LARGE)?;
        let count = |forms: &[i64]| forms.iter().filter(|&&form| form == LARGE).count();
        let (found, before) =
            (count(self.forms.values()), count(&self.forms.values()[..part.places.start]));
        self.forms.keep(part.places.clone());
        if found == large { Ok(before) } else { Err(CoreError::MalformedState) }
    }

    /// Reads the large sums of the part, of which there are so many in the row, and so many before
    /// the part.
    fn read_large(
        &mut self,
        input: &mut Input<'_>,
        (large, before): (usize, usize),
        is_wanted: bool,
    ) -> Result<(), CoreError> {
        self.large.clear();
        let skip = |input: &mut Input<'_>, count: usize| {
            (0..count).try_for_each(|_| varint::read_slice(input).map(|_| ()))
        };
        if !is_wanted {
            return skip(input, large);
        }
        if large == 0 {
            return Ok(());
        }
        skip(input, before)?;
        let forms = self.forms.values().iter();
        for (at, _) in forms.enumerate().filter(|&(_, &form)| form == LARGE) {
            let sum = Money::from_bytes(varint::read_slice(input)?)?;
            memory::push(&mut self.large, (at, sum))?;
        }
        skip(input, large - before - self.large.len())
    }
}
