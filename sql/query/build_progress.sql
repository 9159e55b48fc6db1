SELECT pg_catalog.max(l.objsubid)::pg_catalog.int8
FROM pg_catalog.pg_locks AS l
JOIN pg_catalog.pg_database AS d ON d.oid OPERATOR(pg_catalog.=) l.database
WHERE l.locktype OPERATOR(pg_catalog.=) 'object'
    AND d.datname OPERATOR(pg_catalog.=) pg_catalog.current_database()
    AND l.classid OPERATOR(pg_catalog.=) $1 AND l.objid OPERATOR(pg_catalog.=) $2 AND l.granted
