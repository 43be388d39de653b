"""Layouts: where the table stands and how it is built."""

from model import AT, HEADERS, ORDER, ROWS, Shown, current, target
from traps import simple, trap

QUALITATIVE = [at for at, it in enumerate(ROWS) if it["kind"] == "qualitative"]
QUANTITATIVE = [at for at, it in enumerate(ROWS) if it["kind"] == "quantitative"]
NOS = [it["no"] for it in ROWS]


def nos(rows):
    return [ROWS[at]["no"] for at in rows]


def same(_):
    pass


for writer in ["openpyxl", "xlsxwriter", "libreoffice"]:
    simple(f"plain-{writer}", "the form as it is, by each writer", same, writer, cell={"1": "J9", "4-2": "J14"})

simple("moved-20-30", "20 rows lower, 30 columns to the right", same, how={"top": 27, "left": 31}, cell={"1": "AN29"})
simple("moved-libreoffice", "far out", same, "libreoffice", how={"top": 199, "left": 40}, cell={"1": "AW201"})
simple("top-left", "at A1, without a cover's blank lines", same, "xlsxwriter", how={"top": 0, "left": 0}, cell={"1": "I2"})


@trap("first-sheet-last", "the table before the cover, other sheets around", "xlsxwriter")
def fill(book):
    book.sheet("メモ").put(0, 0, "現在の課題と目標について話し合う")
    sheet = book.sheet("Sheet1", first=True)
    sheet.form()
    book.sheet("Sheet3")


@trap("rows-inserted", "blank rows and lines of text between the rows", "openpyxl")
def fill(book):
    sheet = book.sheet("自己診断")
    sheet.form(rows=[])
    for at in range(len(ROWS)):
        sheet.line(10 + at * 3, at)
        if at % 7 == 0:
            sheet.put(11 + at * 3, 6, "※ 部門ごとに相談して記入")


simple(
    "columns-inserted",
    "columns of the company's own between the form's",
    lambda sheet: [sheet.put(row, sheet.columns["own1"], "要確認") for row in range(9, 60, 5)],
    "libreoffice",
    {
        "order": [*ORDER[:5], "own1", *ORDER[5:9], "own2", "own3", *ORDER[9:]],
        "headers": {"own1": "社内メモ", "own2": "前回", "own3": "担当部門"},
    },
)


@trap("groups", "a title row and the header again before each group", "openpyxl")
def fill(book):
    sheet = book.sheet("自己診断")
    top, before = 7, None
    for at, known in enumerate(ROWS):
        if known["block"] != before:
            sheet.put(top + 1, 1, f"■ {known['block']}")
            sheet.form(top=top + 2, rows=[])
            top, before = top + 3, known["block"]
        sheet.line(top, at)
        top += 1


@trap("groups-other-columns", "each group begins in another column", "xlsxwriter")
def fill(book):
    sheet = book.sheet("自己診断")
    sheet.form(top=2, left=1, rows=QUALITATIVE)
    sheet.form(top=50, left=4, rows=QUANTITATIVE, skip=["number", "no"])


@trap("side-by-side", "定量 to the right of 定性, under one row of headers", "openpyxl")
def fill(book):
    sheet = book.sheet("自己診断")
    sheet.form(top=4, left=0, rows=QUALITATIVE)
    sheet.form(top=4, left=15, rows=QUANTITATIVE)


@trap("two-sheets", "定性 and 定量 on sheets of their own", "libreoffice")
def fill(book):
    book.sheet("定性指標").form(rows=QUALITATIVE)
    book.sheet("定量指標").form(rows=QUANTITATIVE, skip=["number"], headers={"current": "現在値", "target": "目標値"})


@trap("two-books", "定性 and 定量 in two files of one mail", "openpyxl", files=["two-books-a", "two-books-b"])
def fill(one, other):
    one.sheet("定性").form(rows=QUALITATIVE)
    other.sheet("定量").form(rows=QUANTITATIVE, skip=["number"])


@trap("blank-and-filled", "the blank form as a second file", "xlsxwriter", files=["blank-and-filled-a", "blank-and-filled-b"])
def fill(blank, filled):
    blank.table(values=False)
    filled.table()


@trap("blank-sheet", "the blank form as a sheet before the filled one", "openpyxl")
def fill(book):
    book.sheet("自己診断").form(values=False)
    book.sheet("自己診断 (2)").form()


@trap("old-blank-sheet", "a blank form of the version before beside the filled one", "openpyxl", version="2.3", cover=None)
def fill(book):
    for name, version, values in [("自己診断", "ver2.2", False), ("自己診断 (2)", "ver2.3", True)]:
        sheet = book.sheet(name)
        sheet.put(0, 1, f"DX推進指標 自己診断フォーマット {version}")
        sheet.form(values=values)


@trap(
    "copied-sheet",
    "a second filled sheet with two other values",
    "libreoffice",
    conflicts=["4-1", "K1"],
    places={"4-1": ["自己診断!J13", "自己診断 (2)!J13"]},
)
def fill(book):
    book.table()
    copy = book.sheet("自己診断 (2)")
    copy.form()
    copy.set("4-1", "current", 5)
    copy.set("K1", "current", "別の値")


@trap("copied-half", "a second sheet on which only some values were filled", "xlsxwriter")
def fill(book):
    first = book.table()
    copy = book.sheet("自己診断 (2)")
    copy.form()
    for no in NOS[::2]:
        first.set(no, "current", None)
    for no in NOS[1::2]:
        copy.set(no, "current", None)


@trap("row-twice", "one number in two rows with different values", conflicts=["5-1"], places={"5-1": ["自己診断!J18", "自己診断!J64"]})
def fill(book):
    sheet = book.table()
    sheet.line(63, AT["5-1"])
    sheet.set("5-1", "current", 0)


@trap("row-twice-alike", "one number in two rows with the same value, written otherwise", "xlsxwriter")
def fill(book):
    sheet = book.table()
    row = sheet.rows["5-1"]
    sheet.line(63, AT["5-1"])
    sheet.set("5-1", "current", "レベル３")
    sheet.rows["5-1"] = row


@trap("row-twice-blank", "a copied row without a value beside the filled one")
def fill(book):
    sheet = book.table()
    sheet.line(63, AT["5-1"], values=False)


def two_rows(sheet, deep):
    """Headers merged over rows: those of all columns, and 成熟度 over 現在 and 目標."""
    top = 7
    sheet.form(top=top + deep - 1, headers={it: None for it in ORDER if it not in ("current", "target")})
    sheet.merges.clear()
    for name, column in sheet.columns.items():
        if name in ("current", "target"):
            continue
        if name == "text":
            continue
        last = sheet.columns["text"] if name == "title" else column
        if HEADERS[name]:
            sheet.put(top, column, HEADERS[name])
            sheet.merge(top, column, top + deep - 1, last)
    first, last = sheet.columns["current"], sheet.columns["target"]
    sheet.put(top, first, "成熟度")
    sheet.merge(top, first, top + deep - 2, last)


@trap("header-of-2", "headers merged over two rows, 成熟度 over 現在 and 目標", "openpyxl")
def fill(book):
    two_rows(book.sheet("自己診断"), 2)


@trap("header-of-3", "headers merged over three rows", "libreoffice")
def fill(book):
    two_rows(book.sheet("自己診断"), 3)


@trap("header-below", "現在 and 目標 merged over two rows, 分類 over 大分類, 中分類 and 小分類 below", "xlsxwriter", cell={"1": "J10"})
def fill(book):
    sheet = book.sheet("自己診断")
    below = ["number", "block", "category", "minor"]
    sheet.form(top=8, headers={it: None for it in ORDER if it not in below})
    sheet.merges.clear()
    for name, column in sheet.columns.items():
        if name not in below and HEADERS[name]:
            sheet.put(7, column, HEADERS[name])
            sheet.merge(7, column, 8, column + (1 if name == "title" else 0))
    sheet.put(7, sheet.columns["number"], "分類")
    sheet.merge(7, sheet.columns["number"], 7, sheet.columns["minor"])
    for no in NOS:
        sheet.set(no, "no", None)


@trap("header-level-and-reason", "現在 merged over レベル and 理由, the reasons filled", "openpyxl", cell={"1": "J10"}, current={"3": None, "K2": None})
def fill(book):
    sheet = book.sheet("自己診断")
    order = [*ORDER[:9], "why", "target", "why2", "action"]
    sheet.form(top=8, order=order, headers={"current": "レベル", "why": "理由", "target": "レベル", "why2": "理由"})
    sheet.merges.clear()
    for name, words in HEADERS.items():
        if name in sheet.columns and words:
            sheet.cells[7, sheet.columns[name]] = words
            if name not in ("current", "target"):
                sheet.cells.pop((8, sheet.columns[name]), None)
    for name in ("current", "target"):
        sheet.merge(7, sheet.columns[name], 7, sheet.columns[name] + 1)
    for no in NOS:
        sheet.set(no, "why", "聞き取りによる")
    sheet.set("3", "current", None)
    sheet.set("K2", "current", None)


@trap(
    "departments-under-one-header",
    "現在 merged over two departments that differ in one row",
    "xlsxwriter",
    conflicts=["4-1", "K1"],
    places={"4-1": ["自己診断!J14", "自己診断!K14"]},
)
def fill(book):
    sheet = book.sheet("自己診断")
    sheet.form(top=8, order=[*ORDER[:9], "other", *ORDER[9:]], headers={"current": "営業部", "other": "製造部"})
    sheet.merges.clear()
    for name, words in HEADERS.items():
        if words and name in sheet.columns and name != "current":
            sheet.cells.pop((8, sheet.columns[name]), None)
            sheet.put(7, sheet.columns[name], words)
    sheet.put(7, sheet.columns["current"], "現在")
    sheet.merge(7, sheet.columns["current"], 7, sheet.columns["other"])
    for at, no in enumerate(NOS):
        sheet.set(no, "other", current(at))
    sheet.set("4-1", "other", 0)
    sheet.set("K1", "other", "1件")


@trap("departments", "a column for each department beside the company's", "openpyxl")
def fill(book):
    sheet = book.sheet("自己診断")
    order = [*ORDER[:8], "one", "other", *ORDER[8:]]
    sheet.form(order=order, headers={"one": "現在（営業部）", "other": "現在（製造部）", "current": "現在（全社）"})
    for no in NOS:
        sheet.set(no, "one", 0)
        sheet.set(no, "other", 5)


@trap("value-and-unit", "現在 merged over a value and its unit, three values left blank", "libreoffice", current={"K2": None, "D3": None, "T4": None})
def fill(book):
    sheet = book.sheet("自己診断")
    sheet.form(order=[*ORDER[:9], "unit", *ORDER[9:]])
    sheet.merge(7, sheet.columns["current"], 7, sheet.columns["unit"])
    for at in QUANTITATIVE:
        sheet.set(NOS[at], "unit", "件")
    for no in ("K2", "D3", "T4"):
        sheet.set(no, "current", None)


@trap("unit-before-value", "現在 merged over 約, a value and its unit, two values left blank", "xlsxwriter", current={"K2": None, "D3": None}, fault={"K2": "blank", "D3": "blank"})
def fill(book):
    sheet = book.sheet("自己診断")
    sheet.form(order=[*ORDER[:8], "about", "current", "unit", *ORDER[9:]], headers={"about": "現在", "current": None})
    sheet.merge(7, sheet.columns["about"], 7, sheet.columns["unit"])
    for at in QUANTITATIVE:
        sheet.set(NOS[at], "about", "約")
        sheet.set(NOS[at], "unit", "（件）")
    for no in ("K2", "D3"):
        sheet.set(no, "current", None)


UNITS = {"K1": "件", "K2": "円", "K3": "％", "K4": "（　）%", "K5": "人", "K6": "約　　円", "D1": "　　年　　月", "T1": "　：　"}
simple(
    "units-printed",
    "units printed in the cells of 現在, no value beside them",
    lambda sheet: [sheet.set(no, "current", unit) for no, unit in UNITS.items()],
    fault={no: "blank" for no in UNITS},
    raw=UNITS,
)


@trap("formulas-beside-blank", "the form filled by formulas from a sheet of sums, beside the blank form", "xlsxwriter", cell={"1": "J9"})
def fill(book):
    book.sheet("原本").form(values=False)
    by_formulas(book, NOS)


@trap("some-formulas-beside-blank", "the form with some values from a sheet of sums, after the blank form", "libreoffice")
def fill(book):
    book.sheet("原本").form(values=False)
    by_formulas(book, NOS[::3])


def by_formulas(book, these):
    sheet, sums = book.table(), book.sheet("集計")
    for at, no in enumerate(NOS):
        sums.put(at + 1, 0, ROWS[at]["title"])
        sums.put(at + 1, 1, current(at))
        if no in these:
            sheet.set(no, "current", Shown(f"='集計'!B{at + 2}", result=current(at)))


simple("columns-reordered", "the columns in another order", same, "xlsxwriter", {"order": ["target", "current", "kind", "title", "text", "minor", "action", "evidence", "category", "block", "number", "no"]})
simple("few-columns", "only number, title, 現在 and 目標", same, how={"skip": ["no", "block", "category", "minor", "text", "kind", "evidence", "action"]})
simple("no-numbers", "the column of numbers taken out", same, "libreoffice", {"skip": ["number"]})
simple("no-titles", "numbers and 小分類 only", same, "openpyxl", {"skip": ["title", "text"]})

WORDS = [
    ("other-words-1", {"current": "現在値", "target": "目標値"}),
    ("other-words-2", {"current": "現状", "target": "3年後の目標", "title": "評価項目", "evidence": "判断理由"}),
    ("other-words-3", {"current": "As-Is", "target": "To-Be", "number": "No.", "no": None}),
    ("other-words-4", {"current": "現在(2022年度)", "target": "目標(2025年度)", "number": "指標番号"}),
    ("other-words-5", {"current": "現　在", "target": "目　標\n（３年後）", "title": "ＤＸ推進指標", "action": "今後の\nアクション"}),
    ("other-words-6", {"current": "成熟度\n（現在）", "target": "成熟度\n（目標）", "evidence": "ｴﾋﾞﾃﾞﾝｽ", "action": "ｱｸｼｮﾝ欄"}),
    ("other-words-7", {"current": "Ａｓ　Ｉｓ\n（現在）", "target": "Ｔｏ　Ｂｅ\n（目標）", "kind": "種別"}),
    ("other-words-8", {"current": "現在の\r\n成熟度\r\nレベル", "target": "⽬標", "kind": "定性／\n定量"}),
    ("other-words-9", {"current": "現況", "target": "３年後", "title": "指標の名称"}),
    ("other-words-10", {"current": "2022年度実績", "target": "2025年度目標"}),
    ("other-words-11", {"current": "現\u200b在", "target": "目標\ufeff"}),
    ("other-words-12", {"current": "Current", "target": "Target", "title": "Indicator"}),
]
for at, (name, words) in enumerate(WORDS):
    simple(name, "headers in other words and widths", same, ["openpyxl", "xlsxwriter", "libreoffice"][at % 3], {"headers": words})

simple("target-date-column", "a column 目標時期 before 目標", lambda sheet: [sheet.set(no, "when", "2025年3月") for no in NOS], how={"order": [*ORDER[:8], "when", *ORDER[8:]], "headers": {"when": "目標時期"}})


def dates(sheet):
    for no, serial in [("4-1", 44652), ("4-2", 44653), ("5-1", 44682), ("8-2", 44775), ("9-6", 44810)]:
        sheet.set(no, "number", Shown(serial, 'm"月"d"日"'))
    sheet.set("4-3", "number", "4月3日")
    sheet.set("4-4", "number", Shown(44655, "d-mmm"))
    sheet.set("6-1", "number", Shown(44713))
    sheet.set("7-1", "number", "2022/7/1")
    sheet.set("8-1", "number", "8月1日")


for writer in ["openpyxl", "xlsxwriter", "libreoffice"]:
    simple(f"dates-{writer}", "numbers that became dates, as serials and as text", dates, writer)


def odd_numbers(sheet):
    for no, words in [("4-1", "４－１"), ("4-2", "4−2"), ("4-3", " 4-3 "), ("4-4", "(4-4)"), ("5-1", "No.5-1"), ("5-2", "5ー2"), ("6-1", "６－１"), ("6-2", 6.2), ("9", "９"), ("9-1", "9‐1")]:
        sheet.set(no, "number", words)


simple("odd-numbers", "numbers in other widths, with other dashes, as a decimal", odd_numbers, "xlsxwriter")


def typed_numbers(sheet):
    for at in QUALITATIVE:
        sheet.set(NOS[at], "current", f"{current(at)}")
        sheet.set(NOS[at], "target", f"{target(at)} ")


simple("numbers-as-text", "levels typed as text", typed_numbers, "libreoffice")


@trap("hidden-collecting-sheet", "a hidden sheet with other values beside the form", "openpyxl")
def fill(book):
    book.table()
    hidden = book.sheet("集計", "hidden")
    hidden.form()
    for no in NOS:
        hidden.set(no, "current", 1)


@trap("very-hidden-sheet", "a very hidden sheet with other values, before the form", "xlsxwriter")
def fill(book):
    hidden = book.sheet("data", "veryHidden", first=True)
    hidden.form()
    for no in NOS:
        hidden.set(no, "current", 1)
    book.table()


@trap("hidden-sheet-fills-no-gap", "blank in the form, filled on a hidden sheet", "libreoffice", current={"4-1": None, "K1": None})
def fill(book):
    sheet = book.table()
    sheet.set("4-1", "current", None)
    sheet.set("K1", "current", None)
    book.sheet("前回", "hidden").form()


@trap("hidden-sheet-alone", "the form on a hidden sheet and nowhere else", hidden=NOS)
def fill(book):
    book.sheet("自己診断", "hidden").form()


@trap("hidden-row-repeats", "a hidden row with another value for a row that is to be seen", "xlsxwriter")
def fill(book):
    sheet = book.table()
    row = sheet.rows["4-1"]
    sheet.line(63, AT["4-1"])
    sheet.set("4-1", "current", 0)
    sheet.hidden.append(63)
    sheet.rows["4-1"] = row


@trap("hidden-row-before", "the hidden row with a value stands before the blank one", current={"4-1": None})
def fill(book):
    sheet = book.sheet("自己診断")
    sheet.form(rows=[0])
    sheet.line(9, AT["4-1"])
    sheet.hidden.append(9)
    for at in range(1, len(ROWS)):
        sheet.line(10 + at, at)
    sheet.set("4-1", "current", None)


@trap("hidden-row-alone", "a row of the form that was hidden", "libreoffice", hidden=["4-1", "K3"])
def fill(book):
    sheet = book.table()
    for no in ("4-1", "K3"):
        sheet.hidden.append(sheet.rows[no])


@trap("grouped-rows", "rows grouped and collapsed", "xlsxwriter", hidden=NOS[4:8])
def fill(book):
    sheet = book.table()
    sheet.grouped.append((sheet.rows["4-1"], sheet.rows["4-4"]))


@trap("example-sheet", "the example beside the form, before it", "openpyxl")
def fill(book):
    example = book.sheet("記入例", first=True)
    example.form()
    for no in NOS:
        example.set(no, "current", 2)
    book.table()


@trap("chart-sheet", "titles and values behind a chart, with other values", "xlsxwriter")
def fill(book):
    book.table()
    sheet = book.sheet("結果")
    for column, word in enumerate(["指標", "現在", "目標"]):
        sheet.put(0, column, word)
    for row, at in enumerate(QUALITATIVE[:9], 1):
        sheet.put(row, 0, ROWS[at]["title"])
        sheet.put(row, 1, 5)


@trap("chart-sheet-first", "the sheet behind a chart before the form, with formulas", "libreoffice")
def fill(book):
    chart = book.sheet("結果", first=True)
    for column, word in enumerate(["指標", "現在", "目標"]):
        chart.put(0, column, word)
    sheet = book.table()
    for row, at in enumerate(QUALITATIVE, 1):
        chart.put(row, 0, ROWS[at]["title"])
        chart.put(row, 1, Shown(f"='自己診断'!J{sheet.rows[NOS[at]] + 1}", result=current(at)))


@trap("only-qualitative", "定性 only", "openpyxl", missing=nos(QUANTITATIVE))
def fill(book):
    book.table(rows=QUALITATIVE)


@trap("only-quantitative", "定量 only", "xlsxwriter", missing=nos(QUALITATIVE))
def fill(book):
    book.table(rows=QUANTITATIVE)


@trap("notes-below", "notes, a legend of levels and a signature below the table", "openpyxl")
def fill(book):
    sheet = book.table()
    notes = ["※1 現在の成熟度は 2022年8月 時点", "※2 目標は3年後", "成熟度レベル"]
    names = ["未着手", "一部での散発的実施", "一部での戦略的実施"]
    for row, text in enumerate(notes, 66):
        sheet.put(row, 1, text)
    for level, name in enumerate(names):
        sheet.put(70 + level, 1, level)
        sheet.put(70 + level, 2, name)
    sheet.put(75, 1, "以上")


@trap("legend-beside", "the levels explained beside the table", "xlsxwriter")
def fill(book):
    sheet = book.table()
    sheet.put(7, 20, "レベル")
    sheet.put(7, 21, "説明")
    for level, name in enumerate(["未着手", "一部での散発的実施", "一部での戦略的実施"]):
        sheet.put(8 + level, 20, level)
        sheet.put(8 + level, 21, name)


@trap("values-merged", "values merged over 現在 and the cell beside it", "libreoffice")
def fill(book):
    sheet = book.sheet("自己診断")
    sheet.form(order=[*ORDER[:9], "gap", *ORDER[9:]])
    for no in NOS[::3]:
        row, column = sheet.rows[no], sheet.columns["current"]
        sheet.merge(row, column, row, column + 1)


@trap("classes-merged", "大分類 and 中分類 merged downwards, numbers lost", "openpyxl")
def fill(book):
    sheet = book.table()
    for name, key in (("block", "block"), ("category", "category")):
        for at in range(1, len(ROWS)):
            if ROWS[at][key] == ROWS[at - 1][key]:
                sheet.set(NOS[at], name, None)
    for at in QUALITATIVE:
        if "-" in NOS[at]:
            sheet.set(NOS[at], "number", None)


@trap("transposed", "indicators beside each other instead of below each other", "openpyxl", refused="not-the-form")
def fill(book):
    sheet = book.sheet("自己診断")
    for row, word in enumerate(["定性指標No.", "DX推進指標", "現在", "目標"]):
        sheet.put(row, 0, word)
    for at, known in enumerate(ROWS):
        for row, word in enumerate([known["no"], known["title"], current(at), target(at)]):
            sheet.put(row, 1 + at, word)


@trap("another-table", "a table with 現在 and 目標 that is not the form", "xlsxwriter", refused="not-the-form")
def fill(book):
    sheet = book.sheet("売上")
    for column, word in enumerate(["No", "項目", "現在", "目標", "根拠"]):
        sheet.put(0, column, word)
    for row in range(1, 40):
        for column, value in enumerate([row, f"商品{row}", row * 3, row * 4, "見積"]):
            sheet.put(row, column, value)


@trap("radicals", "titles pasted from a PDF, with CJK radicals and half-width kana", "openpyxl")
def fill(book):
    sheet = book.table()
    swap = str.maketrans("人力大体立目自用金行長食高面", "⼈⼒⼤体⽴⽬⾃⽤⾦⾏⻑⾷⾼⾯")
    for at, known in enumerate(ROWS):
        for name in ("minor", "title"):
            sheet.set(NOS[at], name, known["title"].translate(swap))
        sheet.set(NOS[at], "block", known["block"].translate(swap))
    sheet.set("K5", "title", "ﾌｫｰｷｬｽﾄｻｲｸﾙﾀｲﾑ")
    sheet.set("K5", "minor", None)
    sheet.set("8-2", "title", "ｽﾋﾟｰﾄﾞ・ｱｼﾞﾘﾃｨ")
    sheet.set("9-6", "title", "ＩＴ投資の評価")


@trap("titles-broken", "titles broken over lines, with marks and remarks", "libreoffice")
def fill(book):
    sheet = book.table()
    for no, words in [("2", "危機感とビジョン実現の\n必要性の共有"), ("T1", "ラン・ザ・ビジネス予算と\nバリューアップ予算の比率 ※任意"), ("D6", "業務プロセスの\nデジタル化率（任意）"), ("4-4", "投資意思決定・予算配分"), ("6-3", "人材の融合 *")]:
        sheet.set(no, "title", words)
        sheet.set(no, "minor", None)


@trap("unknown-rows", "two rows of the company's own at the end", "xlsxwriter", unknown=["10 独自の取組", "独自の数"])
def fill(book):
    sheet = book.table()
    for row, (number, title, kind) in enumerate([("10", "独自の取組", "定性"), (None, "独自の数", "定量")], 63):
        for name, value in [("number", number), ("title", title), ("kind", kind), ("current", 3)]:
            if value is not None:
                sheet.put(row, sheet.columns[name], value)


@trap("rows-taken-out", "three rows deleted", missing=["4-2", "8-5", "D8"])
def fill(book):
    book.table(rows=[at for at, no in enumerate(NOS) if no not in ("4-2", "8-5", "D8")])


@trap("company-words", "reasons and actions in the company's own words, unchanged", "libreoffice", evidence={"1": "㍻30年～ ⾃社で①聞き取り\n（髙橋）"}, target={"2": 1})
def fill(book):
    sheet = book.table()
    sheet.set("1", "evidence", "㍻30年～ ⾃社で①聞き取り\n（髙橋）")
    sheet.set("2", "target", "１")
