"""Writes the workbooks beside this file out of ../forms/complete.xlsx, each by another writer.

Needs openpyxl, xlwt, odfpy, msoffcrypto-tool, cryptography and LibreOffice (`soffice`).
"""

import base64
import io
import os
import struct
import subprocess
import tempfile
import zipfile
from datetime import datetime, time

import msoffcrypto.format.ooxml
import openpyxl
import xlwt
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from msoffcrypto.method.container.ecma376_encrypted import ECMA376Encrypted
from odf import table as odft, text as odftext
from odf.opendocument import OpenDocumentSpreadsheet
from odf.style import Style, TableProperties

HERE = os.path.dirname(os.path.abspath(__file__))
# quantitative rows of the form whose current value gets a number with a format: title's row is looked up by number
ODD = {"K1": (0.25, "0%"), "K2": (datetime(2022, 4, 1), "yyyy/m/d"), "D1": (time(8, 2), "h:mm"),
       "D3": (1234.5, "#,##0.0"), "T1": ("=1+2", "General")}


def path(name):
    return os.path.join(HERE, name)


def source(odd, name="complete"):
    book = openpyxl.load_workbook(path(f"../forms/{name}.xlsx"))
    for sheet in book:
        sheet._images = []
    sheet = book["自己診断"]
    if odd:
        header = next(r for r in sheet.iter_rows() if any(str(c.value or "").startswith("現在") for c in r))
        current = next(c.column for c in header if str(c.value or "").startswith("現在"))
        rows = [r for r in sheet.iter_rows(min_row=header[0].row + 1) if any(c.value == "定量" for c in r)]
        for row, (value, code) in zip(rows, ODD.values()):
            cell = sheet.cell(row[0].row, current)
            cell.value, cell.number_format = value, code
        sheet.row_dimensions[rows[-1][0].row].hidden = True
    return book


def convert(book, kind, target):
    with tempfile.TemporaryDirectory() as folder:
        book.save(os.path.join(folder, "book.xlsx"))
        subprocess.run(["soffice", "--headless", "-env:UserInstallation=file:///tmp/lo-formats", "--convert-to", kind,
                        "--outdir", folder, os.path.join(folder, "book.xlsx")], check=True, capture_output=True)
        os.replace(os.path.join(folder, f"book.{kind}"), path(target))


def by_xlwt(book, target):
    out, styles = xlwt.Workbook(encoding="utf-8"), {}
    for sheet in book:
        to = out.add_sheet(sheet.title)
        to.visibility = 0 if sheet.sheet_state == "visible" else 1
        for merged in sheet.merged_cells.ranges:
            to.merge(merged.min_row - 1, merged.max_row - 1, merged.min_col - 1, merged.max_col - 1)
        for row in sheet.iter_rows():
            for cell in row:
                value = cell.value
                if value is None:
                    continue
                if isinstance(value, str) and value.startswith("="):
                    value = xlwt.Formula(value[1:])
                code = cell.number_format
                styles.setdefault(code, xlwt.easyxf(num_format_str=code))
                to.write(cell.row - 1, cell.column - 1, value, styles[code])
        for number, it in sheet.row_dimensions.items():
            if it.hidden:
                to.row(number - 1).hidden = True
    out.save(path(target))


def by_odfpy(book, target):
    out = OpenDocumentSpreadsheet()
    hidden = Style(name="hidden", family="table")
    hidden.addElement(TableProperties(display="false"))
    out.automaticstyles.addElement(hidden)
    for sheet in book:
        to = odft.Table(name=sheet.title, **({} if sheet.sheet_state == "visible" else {"stylename": hidden}))
        out.spreadsheet.addElement(to)
        for row in sheet.iter_rows():
            line = odft.TableRow(**({"visibility": "collapse"} if sheet.row_dimensions[row[0].row].hidden else {}))
            to.addElement(line)
            # openpyxl begins at the first row and column that are used, this writer at the first of all
            for cell in row:
                line.addElement(odf_cell(cell))
    out.save(path(target))


def odf_cell(cell):
    value = cell.value
    if value is None:
        return odft.TableCell()
    if isinstance(value, datetime):
        return odft.TableCell(valuetype="date", datevalue=value.strftime("%Y-%m-%d"))
    if isinstance(value, time):
        return odft.TableCell(valuetype="time", timevalue=value.strftime("PT%HH%MM%SS"))
    if isinstance(value, (int, float)):
        percent = cell.number_format.endswith("%")
        return odft.TableCell(valuetype="percentage" if percent else "float", value=str(value))
    if value.startswith("="):
        return odft.TableCell(formula="of:" + value)
    made = odft.TableCell(valuetype="string")
    for line in value.split("\n"):
        made.addElement(odftext.P(text=line))
    return made


def record(kind, data=b""):
    head = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size, length = b"", len(data)
    while True:
        size += bytes([length & 0x7F | (0x80 if length > 0x7F else 0)])
        length >>= 7
        if not length:
            return head + size + data


def wide(text):
    return struct.pack("<I", len(text.encode("utf-16-le")) // 2) + text.encode("utf-16-le")


def by_hand_xlsb(book, target):
    """The parts of an .xlsb that readers look at ([MS-XLSB])."""
    strings, codes, formats = [], {}, ["General"]
    parts, sheets = {}, b""
    for at, sheet in enumerate(book, 1):
        rows = b""
        for row in sheet.iter_rows():
            hidden = sheet.row_dimensions[row[0].row].hidden
            rows += record(0, struct.pack("<IIHBBBI", row[0].row - 1, 0, 300, 0, 0x10 if hidden else 0, 0, 0))
            for cell in row:
                value = cell.value
                if value is None:
                    continue
                if cell.number_format not in formats:
                    formats.append(cell.number_format)
                head = struct.pack("<II", cell.column - 1, formats.index(cell.number_format))
                if isinstance(value, datetime):
                    value = (value - datetime(1899, 12, 30)).days
                if isinstance(value, time):
                    value = (value.hour * 60 + value.minute) / 1440
                if isinstance(value, str) and value.startswith("="):  # 1+2, and its result
                    rgce = b"\x1e\x01\x00\x1e\x02\x00\x03"
                    rows += record(9, head + struct.pack("<dHI", 3.0, 0, len(rgce)) + rgce + b"\0\0\0\0")
                elif isinstance(value, str):
                    strings.append(value)
                    rows += record(7, head + struct.pack("<I", len(strings) - 1))
                elif isinstance(value, int):
                    rows += record(2, head + struct.pack("<I", value << 2 | 2))
                else:
                    rows += record(5, head + struct.pack("<d", value))
        size = record(148, struct.pack("<IIII", 0, sheet.max_row - 1, 0, sheet.max_column - 1))
        merged = b"".join(record(176, struct.pack("<IIII", m.min_row - 1, m.max_row - 1, m.min_col - 1, m.max_col - 1))
                          for m in sheet.merged_cells.ranges)
        parts[f"xl/worksheets/sheet{at}.bin"] = (record(129) + size + record(145) + rows + record(146) + record(177) +
                                                merged + record(178) + record(130))
        state = 0 if sheet.sheet_state == "visible" else 1
        sheets += record(156, struct.pack("<II", state, at) + wide(f"rId{at}") + wide(sheet.title))
    parts["xl/workbook.bin"] = (record(131) + record(153, struct.pack("<III", 0, 0, 0)) + record(143) + sheets +
                                record(144) + record(157, struct.pack("<IIIdBB", 0, 1, 100, 0.001, 0, 0)) + record(132))
    parts["xl/sharedStrings.bin"] = (record(159, struct.pack("<II", len(strings), len(strings))) +
                                     b"".join(record(19, b"\0" + wide(it)) for it in strings) + record(160))
    codes = b"".join(record(44, struct.pack("<H", 164 + at) + wide(it)) for at, it in enumerate(formats))
    xfs = b"".join(record(47, struct.pack("<HH", 0, 164 + at) + b"\0" * 12) for at, _ in enumerate(formats))
    parts["xl/styles.bin"] = (record(278) + record(615, struct.pack("<I", len(formats))) + codes + record(616) +
                              record(617, struct.pack("<I", len(formats))) + xfs + record(618) + record(279))
    relation = '<Relationship Id="rId{}" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{}" Target="{}"/>'
    xml = '<?xml version="1.0" encoding="UTF-8"?>\n'
    package = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
    count = len(book.sheetnames)
    every = [relation.format(at, "worksheet", f"worksheets/sheet{at}.bin") for at in range(1, count + 1)]
    every += [relation.format(count + 1, "styles", "styles.bin"), relation.format(count + 2, "sharedStrings", "sharedStrings.bin")]
    parts["xl/_rels/workbook.bin.rels"] = (xml + package.format("".join(every))).encode()
    parts["_rels/.rels"] = (xml + package.format(relation.format(1, "officeDocument", "xl/workbook.bin"))).encode()
    parts["[Content_Types].xml"] = (
        xml + '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="bin" '
        'ContentType="application/vnd.ms-excel.sheet.binary.macroEnabled.main"/></Types>').encode()
    with zipfile.ZipFile(path(target), "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in parts.items():
            out.writestr(name, content)


def sha1(data):
    digest = hashes.Hash(hashes.SHA1())
    digest.update(data)
    return digest.finalize()


def standard(plain, password, target):
    """Standard encryption as Office 2007 writes it ([MS-OFFCRYPTO] §2.3.4.5): AES-128 and SHA-1."""
    salt, verifier = bytes(range(16)), bytes(range(100, 116))
    key = sha1(salt + password.encode("utf-16-le"))
    for number in range(50000):
        key = sha1(struct.pack("<I", number) + key)
    key = sha1(key + struct.pack("<I", 0))
    key = sha1(bytes(a ^ b for a, b in zip(b"\x36" * 64, key + bytes(44))))[:16]
    ecb = Cipher(algorithms.AES(key), modes.ECB())

    def sealed(data):
        made = ecb.encryptor()
        return made.update(data + bytes(-len(data) % 16)) + made.finalize()

    provider = "Microsoft Enhanced RSA and AES Cryptographic Provider\0".encode("utf-16-le")
    header = struct.pack("<IIIIIIII", 0x24, 0, 0x660E, 0x8004, 128, 0x18, 0, 0) + provider
    info = struct.pack("<HHII", 3, 2, 0x24, len(header)) + header
    info += struct.pack("<I", 16) + salt + sealed(verifier) + struct.pack("<I", 20) + sealed(sha1(verifier))
    made = io.BytesIO()
    ECMA376Encrypted(struct.pack("<Q", len(plain)) + sealed(plain), info).write_to(made)
    with open(path(target), "wb") as out:
        out.write(made.getvalue())


def agile(plain, password, target):
    with open(path(target), "wb") as out:
        msoffcrypto.format.ooxml.OOXMLFile(io.BytesIO(plain)).encrypt(password, out)


def agile_2010(plain, password, target):
    """Agile encryption as Office 2010 writes it (§2.3.4.10): AES-128 and SHA-1."""
    salt, data_salt, verifier, secret = (bytes(range(at, at + 16)) for at in (0, 16, 32, 48))
    spun = sha1(salt + password.encode("utf-16-le"))
    for number in range(100000):
        spun = sha1(struct.pack("<I", number) + spun)

    def sealed(key, iv, data):
        made = Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor()
        return made.update(data + bytes(-len(data) % 16)) + made.finalize()

    def under(block_key, data):
        key = sha1(spun + bytes.fromhex(block_key))[:16]
        return base64.b64encode(sealed(key, salt, data)).decode()

    shape = ('saltSize="16" blockSize="16" keyBits="128" hashSize="20" cipherAlgorithm="AES" '
             'cipherChaining="ChainingModeCBC" hashAlgorithm="SHA1" saltValue="{}"')
    info = ('<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\r\n'
            '<encryption xmlns="http://schemas.microsoft.com/office/2006/encryption" '
            'xmlns:p="http://schemas.microsoft.com/office/2006/keyEncryptor/password"><keyData ' +
            shape.format(base64.b64encode(data_salt).decode()) +
            '/><dataIntegrity encryptedHmacKey="AAAA" encryptedHmacValue="AAAA"/><keyEncryptors>'
            '<keyEncryptor uri="http://schemas.microsoft.com/office/2006/keyEncryptor/password">'
            '<p:encryptedKey spinCount="100000" ' + shape.format(base64.b64encode(salt).decode()) +
            f' encryptedVerifierHashInput="{under("fea7d2763b4b9e79", verifier)}"'
            f' encryptedVerifierHashValue="{under("d7aa0f6d3061344e", sha1(verifier))}"'
            f' encryptedKeyValue="{under("146e0be7abacd0d6", secret)}"/></keyEncryptor></keyEncryptors></encryption>')
    package = struct.pack("<Q", len(plain))
    for number, at in enumerate(range(0, len(plain), 4096)):
        package += sealed(secret, sha1(data_salt + struct.pack("<I", number))[:16], plain[at:at + 4096])
    made = io.BytesIO()
    ECMA376Encrypted(package, struct.pack("<HHI", 4, 4, 0x40) + info.encode()).write_to(made)
    with open(path(target), "wb") as out:
        out.write(made.getvalue())


def main():
    for odd, name in [(False, "complete"), (True, "odd")]:
        book = source(odd)
        convert(book, "xls", f"{name}-libreoffice.xls")
        convert(book, "ods", f"{name}-libreoffice.ods")
        by_xlwt(book, f"{name}-xlwt.xls")
        by_odfpy(book, f"{name}-odfpy.ods")
        by_hand_xlsb(book, f"{name}.xlsb")
    convert(source(False, "faulty"), "xls", "faulty-libreoffice.xls")
    plain = io.BytesIO()
    source(False).save(plain)
    agile(plain.getvalue(), "ひたち2022", "agile.xlsx")
    agile(plain.getvalue(), "VelvetSweatshop", "agile-own.xlsx")
    agile_2010(plain.getvalue(), "ひたち2022", "agile-2010.xlsx")
    standard(plain.getvalue(), "ひたち2022", "standard.xlsx")


if __name__ == "__main__":
    main()
