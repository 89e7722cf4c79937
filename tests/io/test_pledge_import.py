"""Tables of pledges from CSV and Excel: what is taken, what is refused, what is left out and said."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from egide.cooperation import admit, pledge_events, replay, totals
from egide.cooperation.table_mapping import mapping_from
from egide.errors import InputError
from egide.io.pledge_import import mapping_names, read_mapping, read_pledges

MAPPING = {
    "egide_schema": 1,
    "name": "test",
    "columns": {
        "line": "Id", "partner": "Country", "item": "System", "committed": "Promised",
        "delivered": "Delivered",
        "promised_on": "Announced", "delivered_on": "Arrived", "money": "Value", "currency": "Currency",
    },
    "values": {
        "partner": {"Germany": "germany", "United Kingdom": "united-kingdom"},
        "item": {"Gepard": "gepard"},
    },
    "rates": {"GBP": 1.16},
}  # fmt: skip
HEADER = "Id,Country,System,Promised,Delivered,Announced,Arrived,Value,Currency"


def csv_file(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "pledges.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
    return path


def read(path: Path, **changes: object) -> object:
    return read_pledges(path, mapping_from(MAPPING | changes, "test.toml"))


def problems(path: Path, **changes: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        read(path, **changes)
    return [str(problem) for problem in caught.value.problems]


def test_a_table_becomes_rows_and_rows_a_ledger(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path, "A1,Germany,Gepard,15,12,2022-04-26,2022-09-01,1000,GBP", "A2, germany ,GEPARD,5,,,,,"
    )
    imported = read_pledges(path, mapping_from(MAPPING, "test.toml"), partners={"germany"}, items={"gepard"})
    ledger = admit(replay(()), pledge_events(imported.rows, datetime(2026, 1, 1, tzinfo=UTC)))
    (total,) = totals(ledger, rates=imported.rates)
    assert (total.committed, total.allocated, total.delivered) == (20, 0, 12)
    assert total.committed_eur == pytest.approx(1160.0)
    assert ledger.lines["a1"].first_on[5] == date(2022, 9, 1)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("A1,Germany,Gepard,-5,,,,,", "is negative"),
        ("A1,Germany,Gepard,2.5,,,,,", "fraction"),
        ("A1,Germany,Gepard,many,,,,,", "no number"),
        ("A1,Germany,Gepard,,,,,,", "say how many"),
        ("A1,Germany,Gepard,,5,,,,", "beside a delivery"),
        ("A1,Germany,Gepard,5,6,,,,", "exceeds the 5 promised"),
        ("A1,Germny,Gepard,5,,,,,", "no word the mapping knows"),
        ("A1,Germany,Cheetah,5,,,,,", "no word the mapping knows"),
        ("A1,,Gepard,5,,,,,", "is missing"),
        ("A1,Germany,Gepard,5,,,,7,XYZ", "has no rate"),
        ("A1,Germany,Gepard,5,,,,7,", "currency"),
        ("A1,Germany,Gepard,5,,,,-7,EUR", "zero or more"),
        ("A1,Germany,Gepard,5,5,2024-05-01,2024-04-01,,", "before it was promised"),
        ("A1,Germany,Gepard,5,,May,,,", "is no day"),
        ("Total,,,99,,,,,", "row of sums"),
        (",Grand total,,99,,,,,", "row of sums"),
        (",Summe,,99,,,,,", "row of sums"),
    ],
)
def test_a_wrong_row_is_refused_with_its_number_and_what_to_do(tmp_path: Path, row: str, said: str) -> None:
    (problem,) = problems(csv_file(tmp_path, "A0,Germany,Gepard,5,,,,,", row))
    assert said in problem
    assert "row 3" in problem


def test_everything_wrong_in_all_rows_comes_together(tmp_path: Path) -> None:
    path = csv_file(
        tmp_path, "A1,Germany,Gepard,-5,2.5,,,,", "A2,Nowhere,Gepard,5,,,,7,XYZ", "A3,Germany,Gepard,1,,,,,"
    )
    assert len(problems(path)) == 4


def test_two_lots_of_one_id_are_refused_or_numbered(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "A1,Germany,Gepard,5,,,,,", "A1,Germany,Gepard,6,,,,,")
    assert "stands twice" in problems(path)[0]
    imported = read(path, otherwise={"line": "number"})
    assert [row.line for row in imported.rows] == ["a1", "a1.2"]  # type: ignore[attr-defined]


def test_moved_columns_and_titles_above_the_header_are_no_matter(tmp_path: Path) -> None:
    names = HEADER.split(",")
    cells = ["A1", "Germany", "Gepard", "15", "12", "2022-04-26", "2022-09-01", "1000", "EUR"]
    expected = read(csv_file(tmp_path, ",".join(cells)))
    order = list(range(len(names)))
    for seed in range(5):
        random.Random(seed).shuffle(order)
        path = tmp_path / "moved.csv"
        lines = ["Pledges of spring", "", ",".join(["Note", *(names[i].upper() for i in order)])]
        path.write_text("\n".join([*lines, ",".join(["x", *(cells[i] for i in order)])]), encoding="utf-8")
        assert read(path) == expected


def test_missing_and_doubled_columns_are_all_named(tmp_path: Path) -> None:
    header = HEADER.replace("Country", "Countri").replace("Promised", "Id2").replace("Value", "Id")
    said = problems(csv_file(tmp_path, "A1,Germany,Gepard,5,,,,,", header=header))
    assert len(said) == 4
    assert any("'Country'" in one and "'Countri'" in one for one in said)
    assert any("'Promised'" in one for one in said)
    assert any("'Id'" in one and "twice" in one for one in said)


def test_a_table_of_deliveries_alone_needs_no_promise(tmp_path: Path) -> None:
    columns = {"line": "Id", "partner": "Country", "item": "System", "delivered": "Delivered"}
    (row,) = read(csv_file(tmp_path, "A1,Germany,Gepard,,5,,,,"), columns=columns).rows  # type: ignore[attr-defined]
    assert (row.committed, row.delivered) == (0, 5)


def test_skipped_rows_are_listed_with_the_reason(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "A1,Germany,Tank,5,,,,,", "A2,Germany,Gepard,6,,,,,", "Total,,,11,,,,,")
    imported = read(path, otherwise={"item": "skip"}, skip={"Id": ["Total"]})
    assert [row.line for row in imported.rows] == ["a2"]  # type: ignore[attr-defined]
    assert [(left.row, left.value) for left in imported.left_out] == [(2, "Tank"), (4, "Total")]  # type: ignore[attr-defined]


def test_unknown_partners_and_items_are_refused_with_the_nearest(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "A1,Germany,Gepard,5,,,,,")
    with pytest.raises(InputError, match="did you mean 'germani'") as caught:
        read_pledges(path, mapping_from(MAPPING, "t"), partners={"germani"}, items={"sampt"})
    assert len(caught.value.problems) == 2


def test_numbers_are_read_as_the_mapping_says_they_are_written(tmp_path: Path) -> None:
    path = csv_file(tmp_path, "A1;Germany;Gepard;1.200;;;;2.500,5;EUR", header=HEADER.replace(",", ";"))
    (row,) = read(path, table={"delimiter": ";", "thousands": ".", "decimal": ","}).rows  # type: ignore[attr-defined]
    assert (row.committed, row.money) == (1200, 2500.5)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"egide_schema": 2}, "egide_schema"),
        ({"colour": {}}, "colour"),
        ({"columns": {"line": "Id", "partner": "C"}}, "columns.item"),
        ({"columns": MAPPING["columns"] | {"size": "S"}}, "columns.size"),  # type: ignore[operator]
        ({"otherwise": {"item": "perhaps"}}, "otherwise.item"),
        ({"rates": {"USD": -1}}, "rates.USD"),
        ({"rates": {"USD": "1"}}, "rates.USD"),
        ({"measure": {"Alloc": "sent"}}, "measure.Alloc"),
        ({"table": {"sheets": "x"}}, "table.sheets"),
        ({"values": {"item": "x"}}, "values.item"),
        ({"columns": 3}, "columns"),
    ],
)
def test_a_wrong_mapping_says_where(change: dict[str, object], field: str) -> None:
    with pytest.raises(InputError) as caught:
        mapping_from(MAPPING | change, "m.toml")
    assert field in {problem.field for problem in caught.value.problems}


KIEL_HEADER = (
    "activity_id", "sub_activity_id", "announcement_date", "donor", "aid_type_general", "aid_type_specific",
    "explanation", "measure", "reporting_currency", "source_reported_value", "item_type", "item", "item_numb",
    "item_numb_deliv", "tot_activity_value_EUR", "tot_sub_activity_value_EUR", "Source of Aid 1",
)  # fmt: skip


def kiel_row(
    line: str, donor: str, item: str, count: object, delivered: object, **more: object
) -> tuple[object, ...]:
    fields: dict[str, object] = {
        "activity_id": line, "sub_activity_id": line, "donor": donor,
        "announcement_date": datetime(2023, 5, 13),
        "aid_type_general": "Military ", "item_type": "Heavy weapon", "item": item, "item_numb": count,
        "item_numb_deliv": delivered, "measure": "Allocation", "tot_sub_activity_value_EUR": 1e6,
        "Source of Aid 1": "https://example.org", "explanation": "as announced",
    }  # fmt: skip
    return tuple((fields | more).get(name, ".") for name in KIEL_HEADER)


def kiel_book(path: Path, *rows: tuple[object, ...], header: Sequence[str] = KIEL_HEADER) -> Path:
    book = Workbook()
    book.active.title = "ReadMe"  # type: ignore[union-attr]
    sheet = book.create_sheet("Bilateral Assistance, MAIN DATA")
    sheet.append(list(header))
    for row in rows:
        sheet.append([row[KIEL_HEADER.index(name)] for name in header])
    book.save(path)
    return path


def test_the_kiel_layout_is_read_by_its_column_names_wherever_they_stand(tmp_path: Path) -> None:
    assert "kiel" in mapping_names()
    made = (
        kiel_row("DEM1", "Germany", "IRIS-T SLM air defence system", 4, 2),
        kiel_row("DEM1", "Germany", "Gepard 35 mm", 52, ".", measure="Commitment"),
        kiel_row("USM2", "United States", "NASAMS battery", "unknown", 1),
        kiel_row("USM3", "United States", "Abrams tank", 31, 31),
        kiel_row("FRM1", "France", "SAMP/T", 1, 1, announcement_date="."),
        kiel_row("PLF1", "Poland", "budget", ".", ".", aid_type_general="Financial"),
    )
    path = kiel_book(tmp_path / "kiel.xlsx", *made)
    imported = read_pledges(path, "kiel")
    assert [
        (row.line, row.partner, row.item, row.committed, row.allocated, row.delivered)
        for row in imported.rows
    ] == [
        ("dem1", "germany", "iris-t-slm", 0, 4, 2),
        ("dem1.2", "germany", "gepard", 52, 0, 0),
        ("frm1", "france", "sampt", 0, 1, 1),
    ]
    assert imported.rows[0].promised_on == date(2023, 5, 13)
    assert imported.rows[0].source == "https://example.org"
    assert [(left.row, left.value) for left in imported.left_out] == [(4, None), (5, "Abrams tank")]
    turned = kiel_book(tmp_path / "turned.xlsx", *made, header=KIEL_HEADER[::-1])
    assert read_pledges(turned, "kiel") == imported


def test_a_kiel_workbook_with_columns_gone_names_them_all(tmp_path: Path) -> None:
    header = [
        name for name in KIEL_HEADER if name not in ("donor", "item_numb", "measure", "Source of Aid 1")
    ]
    path = kiel_book(tmp_path / "kiel.xlsx", header=header)
    with pytest.raises(InputError) as caught:
        read_pledges(path, "kiel")
    assert sorted(problem.field for problem in caught.value.problems) == [
        "column 'donor'", "column 'item_numb'", "column 'measure'",
    ]  # fmt: skip


def test_a_workbook_without_the_sheet_lists_the_sheets_it_has(tmp_path: Path) -> None:
    book = Workbook()
    book.save(tmp_path / "other.xlsx")
    with pytest.raises(InputError, match="it has Sheet"):
        read_pledges(tmp_path / "other.xlsx", "kiel")


def test_files_that_are_none_are_refused(tmp_path: Path) -> None:
    (tmp_path / "not.xlsx").write_bytes(b"PK no")
    for path, mapping in (
        (tmp_path / "not.xlsx", "kiel"),
        (tmp_path / "absent.csv", "kiel"),
        (tmp_path / "x.csv", "nil"),
    ):
        with pytest.raises(InputError):
            read_pledges(path, mapping)
    assert read_mapping("kiel").sheet == "Bilateral Assistance, MAIN DATA"
    (tmp_path / "bad.toml").write_text("= 1", encoding="utf-8")
    with pytest.raises(InputError):
        read_mapping(tmp_path / "bad.toml")
