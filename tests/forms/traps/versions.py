"""Versions: where a form names its own."""

from traps import simple, trap


def same(_):
    pass


for at, (words, version) in enumerate(
    [
        ("Ver.2.3", "2.3"),
        ("ｖｅｒ２．３", "2.3"),
        ("第2.3版", "2.3"),
        ("v2_3", "2.3"),
        ("バージョン 2.4", "2.4"),
        ("Ver. ２．２（2021年）", "2.2"),
    ]
):
    simple(f"version-{at + 1}", f"written {words}", same, ["openpyxl", "xlsxwriter", "libreoffice"][at % 3], cover=words, version=version)

simple("version-none", "named nowhere", same, cover=None, version="")


@trap("version-hidden", "on a hidden sheet only, label and number apart", "xlsxwriter", cover=None, version="2.3")
def fill(book):
    book.table()
    hidden = book.sheet("_meta", "veryHidden")
    hidden.put(0, 0, "FormatVersion")
    hidden.put(0, 1, 2.3)


@trap("version-property", "in the document's title only", "openpyxl", cover=None, version="2.3")
def fill(book):
    book.table()
    book.properties["title"] = "DX推進指標 自己診断フォーマット ver2.3"


@trap("version-in-name", "in the file's name only", "libreoffice", cover=None, version="2.2", called="自己診断フォーマットver2.2_ひたち精工.xlsx")
def fill(book):
    book.table()


@trap("version-log-first", "a change log before the form's own line", "openpyxl", cover=None, version="2.3")
def fill(book):
    log = book.sheet("改訂履歴", first=True)
    log.put(0, 0, "DX推進指標 自己診断フォーマット 改訂履歴")
    for row, words in enumerate(["ver1.0", "ver2.0", "ver2.1", "ver2.2", "ver2.3"], 2):
        log.put(row, 0, words)
        log.put(row, 1, f"20{15 + row}年6月")
    sheet = book.table()
    sheet.put(1, 1, "DX推進指標 自己診断フォーマット ver2.3")


@trap("version-log-only", "nothing but a change log: its newest line", "xlsxwriter", cover=None, version="2.3")
def fill(book):
    book.table()
    log = book.sheet("更新履歴")
    for row, words in enumerate(["ver2.3", "ver2.2", "ver2.1"], 1):
        log.put(row, 0, words)
        log.put(row, 1, "誤記を訂正")


@trap("version-two-covers", "two covers that contradict each other", "openpyxl", cover=None, version="")
def fill(book):
    for name, version in [("表紙", "ver2.2"), ("表紙 (2)", "ver2.3")]:
        book.sheet(name).put(0, 0, f"DX推進指標 自己診断フォーマット {version}")
    book.table()


@trap("version-talk", "sentences about other versions", "libreoffice", version="2.3")
def fill(book):
    sheet = book.table()
    sheet.put(3, 1, "ver2.2をお使いの方は、新しいフォーマットに書き写してください。")
    sheet.put(4, 1, "ver2.2からver2.3への変更点")
    sheet.put(5, 1, "Excel ver.16.0 で動作を確認しています")
