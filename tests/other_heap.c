/*
 * A table access method that is not the heap, and yet stores tables as it does:
 * what asks whether a table is one of the heap is told that it is not.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/tableam.h"
#include "fmgr.h"

PG_MODULE_MAGIC;

PG_FUNCTION_INFO_V1(other_heap_handler);

/* The heap's own, which reads no table but one of the heap. */
static double
build_index(Relation table, Relation index, struct IndexInfo *info, bool may_be_synchronized,
			bool any_visible, bool progress, BlockNumber first, BlockNumber count,
			IndexBuildCallback callback, void *state, TableScanDesc scan)
{
	const TableAmRoutine *own = table->rd_tableam;
	double		rows = 0;

	PG_TRY();
	{
		table->rd_tableam = GetHeapamTableAmRoutine();
		rows = table->rd_tableam->index_build_range_scan(table, index, info, may_be_synchronized, any_visible,
														 progress, first, count, callback, state, scan);
	}
	PG_FINALLY();
	{
		table->rd_tableam = own;
	}
	PG_END_TRY();
	return rows;
}

Datum
other_heap_handler(PG_FUNCTION_ARGS)
{
	static TableAmRoutine routine;

	routine = *GetHeapamTableAmRoutine();
	routine.index_build_range_scan = build_index;
	PG_RETURN_POINTER(&routine);
}
