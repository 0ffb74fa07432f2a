"""What an outsider makes of heads and proofs, right ones and rubbish; offline."""

import hashlib

import orjson
import pytest
from common.merkle import Span, consistency_spans, grow, inclusion_spans, leaf_hash, span_hash
from common.signing import Signer
from typer.testing import CliRunner
from yulu.cli.app import assembled
from yulu.signatures import NotGenuine
from yulu.transparency import KeptHead, NotProven, check_consistent, check_record, read_proof

RECORD_ID = "0b8e4b1c-5a0e-4c59-9d43-8d1b9f3d3a11"
BODY = orjson.dumps({"case_id": RECORD_ID, "penalties": ["warning"]})
SALT = bytes(range(32))
SIGNER = Signer(b"\x07" * 32)


def leaf(index, *, record_id=RECORD_ID, change="published", commitment=None):
    return {
        "leaf_index": index,
        "record_id": record_id,
        "change": change,
        "at": "2026-06-10T04:00:00Z",
        "commitment": commitment or hashlib.sha256(SALT + BODY).hexdigest(),
    }


def hashed(item):
    return leaf_hash(orjson.dumps({name: item[name] for name in ("record_id", "change", "at", "commitment")}))


LEAVES = [leaf(index, record_id=f"other {index}", commitment="ab" * 32) for index in range(6)] + [leaf(6)]
NODES = grow(0, {}, [hashed(item) for item in LEAVES])


def kept(size=7, *, root=None, log="ours", typ="yulu-tree-head+jws", signer=SIGNER):
    root = span_hash(Span(0, size), NODES) if root is None else root
    payload = {"log": log, "tree_size": size, "root": root.hex(), "at": "2026-06-10T04:00:00Z"}
    return KeptHead.opened(signer.jws(payload, typ), SIGNER.jwks)


def proof(index=6, size=7):
    path = [span_hash(span, NODES).hex() for span in inclusion_spans(index, size)]
    told = {"record_id": RECORD_ID, "standing": "shown", "salt": SALT.hex(), "leaf": LEAVES[index]}
    return told | {"tree_size": size, "path": path}


def test_a_record_is_what_its_leaf_commits_to():
    check_record(BODY, read_proof(proof()), kept().head)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"body": BODY.replace(b"warning", b"reminder")}, "changed since it was published"),
        ({"body": BODY + b"\n"}, "not kept as it came"),
        ({"salt": "00" * 32}, "commits to"),
        ({"salt": None}, "otherwise than its leaf"),
        ({"standing": "gone"}, "otherwise than its leaf"),
        ({"standing": "ending"}, "its end is not in the log yet"),
        ({"tree_size": 6}, "for a log of 6 leaves"),
        ({"path": []}, "not in the log"),
        ({"path": ["00" * 32] * 3}, "not in the log"),
        ({"leaf": leaf(5)}, "not in the log"),
        ({"leaf": LEAVES[6] | {"at": "2026-06-10T04:00:01Z"}}, "not in the log"),
        ({"record_id": "other 6"}, "another record"),
        ({"body": BODY.replace(b"0b8e", b"0b8f")}, "another record"),
    ],
)
def test_whatever_does_not_agree_is_said(changes, says):
    body = changes.pop("body", BODY)
    with pytest.raises(NotProven, match=says) as refusal:
        check_record(body, read_proof(proof() | changes), kept().head)
    assert refusal.value.zh


@pytest.mark.parametrize(
    "rubbish",
    [
        None,
        [],
        {},
        {"leaf": 3},
        proof() | {"path": "ab"},
        proof() | {"path": ["zz"]},
        proof() | {"path": ["ab"]},
        proof() | {"salt": "AB" * 32},
        proof() | {"leaf": leaf(-1)},
        proof() | {"leaf": leaf(6, change="forgotten")},
        proof() | {"leaf": leaf(6, commitment="ab")},
    ],
)
def test_rubbish_is_no_proof(rubbish):
    with pytest.raises(NotProven, match="no proof of a record"):
        read_proof(rubbish)


def test_a_newer_log_begins_with_the_older_one_or_it_is_said():
    old, new = kept(3).head, kept(7).head
    spans = [span_hash(span, NODES) for span in consistency_spans(3, 7)]
    check_consistent(old, new, spans)
    check_consistent(new, new, [])
    check_consistent(kept(0).head, new, [])
    for other, later, told, says in (
        (kept(3, root=bytes(32)).head, new, spans, "no longer the beginning"),
        (old, kept(7, root=bytes(32)).head, spans, "no longer the beginning"),
        (old, new, [], "no longer the beginning"),
        (new, kept(7, root=bytes(32)).head, [], "no longer the beginning"),
        (new, old, spans, "shorter"),
        (old, kept(7, log="theirs").head, spans, "different logs"),
    ):
        with pytest.raises(NotProven, match=says):
            check_consistent(other, later, told)


def test_a_head_of_another_key_or_kind_is_not_genuine():
    with pytest.raises(NotGenuine, match="does not hold"):
        kept(signer=Signer(b"\x08" * 32))
    with pytest.raises(NotGenuine, match="no tree head"):
        kept(typ="verification+jws")
    with pytest.raises(NotGenuine, match="does not hold"):
        KeptHead.opened("a.b", SIGNER.jwks)
    with pytest.raises(NotGenuine, match="does not hold"):
        KeptHead.opened(kept().jws, {"keys": []})


def run(*arguments):
    return CliRunner().invoke(assembled(["disclosures"]), ["disclosures", *map(str, arguments)])


def test_a_record_is_verified_at_the_command_line_without_a_network(tmp_path):
    record, told, head = tmp_path / "record.json", tmp_path / "proof.json", tmp_path / "head.json"
    record.write_bytes(BODY)
    told.write_bytes(orjson.dumps(proof()))
    kept().save(head)
    assert KeptHead.load(head) == kept()
    done = run("verify", record, "--proof", told, "--head", head)
    assert (done.exit_code, done.output.splitlines()) == (
        0,
        ["published 2026-06-10T04:00:00Z  #6", "与日志相符 as the log commits to"],
    )
    record.write_bytes(BODY + b" ")
    done = run("verify", record, "--proof", told, "--head", head)
    assert done.exit_code == 1
    assert isinstance(done.exception, NotProven)
    for rubbish in (b"", b"{}", b'{"jws": 1, "keys": {}}'):
        head.write_bytes(rubbish)
        done = run("verify", record, "--proof", told, "--head", head)
        assert isinstance(done.exception, NotProven), done.output
