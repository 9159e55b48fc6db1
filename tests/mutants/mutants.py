"""The mutants: changes to the sources that make answers wrong, each with the tests that must notice.

The identity of a call, what is kept under it, and who may be given it are each left out once, and
so is what a walk around some tenants has to meet. A mutant that no test notices means that a part
of the code is not tested, or not needed.
"""

from __future__ import annotations

from mutant import Edit, Mutant

IDENTITY = "src/pg/identity.rs"
RIGHTS = "src/pg/rights.rs"
ACCOUNT = "src/engine/account.rs"
GROVE = "src/engine/grove.rs"

MUTANTS = (
    Mutant(
        "the snapshot is known by its address",
        (
            Edit(
                IDENTITY,
                "command: snapshot.curcid,",
                "command: std::ptr::from_ref(snapshot).addr() as u32,",
            ),
            Edit(IDENTITY, "xmin: snapshot.xmin,", "xmin: TransactionId::INVALID,"),
            Edit(IDENTITY, "xmax: snapshot.xmax,", "xmax: TransactionId::INVALID,"),
            Edit(
                IDENTITY,
                "self.running == running\n            && self.running_children == children\n",
                "running.len() + children.len() < usize::MAX\n",
            ),
        ),
        ("cache_writes",),
        ("cache_statements",),
    ),
    Mutant(
        "the snapshot's command id is left out",
        (Edit(IDENTITY, "command: snapshot.curcid,", "command: 0,"),),
        ("cache_writes",),
    ),
    Mutant(
        "the snapshot's bounds and transactions are left out",
        (
            Edit(IDENTITY, "xmin: snapshot.xmin,", "xmin: TransactionId::INVALID,"),
            Edit(IDENTITY, "xmax: snapshot.xmax,", "xmax: TransactionId::INVALID,"),
            Edit(
                IDENTITY,
                "self.running == running\n            && self.running_children == children\n",
                "running.len() + children.len() < usize::MAX\n",
            ),
        ),
        (),
        ("cache_statements",),
    ),
    Mutant(
        "the snapshot's running transactions are left out",
        (
            Edit(
                IDENTITY,
                "self.running == running\n            && self.running_children == children\n",
                "running.len() + children.len() < usize::MAX\n",
            ),
        ),
        (),
        ("cache_statements",),
    ),
    Mutant(
        "aborts of subtransactions are not counted",
        (Edit(IDENTITY, "        count(&ABORTS);\n", ""),),
        ("cache_writes",),
        ("cache_statements",),
    ),
    Mutant(
        "transactions are neither counted nor is anything forgotten at their end",
        (
            Edit(
                IDENTITY,
                "        count(&TRANSACTIONS);\n        AT_END.get()();\n",
                "        let _ = (&TRANSACTIONS, AT_END.get());\n",
            ),
        ),
        (),
        ("cache_statements",),
    ),
    Mutant(
        "the role is left out",
        (
            Edit(
                IDENTITY,
                "            user,\n            security_context,\n",
                "            user: Oid::INVALID,\n            security_context,\n",
            ),
        ),
        ("cache_roles",),
    ),
    Mutant(
        "answers under row-level security are kept",
        (Edit(RIGHTS, "if is_filtered(relation) || !matches!(catalog", "if !matches!(catalog"),),
        ("cache_roles",),
    ),
    Mutant(
        "answers from views are kept",
        (Edit(RIGHTS, "b'r' | b'p' | b'm') {", "b'r' | b'p' | b'm' | b'v') {"),),
        ("cache_ddl",),
    ),
    Mutant(
        "answers from tables that the transaction made or emptied are kept",
        (
            Edit(
                RIGHTS,
                "(*open).rd_createSubid == NO_SUBTRANSACTION && renewed == NO_SUBTRANSACTION;",
                "renewed != NO_SUBTRANSACTION.wrapping_sub(1);",
            ),
        ),
        ("cache_truncate",),
    ),
    Mutant(
        "answers from partitions that the transaction made are kept",
        (Edit(RIGHTS, " && accepts(look_at(part).0)", ""),),
        ("cache_truncate",),
    ),
    Mutant(
        "invalidations are left out",
        (Edit(IDENTITY, "invalidations: INVALIDATIONS.get(),", "invalidations: 0,"),),
        (),
        ("cache_rights",),
    ),
    Mutant(
        "invalidations of relations are not counted",
        (
            Edit(
                IDENTITY,
                'unsafe extern "C-unwind" fn on_relation(_data: pg_sys::Datum, _relation: Oid) {\n'
                "    count(&INVALIDATIONS);\n",
                'unsafe extern "C-unwind" fn on_relation(_data: pg_sys::Datum, _relation: Oid) {\n',
            ),
        ),
        (),
        ("cache_rights",),
    ),
    Mutant(
        "invalidations of memberships are not counted",
        (Edit(IDENTITY, ", pg_sys::SysCacheIdentifier::AUTHMEMROLEMEM]", "]"),),
        (),
        ("cache_rights",),
    ),
    Mutant(
        "nobody looks at what is being written",
        (
            Edit(
                "src/pg/executor.rs",
                "MISSED.get() || RUNNING.with_borrow(|running| running.iter().any(visible))",
                "MISSED.get() && RUNNING.with_borrow(|running| running.iter().any(visible))",
            ),
        ),
        ("cache_writes",),
    ),
    Mutant(
        "what COPY writes is not looked at",
        (
            Edit(
                "src/pg/executor.rs",
                "let noted = note_copy((*statement).utilityStmt);",
                "let noted = note_copy((*statement).utilityStmt).inspect(|&noted| take_back(noted));",
            ),
        ),
        ("cache_writes",),
    ),
    Mutant(
        "what is left of queries in WITH is not looked at",
        (Edit("src/pg/executor.rs", "pg_sys::ExecutorFinish_hook = Some(finish);", "let _ = finish;"),),
        ("cache_writes",),
    ),
    Mutant(
        "the search_path is left out",
        (Edit(IDENTITY, "\n            && self.search_path.as_c_str() == session::search_path()\n", "\n"),),
        ("cache_ddl",),
    ),
    Mutant(
        "what the names of zones mean is left out",
        (
            Edit(
                IDENTITY,
                "\n            && self\n                .abbreviations\n                .as_ref()\n"
                "                .is_none_or(|kept| kept.as_c_str() == session::abbreviations())",
                "",
            ),
        ),
        ("cache_times",),
    ),
    Mutant(
        "statements take a snapshot of their own",
        (Edit("src/pg/query.rs", "            read_only: true,\n", ""),),
        ("cache_writes",),
        ("one_snapshot",),
    ),
    Mutant(
        "the window is ignored",
        (
            Edit(
                ACCOUNT,
                "account.window == window\n                && account.name == name\n",
                "account.name == name\n",
            ),
        ),
        ("cache_counts",),
    ),
    Mutant(
        "the source is ignored",
        (Edit(ACCOUNT, "                && account.name == name\n", ""),),
        ("cache_counts",),
    ),
    Mutant(
        "a pass is taken to have all columns",
        (Edit(ACCOUNT, "pass.as_ref().filter(|pass| pass.needs.cover(needs)).cloned()", "pass.as_ref().cloned()"),),
        ("cache_counts", "cache_roles"),
    ),
    Mutant(
        "a pass reads what the caller may not",
        (
            Edit(
                ACCOUNT,
                "cost: plain.cost && readable(source.usage_cost.as_ref())?,",
                "cost: plain.cost && source.usage_cost.is_some(),",
            ),
        ),
        ("cache_roles",),
    ),
    Mutant(
        "a pass reads parents that the caller may not",
        (
            Edit(
                ACCOUNT,
                "\n            && (scope == Scope::Subtree\n"
                "                || rights::may_read(source.tenants.oid, &source.parent_id.name)?)",
                "",
            ),
        ),
        ("cache_roles",),
    ),
    Mutant(
        "a pass reads times that cannot be converted",
        (
            Edit(
                ACCOUNT,
                "time: plain.time && source.time_is_plain() && readable(time)?",
                "time: plain.time && readable(time)?",
            ),
        ),
        ("cache_errors",),
    ),
    Mutant(
        "a limit that falls is not noticed",
        (
            Edit(
                ACCOUNT,
                "                && limit > 0\n                && account.held.get() <= limit\n",
                "",
            ),
        ),
        ("cache_counts",),
    ),
    Mutant(
        "the limit is not kept to",
        (Edit(ACCOUNT, "if bytes > guc::cache_limit() {", "if bytes == usize::MAX {"),),
        ("cache_counts",),
    ),
    Mutant(
        "a walk meets no tenants above",
        (
            Edit(
                GROVE,
                "                    sought.intern(parent)?;\n",
                "                    let _ = (&sought, parent);\n",
            ),
        ),
        ("pages",),
    ),
    Mutant(
        "a walk meets no tenants below",
        (
            Edit(
                GROVE,
                "scope == Scope::Subtree && !walk.down(asked_ids())?",
                "scope == Scope::Subtree && asked.is_empty()",
            ),
        ),
        ("pages",),
    ),
    Mutant(
        "a walk goes down one level",
        (Edit(GROVE, "level = level.end..parents.len();", "level = parents.len()..parents.len();"),),
        ("pages",),
    ),
    Mutant(
        "a walk goes down from the asked tenants alone, and not around a cycle",
        (
            Edit(
                GROVE,
                "                parents.intern(id)?;\n                Ok(())",
                "                if sought.get(id).is_none() {\n"
                "                    parents.intern(id)?;\n"
                "                }\n"
                "                Ok(())",
            ),
        ),
        ("pages",),
    ),
    Mutant(
        "a walk trusts ids that need not be unique",
        (
            Edit(
                "src/engine/links.rs",
                "Ok(catalog::has_unique_index(source.tenants.oid, &source.tenant_id.name)?",
                "Ok(source.tenants.oid != crate::pg::Oid::INVALID",
            ),
        ),
        ("duplicates",),
    ),
    Mutant(
        "a walk trusts an index although its snapshot sees rows of two times",
        (Edit("src/engine/links.rs", "&& !session::sees_rows_of_two_times())", ")"),),
        (),
        ("duplicates",),
    ),
    Mutant(
        "a walk trusts an index that is younger than its snapshot",
        (Edit("src/pg/catalog.rs", "&& is_of_snapshot(&*(*open).rd_indextuple)", ""),),
        (),
        ("duplicates",),
    ),
    Mutant(
        "a walk trusts an index of some rows",
        (Edit("src/pg/catalog.rs", "&& pg_sys::RelationGetIndexPredicate(open).is_null();", ";"),),
        ("duplicates",),
    ),
    Mutant(
        "a walk trusts an index of more columns",
        (Edit("src/pg/catalog.rs", "&& form.indnkeyatts == 1", ""),),
        ("duplicates",),
    ),
    Mutant(
        "a walk trusts an index whose check is deferred",
        (Edit("src/pg/catalog.rs", "&& form.indimmediate", ""),),
        ("duplicates",),
    ),
    Mutant(
        "a walk trusts an index although children have rows beside it",
        (Edit("src/pg/catalog.rs", "let found = has_all && indexes", "let _ = has_all;\n        let found = indexes"),),
        ("duplicates",),
    ),
    Mutant(
        "a walk looks at one row of each tenant below",
        (
            Edit(GROVE, "if !is_only && !self.up(", "if is_only && !self.up("),
            Edit(GROVE, "if is_only && sought.get(id).is_none() {", "if sought.get(id).is_none() {"),
        ),
        ("duplicates",),
    ),
    Mutant(
        "what a pass has found is told of tenants with several rows",
        (
            Edit(
                "src/engine/dashboard.rs",
                "                    asked.members(&pass.forest)?;\n                    Ok(pass)",
                "                    Ok(pass)",
            ),
        ),
        ("duplicates",),
    ),
    Mutant(
        "what is below a root may have several rows",
        (Edit("src/engine/members.rs", "        duplicates::refuse_below(forest, place)?;\n", ""),),
        ("duplicates",),
    ),
    Mutant(
        "the part of a known forest lacks what is above its members",
        (Edit(GROVE, "next = parent.and_then(|parent| forest.find(parent));", "next = None;"),),
        ("pages",),
    ),
)
