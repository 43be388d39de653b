"""Values: the ways in which companies write a level or a number of their own."""

from model import ROWS, Shown, current
from traps import simple, trap

LEVELS = {
    "1": ("３", 3), "2": ("①", 1), "3": ("レベル3", 3), "4": ("Lv.3", 3), "4-1": ("3点", 3), "4-2": ("３（一部）", 3),
    "4-3": ("3 ", 3), "4-4": ("　４", 4), "5": ("３．０", 3), "5-1": (3.0, 3), "5-2": ("0", 0), "6": ("０", 0), "6-1": ("三", 3),
    "6-2": ("レベル５", 5), "6-3": ("⑤", 5), "7": ("2：一部での戦略的実施", 2), "7-1": ("Ⅲ", 3), "7-2": ("level 2", 2),
    "7-3": ("3（前回2）", 3), "8": ("❹", 4), "8-1": ("レベル　２", 2), "8-2": ("2 一部での戦略的実施", 2), "8-3": (0, 0),
    "8-4": ("ﾚﾍﾞﾙ3", 3), "8-5": ("(3)", 3), "8-6": ("3\n（製造部のみ）", 3), "8-7": (Shown("3", "@"), 3), "8-8": ("成熟度2", 2),
}
NO_LEVELS = {
    "1": ("2～3", "not-a-level"), "2": ("2.5", "not-a-level"), "3": (2.5, "not-a-level"), "4": ("3→4", "not-a-level"),
    "4-1": (6, "not-a-level"), "4-2": (-1, "not-a-level"), "4-3": ("2〜3", "not-a-level"), "4-4": ("3以上", "not-a-level"),
    "5": ("約3", "not-a-level"), "5-1": ("2か3", "not-a-level"), "5-2": ("3(目標4)", "not-a-level"), "6": ("10", "not-a-level"),
    "6-1": ("なし", "not-a-number"), "6-2": ("-", "not-a-number"), "6-3": ("未定", "not-a-number"), "7": ("○", "not-a-number"),
    "7-1": ("一部の部門で取り組んでいるが、全社には及んでいない。来期に向けて体制を整える。" * 4, "not-a-number"), "7-2": ("　", "blank"),
    "7-3": ("2，3", "not-a-level"), "8": ("2/3", "not-a-level"), "8-1": ("3（2～3）", "not-a-level"), "8-2": (True, "not-a-number"),
    "8-3": ("該当なし", "not-a-number"), "8-4": ("3（予定）", "not-a-level"), "8-5": ("3?", "not-a-level"),
}
QUANTITIES = {
    "K1": ("約2週間", "約2週間"), "K2": (Shown(0.25, "0%"), "25%"), "K3": ("500万円", "500万円"), "K4": (0, "0"), "K5": ("０", "０"),
    "K6": ("8:2", "8:2"), "D1": ("該当なし（上場していないため）", "該当なし（上場していないため）"), "D2": (Shown(1234567, "#,##0"), "1,234,567"),
    "D3": (Shown(12, '0"人"'), "12人"), "D4": ("2～3件", "2～3件"), "D5": ("ゼロ", "ゼロ"), "D6": (Shown(44652, "yyyy/m/d"), "2022/4/1"),
    "T1": (Shown((8 * 60 + 2) / 1440, "h:mm"), "8:2"), "T2": ("3人（兼務）", "3人（兼務）"), "T3": (1.5, "1.5"), "T4": (Shown(0.125, "0.0%"), "12.5%"),
}
NO_QUANTITIES = ["なし", "該当なし", "不明", "未定", "-", "－", "―", "特になし", "N/A", "無し", "わからない", "対象外", "（なし）", "任意のため省略", "データなし", "算出不可", "実績なし", "把握しておりません", "…", "未集計"]


def level_cells(cells):
    def change(sheet):
        for no, (value, _) in cells.items():
            sheet.set(no, "current", value)

    return change


def read(cells):
    return {no: found for no, (_, found) in cells.items()}


for writer in ["openpyxl", "xlsxwriter", "libreoffice"]:
    simple(f"levels-{writer}", "levels in all the ways people write them", level_cells(LEVELS), writer, current=read(LEVELS))
    simple(f"no-levels-{writer}", "what is no level is never made one", level_cells(NO_LEVELS), writer, fault=read(NO_LEVELS))
    simple(f"quantities-{writer}", "answers in units of the company's own", level_cells(QUANTITIES), writer, current=read(QUANTITIES))

simple(
    "targets",
    "the same for targets",
    lambda sheet: [sheet.set(no, "target", value) for no, value in [("1", "２～３"), ("2", "レベル５"), ("3", None), ("4", "5（全社）"), ("K1", "なし")]],
    "xlsxwriter",
    target={"2": 5, "3": None, "4": 5},
    target_fault={"1": "not-a-level", "K1": "no-value-word"},
)

NOS = [it["no"] for it in ROWS if it["kind"] == "quantitative"]
simple(
    "no-values",
    "words that say there is no value",
    lambda sheet: [sheet.set(no, "current", word) for no, word in zip(NOS, NO_QUANTITIES)],
    "libreoffice",
    fault={no: "no-value-word" for no in NOS},
    raw=dict(zip(NOS, NO_QUANTITIES)),
)


@trap("reason-beside", "該当なし with a reason in the column of methods is an answer", current={"K6": "該当なし"}, fault={"K4": "no-value-word"})
def fill(book):
    sheet = book.table()
    sheet.set("K6", "current", "該当なし")
    sheet.set("K6", "evidence", "上場していないため")
    sheet.set("K4", "current", "該当なし")
    sheet.set("K4", "evidence", "月次の実績から算出")


def formulas(sheet):
    sheet.set("1", "current", Shown("=1+2", result=3))
    sheet.set("2", "current", Shown("=5/2", result=2.5))
    sheet.set("3", "current", Shown("=1/0", result="#DIV/0!"))
    sheet.set("K1", "current", Shown('="約"&"2週間"', result="約2週間"))
    sheet.set("K2", "current", Shown("=1/4", "0%", result=0.25))


FORMULAS = {"current": {"1": 3, "K1": "約2週間", "K2": "25%"}, "fault": {"2": "not-a-level", "3": "error-cell"}}
simple("formulas-xlsxwriter", "formulas with stored results", formulas, "xlsxwriter", **FORMULAS)
simple("formulas-libreoffice", "formulas with results that LibreOffice calculated", formulas, "libreoffice", **FORMULAS)
simple(
    "formulas-without-results",
    "formulas as programs write them, without results",
    formulas,
    "openpyxl",
    fault={no: "no-cached-value" for no in ("1", "2", "3", "K1", "K2")},
)


def errors(sheet):
    for no, word in zip(["1", "K1", "K2", "2", "K3"], ["#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!"]):
        sheet.set(no, "current", word)


simple("errors", "error cells", errors, fault={no: "error-cell" for no in ("1", "K1", "K2", "2", "K3")})


def formats(sheet):
    sheet.set("1", "current", Shown(3, '"レベル"0'))
    sheet.set("2", "current", Shown(2.5, "0"))
    sheet.set("3", "current", Shown(0.03, "0%"))
    sheet.set("4", "current", Shown(44595, 'm"月"d"日"'))
    sheet.set("5", "current", Shown(3, "0.0"))
    sheet.set("6", "current", Shown((2 * 60 + 3) / 1440, "h:mm"))
    sheet.set("K1", "current", Shown(44595, 'm"月"d"日"'))
    sheet.set("K2", "current", Shown(80 / 24 + 20 / 1440, "[h]:mm:ss"))
    sheet.set("K3", "current", Shown(5000000, '#,##0"円"'))


for writer in ["openpyxl", "libreoffice"]:
    simple(
        f"formats-{writer}",
        "number formats that round, percents, dates and times where levels and ratios were meant",
        formats,
        writer,
        current={"1": 3, "5": 3, "K1": "2月3日", "K2": "80:20", "K3": "5,000,000円"},
        fault={"2": "not-a-level", "3": "not-a-level", "4": "not-a-level", "6": "not-a-level"},
        raw={"2": "2.5", "3": "3%", "4": "2月3日"},
    )


@trap("value-elsewhere", "the level written in the column of reasons is not taken for it", "xlsxwriter", current={"1": None}, evidence={"1": "3"})
def fill(book):
    sheet = book.table()
    sheet.set("1", "current", None)
    sheet.set("1", "evidence", "3")
    assert current(0) == 0
