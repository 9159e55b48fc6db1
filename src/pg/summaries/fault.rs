//! Why summaries cannot be taken.

/// Why summaries cannot be taken for the rows of their usage table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fault {
    /// A statement changed rows whose columns were not those of the summaries.
    Written,
    Columns,
    /// The source was set up with other columns, or another zone, since.
    OtherColumns,
    Unlogged,
    Trigger,
    Relatives,
    Subscription,
    Rewritten,
    /// What others have done after the snapshot does not go with what it sees: the table was
    /// truncated, it got partitions, or its summaries were made of other columns.
    AfterSnapshot,
    Partitions,
    Foreign,
    /// An event has a time that is none in the zone in which it is read.
    Times,
    /// The zone in which times are read has other rules than when the summaries were made.
    Zone,
    Building,
    Paused,
}

impl Fault {
    /// Those that are stored, with the numbers that stand for them.
    const STORED: [(Self, i64); 12] = [
        (Self::Written, 0),
        (Self::Columns, 1),
        (Self::Unlogged, 2),
        (Self::Trigger, 3),
        (Self::Relatives, 4),
        (Self::Subscription, 5),
        (Self::Rewritten, 6),
        (Self::Paused, 7),
        (Self::Partitions, 8),
        (Self::Foreign, 9),
        (Self::Times, 10),
        (Self::Zone, 11),
    ];

    /// The number that stands for it in stored rows.
    pub(super) fn number(self) -> i64 {
        let found = Self::STORED.iter().find(|(fault, _)| *fault == self);
        found.map_or(0, |&(_, number)| number)
    }

    /// The one that a stored number stands for.
    pub(super) fn of_number(number: i64) -> Self {
        let found = Self::STORED.iter().find(|(_, stored)| *stored == number);
        found.map_or(Self::Written, |&(fault, _)| fault)
    }

    /// The reason in words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Written => {
                "the usage table was written to while its columns had other names or types"
            }
            Self::Columns => "columns of the usage table were changed",
            Self::OtherColumns => {
                "the source has other columns or another time zone than its summaries"
            }
            Self::Unlogged => "the usage table is, or was, not logged",
            Self::Trigger => "a trigger of the summaries is, or was, missing or disabled",
            Self::Relatives => "the usage table has, or had, a parent or children",
            Self::Subscription => "a subscription writes, or wrote, to the usage table",
            Self::Rewritten => "the usage table was rewritten or restored",
            Self::AfterSnapshot => {
                "the usage table was truncated, or got partitions or other summaries, after the snapshot"
            }
            Self::Partitions => {
                "partitions of the usage table were attached, detached, truncated or rewritten"
            }
            Self::Foreign => "a partition of the usage table is, or was, a foreign table",
            Self::Times => {
                "an event has, or had, a time that is out of range in the source's time zone"
            }
            Self::Zone => "the rules of the source's time zone were changed",
            Self::Building => "the summaries are not built to the end",
            Self::Paused => "the summaries are paused",
        }
    }

    /// Whether `repair` mends it where nothing of the kind is there any more: it compares all events,
    /// whatever has happened to them, with summaries of the same columns.
    pub(super) fn can_be_repaired(self) -> bool {
        self.is_stale() && self != Self::OtherColumns
    }

    /// Whether it came about by itself and stays until somebody makes the summaries anew.
    pub(crate) fn is_stale(self) -> bool {
        !matches!(self, Self::AfterSnapshot | Self::Building | Self::Paused)
    }
}
