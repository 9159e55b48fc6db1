"""Mutants of summaries: what keeps changes that others make, or that went past the triggers, from being missed."""

from __future__ import annotations

from mutant import Edit, Mutant

CAPTURE = "src/pg/summaries/capture.rs"
COLUMNS = "src/pg/summaries/columns.rs"
FOLD = "src/pg/summaries/fold.rs"
LABELS = "src/pg/summaries/label_lock.rs"
LOCAL_TIME = "src/pg/local_time.rs"
NET_TABLE = "crates/core/src/summaries/net_table.rs"
PENDING = "src/pg/summaries/pending.rs"
STAMP = "src/pg/summaries/stamp.rs"
SUMMARIZABLE = "src/source/summarizable.rs"
STRUCTURE = "src/pg/summaries/structure.rs"

SUMMARIZED_CHANGES = (
    Mutant(
        "newer summaries of the same number are not looked for",
        (Edit(STRUCTURE, "match noted.as_ref() == Some(entry) {", "match noted.is_some() {"),),
        isolation=("summaries_numbers",),
    ),
    Mutant(
        "nobody waits for labels that are changed",
        (Edit(LABELS, "lock(pg_sys::ShareLock)", "lock(pg_sys::RowExclusiveLock)"),),
        isolation=("summaries_repaired_labels",),
    ),
    Mutant(
        "what others have noted since the snapshot is not noted again",
        (
            Edit(
                STAMP,
                "Self::Stale(_) if !snapshot::is_kept() =>",
                "Self::Stale(_) if snapshot::is_kept() || number >= 0 =>",
            ),
        ),
        isolation=("summaries_noted_twice",),
    ),
    Mutant(
        "totals are made of what is stale",
        (Edit(FOLD, "let extent = if is_stale {", "let extent = if is_stale && extent == FoldExtent::Appended {"),),
        ("summaries_upkeep",),
    ),
    Mutant(
        "totals are told by tenant beside cells of which events were taken away",
        (Edit(NET_TABLE, "let passes = self.keys.is_empty() && block", "let passes = block"),),
        ("summaries",),
    ),
    Mutant(
        "events that were folded wait until VACUUM",
        (Edit(PENDING, "bits & pg_sys::HEAP_XMAX_INVALID != 0 && !is_rolled_back", "!is_rolled_back"),),
        ("summaries",),
    ),
    Mutant(
        "a time that clocks skip is read by the offset after the change",
        (Edit(LOCAL_TIME, "_ => before > after,", "_ => before < after,"),),
        ("summaries_times",),
    ),
    Mutant(
        "an event whose time is out of range is left out, and nobody told",
        (
            Edit(
                CAPTURE,
                "Err(Error::EventTimeOutOfRange) => Stamp::mark_stale(captured.source, Fault::Times),",
                "Err(Error::EventTimeOutOfRange) => Ok(()),",
            ),
        ),
        ("summaries_times",),
    ),
    Mutant(
        "statements are captured by other rules of the zone than the summaries have",
        (Edit(CAPTURE, "Some(_) if !columns::zone_is_the_same(&entry)? => Err(Fault::Zone),", ""),),
        ("summaries_times",),
    ),
    Mutant(
        "other rules of a zone are taken for the same",
        (Edit(COLUMNS, "if before != now {", "if false {"),),
        ("summaries_times",),
    ),
    Mutant(
        "another zone of the source is taken for the same",
        (Edit(SUMMARIZABLE, "&& entry.time_zone.as_deref() == time_zone(source)", ""),),
        ("summaries_times",),
    ),
)
