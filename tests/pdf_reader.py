"""What a report says as a PDF, read by its tags: the text of each step, the cells of each numbered table.

The tree of tags comes from one reader of PDF (pypdf), the text of each marked stretch from another (PDFium).
"""

import ctypes
import io
import re
import unicodedata
from collections import defaultdict
from itertools import pairwise

import pypdf
import pypdfium2
import pypdfium2.raw as pdfium
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject
from report_readers import Said, reduced


def said_in_pdf(written: bytes) -> Said:
    document = pypdf.PdfReader(io.BytesIO(written))
    whole = _Tag(document.trailer["/Root"]["/StructTreeRoot"]["/K"], _marked_text(written), _pages(document))
    keys = _keys_in_order(document)
    steps: dict[str, str] = {}
    key = None
    for tag in whole.inner("Document").tags:
        if tag.name in ("H1", "H2"):
            key = keys.pop(0) if tag.name == "H2" else None
        if key is not None:
            steps[key] = steps.get(key, "") + reduced(tag.text)
    tables = [
        [[reduced(cell.text) for cell in row.all("TD")] for row in figure.inner("TBody").all("TR")]
        for figure in whole.inner("Document").tags
        if any(tag.name == "Caption" and re.match(r"\s*Table", tag.text) for tag in figure.tags)
    ]
    numbers = [
        [[reduced(cell.text) for cell in row.all("TH") + row.all("TD")] for row in after.all("TR")]
        for told, after in pairwise(whole.inner("Document").tags)
        if told.text.strip().startswith("Some of the numbers in Figure")
    ]
    return Said(steps, tables, numbers)


class _Tag:
    """An element of the tree of tags: its name, the elements in it, and the text of them all."""

    def __init__(self, node, texts, pages, page=None):
        node = node.get_object() if isinstance(node, IndirectObject) else node
        children = node
        self.name = ""
        if isinstance(node, DictionaryObject):
            self.name = str(node.get("/S", "")).lstrip("/")
            page = pages[node.raw_get("/Pg").idnum] if "/Pg" in node else page
            children = [node["/MCID"]] if node.get("/Type") == "/MCR" else node.get("/K", [])
        self.tags, parts = [], []
        for child in children if isinstance(children, list | ArrayObject) else [children]:
            if isinstance(child, int):
                parts.append(texts[page, int(child)])
            else:
                self.tags.append(_Tag(child, texts, pages, page))
                parts.append(self.tags[-1].text)
        self.text = "".join(parts)

    def all(self, name):
        return [found for tag in self.tags for found in ([tag] if tag.name == name else []) + tag.all(name)]

    def inner(self, name):
        return self.all(name)[0]


def _pages(document):
    return {page.indirect_reference.idnum: number for number, page in enumerate(document.pages)}


def _keys_in_order(document):
    """The keys of the steps from the names of the places that links lead to."""
    pages = _pages(document)
    places = [
        (pages[place.raw_get("/Page").idnum], -place["/Top"], name.removeprefix("step-"))
        for name, place in document.named_destinations.items()
        if name.startswith("step-")
    ]
    return [key for *_, key in sorted(places)]


def _marked_text(written):
    """The text of each marked stretch, by page and number; letters of mathematics as plain ones."""
    texts = defaultdict(str)
    for number, page in enumerate(pypdfium2.PdfDocument(written)):
        on_page = page.get_textpage()
        for each in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_TEXT], max_depth=8):
            length = pdfium.FPDFTextObj_GetText(each.raw, on_page.raw, None, 0)
            buffer = ctypes.create_string_buffer(length)
            pdfium.FPDFTextObj_GetText(
                each.raw, on_page.raw, ctypes.cast(buffer, ctypes.POINTER(ctypes.c_ushort)), length
            )
            text = unicodedata.normalize("NFKC", buffer.raw.decode("utf-16-le", "replace").rstrip("\0"))
            # A hyphen at the end of a line, and the places where a long word may end one.
            texts[number, pdfium.FPDFPageObj_GetMarkedContentID(each.raw)] += re.sub("[\u00ad\u200b\0]", "", text)
    return texts
