"""A workbook as plain data, and the programs that write it: openpyxl, XlsxWriter, LibreOffice."""

import datetime
import shutil
import subprocess
import tempfile
import tomllib
from pathlib import Path

import openpyxl
import xlsxwriter
from openpyxl.styles import Alignment

FORM = tomllib.loads((Path(__file__).parents[3] / "config/forms/dxpi-2.3.toml").read_text())
ROWS = FORM["rows"]
AT = {row["no"]: at for at, row in enumerate(ROWS)}
FIXED = datetime.datetime(2022, 8, 10)

HEADERS = {
    "no": "No",
    "number": "定性指標\nNo.",
    "block": "大分類",
    "category": "中分類",
    "minor": "小分類",
    "title": "DX推進指標",
    "text": None,
    "kind": "定性定量",
    "current": "現在",
    "target": "目標\n(例えば3年後)",
    "evidence": "なぜその成熟度と判断したかの根拠、\n確認方法／エビデンス等\n(任意)",
    "action": "アクション欄\n(任意)",
}
ORDER = list(HEADERS)


def current(at):
    """What stands in 現在: a mark that differs from row to row, so that a row too low is seen."""
    return at % 6 if ROWS[at]["kind"] == "qualitative" else f"{at}件"


def target(at):
    return (at + 2) % 6 if ROWS[at]["kind"] == "qualitative" else f"{at + 1}件"


class Shown:
    """A value with a number format, or a formula with its stored result."""

    def __init__(self, value, code=None, result=None):
        self.value, self.code, self.result = value, code, result


class Sheet:
    def __init__(self, name, state="visible"):
        self.name, self.state = name, state
        self.cells, self.merges, self.hidden, self.grouped = {}, [], [], []
        self.rows, self.columns = {}, {}
        self.header = self.footer = None

    def put(self, row, column, value):
        self.cells[row, column] = value

    def merge(self, row, column, last_row, last_column):
        self.merges.append((row, column, last_row, last_column))

    def form(self, top=7, left=1, headers=None, order=None, rows=None, skip=(), values=True):
        """The table: `headers` replaces words (None: no such column), `rows` are indexes of the catalogue."""
        words = HEADERS | (headers or {})
        order = [it for it in (order or ORDER) if it not in skip]
        self.columns = {it: left + n for n, it in enumerate(order)}
        for name, column in self.columns.items():
            if words.get(name):
                self.put(top, column, words[name])
        if "title" in self.columns and "text" in self.columns:
            self.merge(top, self.columns["title"], top, self.columns["text"])
        for n, at in enumerate(range(len(ROWS)) if rows is None else rows):
            self.line(top + 1 + n, at, values)

    def line(self, row, at, values=True):
        known, qualitative = ROWS[at], ROWS[at]["kind"] == "qualitative"
        self.rows[known["no"]] = row
        said = {
            "no": at + 1,
            "number": known["no"] if qualitative else None,
            "block": known["block"],
            "category": known["category"],
            "minor": known["title"],
            "title": known["title"],
            "text": "全社で行われているか。" if qualitative else None,
            "kind": "定性" if qualitative else "定量",
            "current": current(at) if values else None,
            "target": target(at) if values else None,
        }
        for name, value in said.items():
            if name in self.columns and value is not None:
                self.put(row, self.columns[name], value)

    def set(self, no, column, value):
        """Changes one cell of the table, by the indicator's number and the column's name."""
        place = (self.rows[no], self.columns[column])
        if value is None:
            self.cells.pop(place, None)
        else:
            self.put(*place, value)


class Book:
    def __init__(self, version="ver2.3", company="有限会社ひたち精工"):
        self.sheets, self.properties = [], {}
        cover = self.sheet("はじめに")
        cover.put(1, 1, "DX推進指標 自己診断フォーマット")
        if version:
            cover.put(1, 9, version)
        cover.put(3, 1, "企業名")
        cover.put(3, 2, company)

    def sheet(self, name, state="visible", first=False):
        sheet = Sheet(name, state)
        self.sheets.insert(0 if first else len(self.sheets), sheet)
        return sheet

    def table(self, **how):
        sheet = self.sheet("自己診断")
        sheet.form(**how)
        return sheet


def by_openpyxl(book, path):
    out = openpyxl.Workbook()
    out.remove(out.active)
    for sheet in book.sheets:
        ws = out.create_sheet(sheet.name)
        ws.sheet_state = sheet.state
        for (row, column), value in sorted(sheet.cells.items()):
            cell = ws.cell(row + 1, column + 1)
            if isinstance(value, Shown):
                cell.value = value.value
                if value.code:
                    cell.number_format = value.code
            else:
                cell.value = value
            if isinstance(value, str) and "\n" in value:
                cell.alignment = Alignment(wrap_text=True)
        for row, column, last_row, last_column in sheet.merges:
            ws.merge_cells(
                start_row=row + 1, start_column=column + 1, end_row=last_row + 1, end_column=last_column + 1
            )
        for row in sheet.hidden:
            ws.row_dimensions[row + 1].hidden = True
        for first, last in sheet.grouped:
            ws.row_dimensions.group(first + 1, last + 1, hidden=True)
        if sheet.header:
            ws.oddHeader.right.text = sheet.header
    for name, value in book.properties.items():
        setattr(out.properties, name, value)
    out.properties.created = out.properties.modified = FIXED
    out.save(path)


def by_xlsxwriter(book, path):
    out = xlsxwriter.Workbook(path)
    formats = {}
    out.set_properties(book.properties | {"created": FIXED})
    for sheet in book.sheets:
        ws = out.add_worksheet(sheet.name)
        if sheet.state == "hidden":
            ws.hide()
        elif sheet.state == "veryHidden":
            ws.very_hidden()
        for (row, column), value in sorted(sheet.cells.items()):
            if not isinstance(value, Shown):
                ws.write(row, column, value)
                continue
            style = value.code and formats.setdefault(value.code, out.add_format({"num_format": value.code}))
            if isinstance(value.value, str) and value.value.startswith("="):
                ws.write_formula(row, column, value.value, style, "" if value.result is None else value.result)
            else:
                ws.write(row, column, value.value, style)
        for row, column, last_row, last_column in sheet.merges:
            ws.merge_range(row, column, last_row, last_column, sheet.cells.get((row, column), ""))
        for row in sheet.hidden:
            ws.set_row(row, None, None, {"hidden": True})
        for first, last in sheet.grouped:
            for row in range(first, last + 1):
                ws.set_row(row, None, None, {"level": 1, "hidden": True})
            ws.set_row(last + 1, None, None, {"collapsed": True})
        if sheet.header:
            ws.set_header("&R" + sheet.header)
    # the first sheet that is to be seen must be the active one
    for sheet in book.sheets:
        if sheet.state == "visible":
            out.get_worksheet_by_name(sheet.name).activate()
            out.get_worksheet_by_name(sheet.name).set_first_sheet()
            break
    out.close()


def by_libreoffice(book, path):
    """LibreOffice stores the results of formulas; XlsxWriter's file is what it opens."""
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / path.name
        by_xlsxwriter(book, source)
        profile = f"-env:UserInstallation=file://{folder}/profile"
        command = ["soffice", profile, "--headless", "--convert-to", "xlsx", "--outdir", f"{folder}/out", source]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
        shutil.copy(Path(folder) / "out" / path.name, path)


WRITERS = {"openpyxl": by_openpyxl, "xlsxwriter": by_xlsxwriter, "libreoffice": by_libreoffice}
