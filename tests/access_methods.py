"""A table access method beside the heap, made of other_heap.c."""

from __future__ import annotations

import os
import pathlib
import subprocess

import psycopg

from cluster import Cluster

SOURCE = pathlib.Path(__file__).with_name("other_heap.c")
# By name; half of the tables or more are of the heap.
METHODS = ["heap", "heap", "other_heap"]


def create_other_heap(cluster: Cluster, connection: psycopg.Connection) -> None:
    """Gives a database the access method other_heap."""
    library = cluster.folder / "other_heap.so"
    if not library.exists():
        headers = cluster.config("--includedir-server")
        compiler = [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1", f"-I{headers}"]
        subprocess.run([*compiler, "-o", library, SOURCE], check=True)
        library.chmod(0o755)
    connection.execute(
        "CREATE FUNCTION public.other_heap_handler(internal) RETURNS table_am_handler"
        f" LANGUAGE c AS '{library}', 'other_heap_handler'"
    )
    connection.execute("CREATE ACCESS METHOD other_heap TYPE TABLE HANDLER public.other_heap_handler")
