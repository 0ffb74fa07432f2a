import pytest
from contracts.identifiers import IdCard
from cryptography.exceptions import InvalidTag
from registry_api.register.sealing import Sealer

CARD = IdCard.parse("11010519491231002X")


def test_a_sealed_number_opens_only_under_its_key_and_unaltered():
    sealer = Sealer(bytes(range(16)))
    sealed = sealer.seal(CARD).sealed
    assert sealer.open(sealed) == CARD
    assert b"11010519491231002X" not in sealed
    with pytest.raises(InvalidTag):
        Sealer(bytes(16)).open(sealed)
    with pytest.raises(InvalidTag):
        sealer.open(sealed[:-1] + bytes([sealed[-1] ^ 1]))


def test_the_same_number_seals_differently_but_is_recognised():
    sealer = Sealer(bytes(range(16)))
    one, two = sealer.seal(CARD), sealer.seal(CARD)
    assert one.sealed != two.sealed
    assert one.digest == two.digest
    assert one.digest != Sealer(bytes(16)).digest(CARD)
