import pytest

from ragstone_standalone.data_folder import DataFolder, DataFolderInUse


def test_one_holder_at_a_time_and_the_next_when_it_lets_go(folder: DataFolder) -> None:
    with folder.held(), pytest.raises(DataFolderInUse, match="is in use by process"), DataFolder(folder.root).held():
        raise AssertionError("two holders")
    with folder.held():
        assert folder.root.is_dir()


@pytest.mark.requirement("SEC-4")
def test_secrets_are_made_once_and_are_their_owners_alone(folder: DataFolder) -> None:
    with folder.held():
        key, secret = folder.api_key(), folder.internal_secret()
        assert (folder.api_key(), folder.internal_secret()) == (key, secret)
    assert key.get_secret_value() == folder.api_key_file.read_text()
    for name in ("api-key", "internal-secret"):
        assert folder.path(name).stat().st_mode & 0o077 == 0
    assert "rs_" not in repr(key)


def test_two_folders_have_nothing_in_common(folder: DataFolder) -> None:
    other = DataFolder(folder.root.with_name("other"))
    with folder.held(), other.held():
        assert folder.api_key() != other.api_key()
        assert folder.internal_secret() != other.internal_secret()
