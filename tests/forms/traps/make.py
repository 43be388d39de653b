#!/usr/bin/env python3
"""Makes the trap workbooks of this folder and `traps.toml`, which says what must be read of each.

    tests/forms/traps/make.py [NAME …]     all, or only the workbooks of these names

Needs openpyxl, XlsxWriter and LibreOffice (soffice). Each workbook is the whole form with a mark of its own in every row
(see `model.current`) and one trap; whatever a trap does not mention must be read as it was written.
"""

import sys
from pathlib import Path

import layouts  # noqa: F401  registers its traps
import values  # noqa: F401
import versions  # noqa: F401
from traps import TRAPS, toml
from model import WRITERS

HERE = Path(__file__).parent


def main():
    wanted = sys.argv[1:]
    for it in TRAPS:
        if wanted and it["name"] not in wanted:
            continue
        for file, book in it["books"]().items():
            WRITERS[it["writer"]](book, HERE / f"{file}.xlsx")
    text = "# Made by make.py: what must be read of each workbook; what is not said is as the catalogue's row has it.\n"
    (HERE / "traps.toml").write_text(text + "".join(toml(it) for it in TRAPS))


main()
