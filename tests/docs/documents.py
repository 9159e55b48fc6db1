"""Runs the SQL of a Markdown document through psql.

A fenced block marked `sql` is run; a block marked `text` right after it is what psql prints for it.
Blocks of one document share a database and a session; one below `<!-- runs last -->` runs when all
others have. `python documents.py README.md` with a
connection string in DSN rewrites the `text` blocks with what psql prints now.
"""

from __future__ import annotations

import dataclasses
import os
import pathlib
import re
import subprocess
import sys

MARK = "=== end of block"
LAST = "<!-- runs last -->"
FENCE = re.compile(r"^```(sql|text)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclasses.dataclass
class Example:
    """A block of SQL and the output that the document shows for it."""

    sql: str
    shown: str | None
    line: int
    # Where the shown output stands in the document.
    span: tuple[int, int] | None
    runs_last: bool


def examples(document: str) -> list[Example]:
    """The SQL blocks of a document, each with the output that follows it."""
    found: list[Example] = []
    after = -1
    for match in FENCE.finditer(document):
        if match[1] == "sql":
            line = document.count("\n", 0, match.start()) + 1
            last = document[: match.start()].rstrip().endswith(LAST)
            found.append(Example(match[2], None, line, None, last))
            after = match.end()
        elif found and document[after : match.start()].strip() == "":
            found[-1].shown = match[2]
            found[-1].span = match.span(2)
            after = -1
    return found


def run(psql: pathlib.Path, dsn: str, blocks: list[Example], folder: pathlib.Path) -> list[str]:
    """What psql prints for each block, errors included, without the names of scripts.

    The documents' `\\i` names files of their folder.
    """
    order = sorted(range(len(blocks)), key=lambda i: blocks[i].runs_last)
    script = "".join(f"{blocks[i].sql}\n\\echo {MARK}\n" for i in order)
    done = subprocess.run(
        [psql, "--no-psqlrc", "--quiet", dsn],
        input=script,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=folder,
        env={**os.environ, "PGOPTIONS": "-c client_min_messages=warning"},
        check=True,
    )
    printed = re.sub(r"^psql:<stdin>:\d+: ", "", done.stdout, flags=re.MULTILINE)
    parts = printed.split(f"{MARK}\n")[:-1]
    outputs = dict(zip(order, map(tidy, parts), strict=True))
    return [outputs[i] for i in range(len(blocks))]


def tidy(output: str) -> str:
    """Without the blanks at line ends and the empty lines that psql adds."""
    lines = [line.rstrip() for line in output.splitlines()]
    return "".join(f"{line}\n" for line in lines if line)


def rewrite(document: str, blocks: list[Example], outputs: list[str]) -> str:
    """The document with the outputs in place of those that it shows."""
    for block, output in reversed(list(zip(blocks, outputs, strict=True))):
        if block.span:
            start, end = block.span
            document = document[:start] + output + document[end:]
    return document


if __name__ == "__main__":
    for name in sys.argv[1:]:
        path = pathlib.Path(name)
        text = path.read_text()
        blocks = examples(text)
        bindir = pathlib.Path(os.environ["PG_CONFIG"]).absolute().parent
        outputs = run(bindir / "psql", os.environ["DSN"], blocks, path.parent)
        path.write_text(rewrite(text, blocks, outputs))
