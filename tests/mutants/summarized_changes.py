"""Mutants of summaries: what keeps changes that others make, or that went past the triggers, from being missed."""

from __future__ import annotations

from mutant import Edit, Mutant

FOLD = "src/pg/summaries/fold.rs"
LABELS = "src/pg/summaries/label_lock.rs"
NET_TABLE = "crates/core/src/summaries/net_table.rs"
PENDING = "src/pg/summaries/pending.rs"
STAMP = "src/pg/summaries/stamp.rs"
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
)
