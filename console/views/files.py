"""Files to download."""

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def attachment(name: str, content: str | bytes, content_type: str = "application/octet-stream") -> HttpResponse:
    """A file that the browser keeps under `name`, which is ours: letters, digits and `._-`."""
    return HttpResponse(
        content, content_type=content_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


def csv_file(
    name: str, heads: Sequence[str], rows: Iterable[Sequence[object]], *, most: int | None = None
) -> HttpResponse:
    """A table as CSV, of `most` rows; where there are more, the header `X-Truncated` says how many it has."""
    file, is_cut = io.StringIO(), False
    writer = csv.writer(file)
    writer.writerow(heads)
    for number, row in enumerate(rows):
        is_cut = number == most
        if is_cut:
            break
        writer.writerow([_harmless(cell) for cell in row])
    answer = attachment(name, file.getvalue(), "text/csv; charset=utf-8")
    if is_cut:
        answer["X-Truncated"] = str(most)
    return answer


def _harmless(cell: object) -> object:
    """A cell as text: a spreadsheet takes what begins so for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULAS) else cell
