//! How a source's summaries stand to its usage table, as far as that is noted beside them.

use super::fault::Fault;
use super::rows::{self, RunLevel, StoredRow};
use super::writer::RowWriter;
use crate::error::Error;

/// What is noted, in the active snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// They are of the rows in this file: the one that the table had when they were made, or when it
    /// was truncated last.
    Current { file: u32 },
    /// So many parts of so many are made, of the rows in this file.
    Building { built: u32, parts: u32, file: u32 },
    /// They do not know of something that has happened.
    Stale(Fault),
}

impl Stamp {
    /// That of a source.
    pub(crate) fn read(number: i32) -> Result<Self, Error> {
        // Without any, whatever is stored was not restored to its end.
        let mut found = Self::Stale(Fault::Rewritten);
        let mut is_stale = false;
        rows::runs(number, RunLevel::Stamp, None, |row| {
            let stamp = Self::of(&row);
            if !is_stale {
                found = stamp;
            }
            is_stale |= matches!(stamp, Self::Stale(_));
            Ok(())
        })?;
        Ok(found)
    }

    fn of(row: &StoredRow<'_>) -> Self {
        let (low, high) = row.range;
        match (u32::try_from(low), u32::try_from(-low)) {
            (Ok(0), _) => Self::Stale(Fault::of_number(high)),
            (Ok(file), _) => Self::Current { file },
            (_, Ok(file)) => {
                let built = u32::try_from(high).unwrap_or(0);
                Self::Building { built, parts: row.items, file }
            }
            (Err(_), Err(_)) => Self::Stale(Fault::Rewritten),
        }
    }

    /// Notes it beside what was noted before.
    pub(super) fn add(self, writer: &RowWriter) {
        let (range, items) = match self {
            Self::Current { file } => ((file.into(), file.into()), 0),
            Self::Building { built, parts, file } => ((-i64::from(file), built.into()), parts),
            Self::Stale(fault) => ((0, fault.number()), 0),
        };
        writer.stamp(range, items);
    }

    /// Notes it, where nothing was noted before.
    pub(crate) fn put(self, number: i32) -> Result<(), Error> {
        RowWriter::on_runs(number, |writer| {
            self.add(writer);
            Ok(())
        })
    }

    /// Notes it in the place of what was noted before. Nobody else may do so: a fold's lock says that.
    pub(crate) fn replace(self, number: i32) -> Result<(), Error> {
        RowWriter::on_runs(number, |writer| {
            rows::runs(number, RunLevel::Stamp, None, |row| {
                writer.remove(row.place);
                Ok(())
            })?;
            self.add(writer);
            Ok(())
        })
    }

    /// Notes that the summaries are stale, unless that is known.
    pub(crate) fn mark_stale(number: i32, fault: Fault) -> Result<(), Error> {
        match Self::read(number)? {
            Self::Stale(_) => Ok(()),
            Self::Current { .. } | Self::Building { .. } => Self::Stale(fault).put(number),
        }
    }
}
