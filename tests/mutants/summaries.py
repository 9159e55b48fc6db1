"""Mutants of summaries: what keeps a copy of usage the same as usage, in every snapshot."""

from __future__ import annotations

from mutant import Edit, Mutant

PLAN = "src/engine/summaries/plan.rs"
CAPTURE = "src/pg/summaries/capture.rs"
COLUMNS = "src/pg/summaries/columns.rs"
IDENTITY = "src/pg/identity.rs"
CHANGES = "src/pg/summaries/changes.rs"
FOLD = "src/pg/summaries/fold.rs"
STORED = "src/pg/summaries/stored.rs"
STORED_SERIES = "src/pg/summaries/stored_series.rs"
STRUCTURE = "src/pg/summaries/structure.rs"
TABLES = "sql/query/usage_tables.sql"
LIVE = "crates/core/src/summaries/live.rs"
NET = "crates/core/src/summaries/net.rs"
NET_TABLE = "crates/core/src/summaries/net_table.rs"
ROWS = "src/pg/summaries/rows.rs"
TIMELINE = "crates/core/src/series/timeline.rs"
WAY = "src/engine/summaries.rs"
TOLD = "crates/core/src/summaries/told.rs"

BUILD = "src/pg/summaries/build.rs"
VERIFY = "src/pg/summaries/verify.rs"

STORED_USAGE = (
    Mutant(
        "a part keeps what was captured of tenants whose part is not made",
        (Edit(BUILD, "is_replaced: &|id| !is_made(id)", "is_replaced: &|id| !is_made(id) && false"),),
        ("summaries_upkeep",),
    ),
    Mutant(
        "each part has the events of all tenants",
        (Edit(BUILD, "let is_next = |id: Id<'_>| stored.parts.are_at(id);", "let is_next = |_: Id<'_>| true;"),),
        ("summaries_upkeep",),
    ),
    Mutant(
        "mending leaves what waits of wrong tenants",
        (Edit(VERIFY, "is_replaced: &is_theirs,", "is_replaced: &|_| false,"),),
        ("summaries_upkeep",),
    ),
    Mutant(
        "mending looks before it has the lock",
        (
            Edit(
                VERIFY,
                "    snapshot::with_latest(|| {\n        let Some(entry) = SummaryEntry::numbered(entry.number)?",
                "    (|| {\n        let Some(entry) = SummaryEntry::numbered(entry.number)?",
            ),
            Edit(VERIFY, "        Ok(Some(wrong.len()))\n    })\n", "        Ok(Some(wrong.len()))\n    })()\n"),
        ),
        (),
        ("summaries_online",),
    ),
    Mutant(
        "changes of the schema are not noted",
        (Edit(CHANGES, "Some(fault) => mark_stale(entry, fault),", "Some(_) => Ok(()),"),),
        ("summaries_upkeep",),
    ),
    Mutant(
        "TRUNCATE makes summaries current whatever keeps their triggers from firing",
        (
            Edit(
                FOLD,
                "            Some(fault) => Stamp::Stale(fault),\n",
                "            Some(_) => Stamp::Current { files: UsageTables::of(entry.usage, number)?.files() },\n",
            ),
        ),
        ("summaries_upkeep",),
    ),
    Mutant(
        "a fold takes what waits while summaries are built",
        (
            Edit(
                FOLD,
                "Stamp::Building { .. } => Ok(()),\n                Stamp::Current { .. } =>",
                "Stamp::Building { .. } | Stamp::Current { .. } =>",
            ),
        ),
        ("summaries_upkeep",),
    ),
    Mutant(
        "a fold leaves what it folded",
        (Edit(FOLD, "        folded_pending.iter().for_each(|&place| writer.remove(place));\n", ""),),
        ("summaries",),
    ),
    Mutant(
        "a fold looks before it has the lock",
        (
            Edit(
                FOLD,
                "    snapshot::with_latest(|| {\n        let now = SummaryEntry::numbered(entry.number)?;",
                "    (|| {\n        let now = SummaryEntry::numbered(entry.number)?;",
            ),
            Edit(
                FOLD,
                "            None => Ok(()),\n        }\n    })\n}\n",
                "            None => Ok(()),\n        }\n    })()\n}\n",
            ),
        ),
        (),
        ("summaries_folds",),
    ),
    Mutant(
        "TRUNCATE looks with the snapshot of its transaction",
        (
            Edit(
                FOLD,
                "    snapshot::with_latest(|| {\n        let Some(entry) = SummaryEntry::numbered(number)? else {",
                "    (|| {\n        let Some(entry) = SummaryEntry::numbered(number)? else {",
            ),
            Edit(FOLD, "        stamp.put(number)\n    })\n", "        stamp.put(number)\n    })()\n"),
        ),
        (),
        ("summaries_truncate",),
    ),
    Mutant(
        "what waits is read by the latest snapshot",
        (
            Edit(
                STORED,
                "        rows::pending(self.number, |_, row| {\n            let is_inside",
                "        crate::pg::snapshot::with_latest(|| rows::pending(self.number, |_, row| {\n"
                "            let is_inside",
            ),
            Edit(
                STORED,
                "            self.demand_room(numbering.bytes() + events.bytes())\n        })?;",
                "            self.demand_room(numbering.bytes() + events.bytes())\n        }))?;",
            ),
            Edit(
                STORED,
                "        rows::pending(self.number, |_, row| {\n            let pending",
                "        crate::pg::snapshot::with_latest(|| rows::pending(self.number, |_, row| {\n"
                "            let pending",
            ),
            Edit(
                STORED,
                "            self.demand_room(numbering.bytes() + pending.bytes())\n        })?;",
                "            self.demand_room(numbering.bytes() + pending.bytes())\n        }))?;",
            ),
        ),
        (),
        ("summaries_folds",),
    ),
    Mutant(
        "the file of the table is not compared",
        (
            Edit(
                STRUCTURE, "Stamp::Current { files } if files != found.files =>", "Stamp::Current { files } if false =>"
            ),
        ),
        ("summaries",),
        ("summaries_truncate",),
    ),
    Mutant(
        "the columns are not compared",
        (Edit(COLUMNS, "if before.next() != now.next() {", "if before.next().is_none() || now.next().is_none() {"),),
        ("summaries",),
    ),
    Mutant(
        "labels of enums may change",
        (Edit(COLUMNS, "all(|label| now.any(|other| other == label))", "all(|_| now.any(|_| true))"),),
        ("summaries_enums",),
    ),
    Mutant(
        "nobody is told of labels that change",
        (Edit(IDENTITY, "NAMESPACEOID, pg_sys::SysCacheIdentifier::ENUMOID]", "NAMESPACEOID]"),),
        ("summaries_enums",),
    ),
    Mutant(
        "workers share rows of which events were taken away",
        (Edit(WAY, "rows.has_all() && price >=", "price >="),),
        ("summaries",),
    ),
    Mutant(
        "workers count events outside of the window",
        (
            Edit(
                STORED_SERIES,
                "ReplayWindow { since: call.int8(5), until: call.int8(6) }",
                "ReplayWindow { since: None, until: None }",
            ),
        ),
        ("summaries",),
    ),
    Mutant(
        "what waits is left out beside workers",
        (Edit(WAY, "rows.finish(|block| Ok(replay.count(block, state)?))", "rows.finish(|_| Ok(()))"),),
        ("summaries",),
    ),
    Mutant(
        "what waits may take any memory",
        (Edit(STORED, "self.demand_room(numbering.bytes() + pending.bytes())", "self.demand_room(0)"),),
        ("summaries_upkeep",),
    ),
    Mutant(
        "triggers may be disabled",
        (Edit(TABLES, "t.tgenabled OPERATOR(pg_catalog.=) 'A'", "t.tgenabled OPERATOR(pg_catalog.<>) '?'"),),
        ("summaries",),
    ),
    Mutant(
        "events that nobody could capture are not noted",
        (
            Edit(
                CAPTURE, "Err(fault) => return Stamp::mark_stale(captured.source, *fault),", "Err(_) => return Ok(()),"
            ),
        ),
        ("summaries",),
    ),
    Mutant(
        "transition tables are read through everybody's pointer",
        (
            Edit(
                CAPTURE,
                "        pg_sys::tuplestore_select_read_pointer(rows, pointer);\n"
                "        pg_sys::tuplestore_rescan(rows);\n",
                "        let _ = pointer;\n",
            ),
        ),
        ("summaries",),
    ),
    Mutant(
        "a statement may be on its way",
        (Edit(PLAN, "if executor::writes_what_is_seen()", "if false && executor::writes_what_is_seen()"),),
        ("summaries",),
    ),
    Mutant(
        "policies are not asked",
        (Edit(PLAN, "if rights::is_filtered(source.usage.oid)", "if false && rights::is_filtered(source.usage.oid)"),),
        ("summaries",),
    ),
    Mutant(
        "rights are not asked",
        (Edit(PLAN, "match plan.may_read()? {", "match plan.may_read().is_ok() {"),),
        ("summaries",),
    ),
    Mutant(
        "names need not be known",
        (
            Edit(
                TOLD,
                "Some(names.name(number).ok_or(CoreError::MalformedRow)?)",
                "names.name(number)",
            ),
        ),
        ("summaries",),
    ),
    Mutant(
        "events that are gone are counted",
        (
            Edit(
                LIVE,
                "                ..0 => 0,\n                _ if self.removed == 0 => weight,",
                "                ..0 => 0,\n                _ if self.removed < u64::MAX => weight,",
            ),
        ),
        ("summaries",),
    ),
    Mutant(
        "totals that events touch are counted as they are",
        (Edit(NET_TABLE, "match self.has(block.key(at)) || !block", "match !block"),),
        ("summaries",),
    ),
    Mutant(
        "totals are looked up in serializable transactions",
        (Edit(PLAN, "&& !snapshot::is_watched();", "&& (true || snapshot::is_watched());"),),
        ("summaries",),
    ),
    Mutant(
        "the first tenant of a row is not looked up",
        (Edit(ROWS, "rest.partition_point(|&at| at < first)", "rest.partition_point(|&at| at <= first)"),),
        ("summaries",),
    ),
    Mutant(
        "events of any times are in one bucket",
        (
            Edit(
                TIMELINE,
                "match self.stretch(first, clock)? == self.stretch(last, clock)? {",
                "match self.stretch(first, clock)? >= (0, 0) {",
            ),
        ),
        ("summaries",),
    ),
    Mutant(
        "a greatest that is gone stays",
        (Edit(NET, "(self.count > 0).then_some(self.number)", "(self.count > i64::MIN).then_some(self.number)"),),
        ("summaries",),
    ),
)
