"""What openpyxl sees in workbooks: for each file given, a line of JSON with its marked cells and all values."""

import json
import sys

import openpyxl

for path in sys.argv[1:]:
    book = openpyxl.load_workbook(path, keep_vba=path.endswith(".xlsm"))
    cells, values = [], 0
    for sheet in book.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                values += cell.value is not None
                if cell.comment is not None:
                    fill = cell.fill.fgColor.rgb if cell.fill.patternType == "solid" else None
                    cells.append([sheet.title, cell.coordinate, fill, cell.comment.author, cell.comment.text])
    print(json.dumps({"sheets": book.sheetnames, "cells": cells, "values": values}, ensure_ascii=False))
