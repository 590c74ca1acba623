from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, text

import nightbell.records.schema
from nightbell.errors import RecordsFailed
from nightbell.records.schema import head
from nightbell.records.sqlite import open_sqlite
from nightbell.records.tables import metadata
from nightbell.terms.instant import Instant


@pytest.mark.asyncio
async def test_a_fresh_database_is_what_the_tables_say(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    await (await open_sqlite(path, now=Instant(0))).aclose()
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
        assert context.get_current_revision() == head()
    engine.dispose()


@pytest.mark.asyncio
async def test_every_row_has_its_clinic(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    await (await open_sqlite(path, now=Instant(0))).aclose()
    engine = create_engine(f"sqlite:///{path}")
    names = set(inspect(engine).get_table_names()) - {"alembic_version"}
    assert names == set(metadata.tables)
    for name in names:
        assert "clinic" in {column["name"] for column in inspect(engine).get_columns(name)}
    engine.dispose()


@pytest.mark.asyncio
async def test_opening_twice_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    first = await open_sqlite(path, now=Instant(0))
    await first.store_flow("c", "f", "{}")
    await first.aclose()
    second = await open_sqlite(path, now=Instant(1))
    assert await second.flow("f") == "{}"
    assert await second.incidents() == []
    await second.aclose()


@pytest.mark.asyncio
async def test_a_database_of_a_newer_nightbell_is_refused_with_its_name(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    await (await open_sqlite(path, now=Instant(0))).aclose()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    with pytest.raises(RecordsFailed, match="newer") as failed:
        await open_sqlite(path, now=Instant(1))
    assert str(path) in failed.value.hint


@pytest.mark.asyncio
async def test_the_questions_a_call_asks_use_an_index(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    await (await open_sqlite(path, now=Instant(0))).aclose()
    engine = create_engine(f"sqlite:///{path}")
    with engine.connect() as connection:
        for query in (
            "SELECT * FROM calls WHERE clinic='c' AND caller='1' AND started_utc<9 ORDER BY started_utc DESC",
            "SELECT * FROM calls WHERE closed_utc IS NULL",
            "SELECT * FROM calls ORDER BY started_utc DESC LIMIT 5",
            "SELECT * FROM pages WHERE call='x'",
        ):
            plan = " ".join(str(row) for row in connection.execute(text(f"EXPLAIN QUERY PLAN {query}")))
            assert "USING INDEX" in plan, plan
            assert "TEMP B-TREE" not in plan, plan
    engine.dispose()


@pytest.mark.asyncio
async def test_a_database_of_the_first_version_keeps_its_calls(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    engine = create_engine(f"sqlite:///{path}")
    config = Config()
    config.set_main_option("script_location", str(Path(nightbell.records.schema.__file__).with_name("migrations")))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(
            text(
                "INSERT INTO calls VALUES ('a', 'rosewood', 'f', 'sip', '+441632960001', '100', 5, 9, 'D3', NULL,"
                " -1, 'bye', 'end', 1, 1, 4, 9, 4, 7, '{}')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO pages VALUES ('a:1', 'rosewood', 'a', 1, 6, 'D1', 'screen', 'pain', '3', 'recorded')"
            )
        )
    engine.dispose()

    records = await open_sqlite(path, now=Instant(1))
    kept = await records.call("a")
    found = await records.history("rosewood", "+441632960001", Instant(10))
    await records.aclose()
    assert (kept.product, kept.frequent, kept.pages[0].route) == ("", False, ())
    assert (found.contacts, found.filler) == (1, 1)
