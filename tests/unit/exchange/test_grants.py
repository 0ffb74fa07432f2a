"""What cannot be granted, whoever asks."""

import pytest
from contracts.entitlements import PUBLIC_CHANNEL, shared_channel
from exchange_api.kafka_access.grants import Grant, NotGrantable


@pytest.mark.parametrize(
    "topic",
    [
        "registry.events",
        "discipline.events",
        "rights.events",
        "progress.events",
        "exchange.events",
        "__consumer_offsets",
        "*",
        "shared.",
        "shared.*.events",
        shared_channel("another"),
        f"{PUBLIC_CHANNEL} ",
        PUBLIC_CHANNEL.upper(),
    ],
)
def test_only_public_events_and_the_organs_own_channel_can_be_granted(topic: str) -> None:
    with pytest.raises(NotGrantable, match="cannot be granted"):
        Grant("court", "zz", frozenset({PUBLIC_CHANNEL, shared_channel("zz"), topic}))


@pytest.mark.parametrize("name", ["", "*", "a.b", "court\n", "法院", "-court", "User:x", "a" * 101])
def test_a_name_that_could_be_mistaken_is_none(name: str) -> None:
    with pytest.raises(NotGrantable, match="no name"):
        Grant(name, "zz", frozenset())
    with pytest.raises(NotGrantable, match="no name"):
        Grant("court", name, frozenset())


def test_no_client_can_be_called_like_a_super_user_and_none_shares_anothers_groups() -> None:
    assert Grant("ANONYMOUS", "zz", frozenset()).user == "outside.ANONYMOUS"
    assert not Grant("court-2", "zz", frozenset()).group_prefix.startswith(
        Grant("court", "zz", frozenset()).group_prefix
    )
