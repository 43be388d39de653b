"""The register of traps: a function that fills a book, and what must be read of it."""

import json

from model import Book, Sheet

TRAPS = []


def trap(name, why, writer="openpyxl", files=None, **expected):
    """Registers a trap. The function gets one empty book for each file and fills it."""

    def register(fill):
        names = files or [name]

        def books():
            made = {it: Book(version=expected.get("cover", "ver2.3")) for it in names}
            fill(*made.values())
            return made

        TRAPS.append({"name": name, "why": why, "writer": writer, "files": names, "books": books, "expected": expected})
        return fill

    return register


def simple(name, why, change, writer="openpyxl", how=None, **expected):
    """A trap that changes single cells of the table, or only how it is laid out."""

    @trap(name, why, writer, **expected)
    def fill(book):
        change(book.table(**(how or {})))


def toml(it):
    lines = ["\n[[trap]]", f"name = {quoted(it['name'])}", f"why = {quoted(it['why'])}", f"writer = {quoted(it['writer'])}"]
    if it["files"] != [it["name"]]:
        lines.append(f"files = {quoted(it['files'])}")
    for key, value in it["expected"].items():
        if key != "cover":
            lines.append(f"{key} = {quoted(value)}")
    return "\n".join(lines) + "\n"


def quoted(value):
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{quoted(key)} = {quoted(it)}" for key, it in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(quoted(it) for it in value) + "]"
    return json.dumps("" if value is None else value, ensure_ascii=False).replace("\x7f", "\\u007F")


__all__ = ["Sheet", "TRAPS", "simple", "toml", "trap"]
