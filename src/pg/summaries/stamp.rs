//! How a source's summaries stand to its usage table, as far as that is noted beside them.

use super::fault::Fault;
use super::rows::{self, RunLevel, StoredRow};
use super::usage_tables::FileSum;
use super::writer::RowWriter;
use crate::error::Error;
use crate::pg::snapshot;

/// What is noted, in the active snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stamp {
    /// They are of the rows in these files: those that the table had when they were made, or when it
    /// was truncated last.
    Current { files: FileSum },
    /// So many parts of so many are made, of the rows in these files.
    Building { built: u32, parts: u32, files: FileSum },
    /// They do not know of something that has happened.
    Stale(Fault),
}

/// How they stand, and of which files they are, which is noted in stale ones too.
#[derive(Debug, Default)]
pub(super) struct Noted {
    building: Option<(u32, u32)>,
    stale: Option<Fault>,
    pub(super) files: Option<FileSum>,
}

impl Noted {
    /// What is noted of a source.
    pub(super) fn read(number: i32) -> Result<Self, Error> {
        let mut noted = Self::default();
        rows::runs(number, RunLevel::Stamp, None, |row| {
            noted.add(&row);
            Ok(())
        })?;
        Ok(noted)
    }

    fn add(&mut self, row: &StoredRow<'_>) {
        let (low, high) = row.range;
        if low == 0 {
            self.stale = self.stale.or(Some(Fault::of_number(high)));
        } else if let Some(more) = low.checked_abs().and_then(FileSum::of) {
            self.files = Some(self.files.map_or(more, |files| files.with(more)));
            if low < 0 {
                self.building = Some((u32::try_from(high).unwrap_or(0), row.items));
            }
        } else {
            self.stale = Some(Fault::Rewritten);
        }
    }

    /// How they stand.
    pub(super) fn stamp(&self) -> Stamp {
        match (self.stale, self.files, self.building) {
            (Some(fault), _, _) => Stamp::Stale(fault),
            // Whatever is stored was not restored to its end.
            (None, None, _) => Stamp::Stale(Fault::Rewritten),
            (None, Some(files), Some((built, parts))) => Stamp::Building { built, parts, files },
            (None, Some(files), None) => Stamp::Current { files },
        }
    }
}

/// How a source stands, and how many events of its are in rows and not in totals, of which both are
/// read at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SummaryHead {
    pub(super) stamp: Stamp,
    pub(crate) late: f64,
}

impl SummaryHead {
    /// That of a source.
    pub(crate) fn read(number: i32) -> Result<Self, Error> {
        let (mut noted, mut late) = (Noted::default(), 0.0);
        rows::heads(number, |level, row| {
            match level {
                RunLevel::Late => late += f64::from(row.items),
                _ => noted.add(&row),
            }
            Ok(())
        })?;
        Ok(Self { stamp: noted.stamp(), late })
    }
}

impl Stamp {
    /// That of a source.
    pub(crate) fn read(number: i32) -> Result<Self, Error> {
        Noted::read(number).map(|noted| noted.stamp())
    }

    /// Notes it beside what was noted before.
    pub(super) fn add(self, writer: &RowWriter) {
        let (range, items) = match self {
            Self::Current { files } => ((files.number(), files.number()), 0),
            Self::Building { built, parts, files } => ((-files.number(), built.into()), parts),
            Self::Stale(fault) => ((0, fault.number()), 0),
        };
        writer.stamp(range, items);
    }

    /// Notes that the table has further files, as those of partitions that have no rows yet. Others
    /// may do so at the same time, and none waits for the other: what is noted is added up.
    pub(super) fn add_files(number: i32, files: FileSum) -> Result<(), Error> {
        Self::Current { files }.put(number)
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

    /// Notes that the summaries are stale, unless that is known. Where others have noted it, a
    /// transaction that keeps an older snapshot does not see it, and has to see its own.
    pub(crate) fn mark_stale(number: i32, fault: Fault) -> Result<(), Error> {
        match Self::read(number)? {
            Self::Stale(_) if !snapshot::is_kept() => Ok(()),
            Self::Stale(_) | Self::Current { .. } | Self::Building { .. } => {
                Self::Stale(fault).put(number)
            }
        }
    }
}
