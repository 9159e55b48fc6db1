"""Tables for a terminal."""


def text_table(header: list[str], rows: list[list[str]], left: int = 1) -> str:
    """The rows under their header, the first `left` columns flush left, the others flush right."""
    widths = [max(len(line[column]) for line in [header, *rows]) for column in range(len(header))]

    def line(cells: list[str]) -> str:
        aligned = (
            cell.ljust(width) if column < left else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(cells, widths, strict=True))
        )
        return "  " + "  ".join(aligned).rstrip()

    rule = "  " + "  ".join("-" * width for width in widths)
    return "\n".join([line(header), rule, *map(line, rows)])
