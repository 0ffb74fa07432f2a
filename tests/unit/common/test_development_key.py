import stat

from common.development_key import development_key


def test_a_development_key_is_private_and_stays(tmp_path):
    first = development_key(str(tmp_path), "some-key", 16)
    assert len(first) == 16
    assert development_key(str(tmp_path), "some-key", 16) == first
    assert development_key(str(tmp_path), "another", 16) != first
    modes = {stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "secrets").iterdir()}
    assert modes == {0o600}
