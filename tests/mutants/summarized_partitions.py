"""Mutants of summaries of partitioned tables: what keeps partitions that come and go from being missed."""

from __future__ import annotations

from mutant import Edit, Mutant

CAPTURE = "src/pg/summaries/capture.rs"
CHANGES = "src/pg/summaries/changes.rs"
FOLD = "src/pg/summaries/fold.rs"
TABLES = "src/pg/summaries/usage_tables.rs"
TRIGGERS = "src/pg/summaries/triggers.rs"
USAGE_ROWS = "src/pg/summaries/usage_rows.rs"

SUMMARIZED_PARTITIONS = (
    Mutant(
        "partitions get no triggers",
        (
            Edit(
                TRIGGERS,
                "tables.oids().try_for_each(|table| create_on(entry, table))",
                "tables.oids().take(1).try_for_each(|table| create_on(entry, table))",
            ),
        ),
        ("summaries_partitions",),
    ),
    Mutant(
        "triggers of partitions are not looked for",
        (Edit(TABLES, "self.0.iter().all(|table| table.is_c", "self.0.iter().take(1).all(|table| table.is_c"),),
        ("summaries_partitions",),
    ),
    Mutant(
        "new partitions get no triggers",
        (Edit(CHANGES, "if rights::owner_sees_schema(table.oid) {", "if table.is_captured {"),),
        ("summaries_partitions",),
    ),
    Mutant(
        "new partitions are taken for empty ones",
        (Edit(CHANGES, "have_rows |= table.has_rows && usage_rows::any(table.oid)?;", "have_rows |= false;"),),
        ("summaries_partitions",),
    ),
    Mutant(
        "what a new partition adds to the files is not noted",
        (Edit(CHANGES, "Stamp::add_files(entry.number, tables.files().beyond(files))?;", ""),),
        ("summaries_partitions",),
    ),
    Mutant(
        "files of partitions are not noted",
        (
            Edit(
                TABLES,
                "all => all.iter().fold(FileSum(0), |sum, table| sum.with(table.files())),",
                "all => all.iter().take(1).fold(FileSum(0), |sum, table| sum.with(table.files())),",
            ),
        ),
        ("summaries_partitions",),
    ),
    Mutant(
        "partitions that went keep their triggers",
        (Edit(CHANGES, "        triggers::drop_left(entry)?;\n        return mark", "        return mark"),),
        ("summaries_partitions",),
    ),
    Mutant(
        "TRUNCATE of a partition leaves what is stored",
        (
            Edit(
                FOLD, "if any { Stamp::mark_stale(number, fault) } else { Ok(()) }", "{ let _ = (any, fault); Ok(()) }"
            ),
        ),
        ("summaries_partitions",),
    ),
    Mutant(
        "TRUNCATE of a partition removes all that is stored",
        (Edit(CAPTURE, "match captured.is_partition {", "match captured.is_partition && false {"),),
        ("summaries_partitions",),
    ),
    Mutant(
        "TRUNCATE of a table does not see what triggers of its partitions noted",
        (Edit(CAPTURE, "    snapshot::advance();\n    match captured", "    match captured"),),
        ("summaries_partitions",),
    ),
    Mutant(
        "rows of partitions are captured as if they were the table's",
        (
            Edit(
                CAPTURE,
                "match RowLayout::of(&entry, table)? {",
                "match RowLayout::of(&entry, entry.usage)? {",
            ),
        ),
        ("summaries_partitions",),
    ),
    Mutant(
        "rows of partitions are read as if they were the table's",
        (Edit(USAGE_ROWS, "let layout = layout_of(table.oid)?;", "let layout = layout_of(entry.usage)?;"),),
        ("summaries_partitions",),
    ),
    Mutant(
        "foreign partitions leave the triggers with which statements fail",
        (Edit(CHANGES, "        triggers::drop_all(entry)?;\n        let error", "        let error"),),
        ("summaries_partitions",),
    ),
    Mutant(
        "partitions are granted what is granted, while others grant it",
        (Edit(TRIGGERS, "    if is_granted {\n", "    if is_granted && function == Oid::INVALID {\n"),),
        (),
        ("summaries_partitions",),
    ),
    Mutant(
        "partitions may come and go while summaries are mended",
        (
            Edit(
                TABLES,
                "Self::Structure if table.is_partitioned =>",
                "Self::Structure if table.is_partitioned && table.has_rows =>",
            ),
        ),
        (),
        ("summaries_partitions",),
    ),
)
