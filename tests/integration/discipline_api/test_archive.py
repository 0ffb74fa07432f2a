"""The file of a closed case: its index, that it does not change any more, and the day on which it is gone."""

import asyncio

import pytest
from discipline_api.paperwork.store import erase_archives

from .papers import TITLE, desk, opened, scan, text_of


async def archive(d, **more):
    return await d.post(f"/v1/proceedings/{d.case}/archive", {}, **more)


async def test_a_closed_file_is_indexed_and_does_not_change_afterwards(hands, connection):
    d = await desk(hands, connection)
    decision = await d.final()
    evidence = await d.made("evidence", draft=False, title="转账记录")
    await hands.http.put(
        f"/v1/documents/{evidence['document_id']}/original?dated_on=2026-03-01",
        content=scan("evidence"), headers=d.headers | {"Content-Type": "application/pdf", "If-Match": '"v1"'},
    )  # fmt: skip
    assert (await archive(d)).json()["type"] == "urn:yulu:problem:case-not-closed"
    draft = await d.made()
    await connection.execute("UPDATE proceedings SET ended = true, state = 'CLOSED'")
    assert (await archive(d)).json()["type"] == "urn:yulu:problem:documents-unfinished"
    await d.post(f"/v1/documents/{draft['document_id']}/void", {"reason": "重复"}, **{"If-Match": '"v1"'})
    assert (await archive(d, headers=hands.officer(subject="head"))).status_code == 403
    made = await archive(d)
    assert made.status_code == 201, made.text
    assert TITLE not in made.text
    index = (await d.get(f"/v1/proceedings/{d.case}/archive")).json()
    shown = ("sequence", "title", "number", "dated_on", "pages")
    assert [tuple(line[name] for name in shown) for line in index["papers"]] == [
        (1, "转账记录", None, "2026-03-01", 1), (2, TITLE, "郑司罚决字〔2026〕1号", "2026-06-10", 1),
    ]  # fmt: skip
    assert index["papers"][1]["sm3"] == decision["final"]["sm3"]
    assert (index["archived_on"], index["keep_until"]) == ("2026-06-10", "2056-06-10")
    printed = text_of(opened((await d.get(f"/v1/proceedings/{d.case}/archive.docx")).content))
    assert all(words in printed for words in ("卷宗目录", "转账记录", decision["final"]["sm3"]))
    after = [
        await archive(d),
        await d.post(f"/v1/proceedings/{d.case}/documents", {"type": "other", "title": "x", "draft": False}),
        await d.post(f"/v1/documents/{decision['document_id']}/void", {"reason": "错"}, **{"If-Match": '"v3"'}),
        await d.serve(decision, way="direct", on="2026-06-10", signed_by="party"),
    ]
    assert {(answer.status_code, answer.json()["type"]) for answer in after} == {
        (409, "urn:yulu:problem:file-archived")
    }
    with pytest.raises(Exception, match="only grows"):
        await connection.execute("UPDATE documents SET version = 9")
    assert (await d.get(f"/v1/documents/{decision['document_id']}/copy")).status_code == 200


async def test_nothing_slips_into_a_file_while_it_is_archived(hands, connection):
    d = await desk(hands, connection)
    await d.final()
    await connection.execute("UPDATE proceedings SET ended = true, state = 'CLOSED'")
    body = {"type": "other", "title": "材料", "draft": False}
    answers = await asyncio.gather(archive(d), *(d.post(f"/v1/proceedings/{d.case}/documents", body) for _ in range(5)))
    archived = await connection.fetchval("SELECT papers FROM file_archives")
    drafts = await connection.fetchval("SELECT count(*) FROM documents WHERE state = 'draft'")
    # Either the archive came first, or it was refused for what had come before it.
    assert (answers[0].status_code, archived, drafts) in [(201, 1, 0), *((409, None, n) for n in range(1, 6))]
    assert drafts == sum(answer.status_code == 201 for answer in answers[1:])


async def test_at_the_end_of_its_retention_a_file_is_gone_and_its_number_stays(hands, connection):
    d = await desk(hands, connection)
    document = await d.final()
    await d.serve(document, way="mail", on="2026-06-10", posted_on="2026-06-10", place="郑州市某路")
    await connection.execute("UPDATE proceedings SET ended = true, state = 'CLOSED'")
    await archive(d)
    database = hands.http._transport.app.state.database
    hands.on("2056-06-09T23:59:59")
    assert await erase_archives(database, hands.now) == 0
    hands.on("2056-06-10T00:00:01")
    assert await erase_archives(database, hands.now) == 1
    assert await erase_archives(database, hands.now) == 0
    for path in (f"/v1/documents/{document['document_id']}/copy", f"/v1/proceedings/{d.case}/archive"):
        assert (await d.get(path)).status_code == 404
    (line,) = (await d.get(f"/v1/proceedings/{d.case}/documents")).json()["items"]
    assert (line["title"], line["final"], line["number"]) == (None, None, "郑司罚决字〔2026〕1号")
    sealed = await connection.fetchrow(
        "SELECT (SELECT count(title) FROM documents) AS a, (SELECT count(place_sealed) FROM document_services) AS b,"
        " (SELECT count(original) FROM files) AS c, (SELECT count(wrapped_key) FROM file_owners) AS d"
    )
    assert list(sealed) == [0, 0, 0, 0]


async def test_a_file_that_never_came_to_the_archive_goes_with_its_case(hands, connection):
    d = await desk(hands, connection)
    document = await d.final()
    database = hands.http._transport.app.state.database
    assert await erase_archives(database, hands.now) == 0
    await connection.execute(
        "UPDATE proceedings SET ended = true, state = 'CLOSED', erased_at = now(), subject_key = NULL"
    )
    assert await erase_archives(database, hands.now) == 1
    assert (await d.get(f"/v1/documents/{document['document_id']}/copy")).status_code == 404
    assert await connection.fetchval("SELECT wrapped_key FROM file_owners") is None
