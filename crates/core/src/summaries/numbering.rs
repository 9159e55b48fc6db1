//! The numbers that stand for ids and names, and events that are given them.

use super::event_block::WantedColumns;
use super::events::{EventColumns, NumberedEvent};
use super::names::{NameTable, NamesReader};
use super::pending::{PendingEvent, PendingEvents};
use super::value::Value;
use super::{MOST_DIMENSIONS, MOST_VALUES, Shape};
use crate::CoreError;
use crate::ids::{Id, IdKind};

/// What a row of names has numbers for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// The ids of tenants, where these are no integers.
    Tenants,
    /// The names of the dimension in this place.
    Dimension(usize),
}

/// The numbers of a source's ids and names.
#[derive(Debug)]
pub struct Numbering {
    shape: Shape,
    ids: IdKind,
    tenants: NameTable,
    names: [NameTable; MOST_DIMENSIONS],
}

/// The rows of a source's numbers, which are read in any order.
#[derive(Debug)]
pub struct NumberingReader {
    shape: Shape,
    ids: IdKind,
    tenants: NamesReader,
    names: [NamesReader; MOST_DIMENSIONS],
}

impl NumberingReader {
    /// Of events of this shape, of tenants with ids of this kind.
    #[must_use]
    pub fn new(shape: Shape, ids: IdKind) -> Self {
        Self { shape, ids, tenants: NamesReader::default(), names: Default::default() }
    }

    /// Reads a row.
    ///
    /// # Errors
    /// As for [`NamesReader::read`].
    pub fn read(&mut self, named: Named, row: &[u8]) -> Result<(), CoreError> {
        match named {
            Named::Tenants => self.tenants.read(row),
            Named::Dimension(place) => {
                self.names.get_mut(place).ok_or(CoreError::MalformedRow)?.read(row)
            }
        }
    }

    /// Bytes of heap memory in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.tenants.bytes() + self.names.iter().map(NamesReader::bytes).sum::<usize>()
    }

    /// All numbers.
    ///
    /// # Errors
    /// As for [`NamesReader::finish`].
    pub fn finish(self) -> Result<Numbering, CoreError> {
        let mut names: [NameTable; MOST_DIMENSIONS] = Default::default();
        for (names, reader) in names.iter_mut().zip(self.names) {
            *names = reader.finish()?;
        }
        Ok(Numbering { shape: self.shape, ids: self.ids, tenants: self.tenants.finish()?, names })
    }
}

impl Numbering {
    /// The kind of the tenants' ids.
    #[must_use]
    pub fn ids(&self) -> IdKind {
        self.ids
    }

    /// The shape of the events.
    #[must_use]
    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// The numbers of the tenants; none where ids are integers.
    #[must_use]
    pub fn tenants(&self) -> &NameTable {
        &self.tenants
    }

    /// The numbers of the names of the dimension in this place.
    #[must_use]
    pub fn names(&self, place: usize) -> &NameTable {
        &self.names[place]
    }

    /// The numbers of what is named, to be written.
    #[must_use]
    pub fn table(&mut self, named: Named) -> &mut NameTable {
        match named {
            Named::Tenants => &mut self.tenants,
            Named::Dimension(place) => &mut self.names[place],
        }
    }

    /// Bytes of heap memory in use.
    #[must_use]
    pub fn bytes(&self) -> usize {
        self.tenants.bytes() + self.names.iter().map(NameTable::bytes).sum::<usize>()
    }

    /// The number of a tenant, a new one if it has none.
    fn tenant(&mut self, id: Id<'_>) -> Result<i64, CoreError> {
        Ok(match id {
            Id::Int(id) => id,
            Id::Uuid(id) => self.tenants.number(&id.to_be_bytes())?.into(),
            Id::Text(id) => self.tenants.number(id)?.into(),
        })
    }

    /// The id of a tenant with this number in rows.
    ///
    /// # Errors
    /// [`CoreError::MalformedRow`] for a number that nobody was given.
    pub fn id(&self, number: i64) -> Result<Id<'_>, CoreError> {
        if self.ids == IdKind::Int {
            return Ok(Id::Int(number));
        }
        let name = u32::try_from(number).ok().and_then(|number| self.tenants.name(number));
        let name = name.ok_or(CoreError::MalformedRow)?;
        match self.ids {
            IdKind::Uuid => {
                let bytes = name.try_into().map_err(|_| CoreError::MalformedRow)?;
                Ok(Id::Uuid(u128::from_be_bytes(bytes)))
            }
            IdKind::Int | IdKind::Text => Ok(Id::Text(name)),
        }
    }

    /// The number that a tenant has in rows, if it is in any.
    #[must_use]
    pub fn tenant_if_any(&self, id: Id<'_>) -> Option<i64> {
        match id {
            Id::Int(id) => Some(id),
            Id::Uuid(id) => self.tenants.find(&id.to_be_bytes()).map(i64::from),
            Id::Text(id) => self.tenants.find(id).map(i64::from),
        }
    }

    /// Takes the wanted columns of a row's events into columns of these, those that `is_wanted`.
    ///
    /// # Errors
    /// As for [`PendingEvents`] and [`EventColumns::push`].
    pub fn number(
        &mut self,
        row: &[u8],
        wanted: WantedColumns,
        is_wanted: impl Fn(&PendingEvent<'_>) -> bool,
        into: &mut EventColumns,
    ) -> Result<(), CoreError> {
        let mut pending = PendingEvents::new(row, self.ids, self.shape)?;
        while let Some(event) = pending.next_event()? {
            if !is_wanted(&event) {
                continue;
            }
            let (mut dimensions, mut values) =
                ([0; MOST_DIMENSIONS], [Value::Missing; MOST_VALUES]);
            let mut rank = 0;
            for (place, name) in event.dimensions().iter().enumerate() {
                if wanted.dimensions & 1 << place != 0 {
                    let names = &mut self.names[place];
                    dimensions[rank] = name.map_or(Ok(0), |name| names.number(name))?;
                    rank += 1;
                }
            }
            let dimensions = &dimensions[..rank];
            let mut rank = 0;
            for (place, value) in event.values().iter().enumerate() {
                if wanted.values & 1 << place != 0 {
                    values[rank] = *value;
                    rank += 1;
                }
            }
            into.push(NumberedEvent {
                tenant: self.tenant(event.id)?,
                time: event.time,
                weight: if event.is_removed { -1 } else { 1 },
                dimensions,
                values: &values[..rank],
            })?;
        }
        Ok(())
    }
}
