from pathlib import Path

import pytest

from ragstone_inference.errors import ModelFilesUnreachable
from ragstone_inference.model_files import ModelFiles, ensure_models, files_from


def test_without_leave_to_fetch_an_empty_cache_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelFilesUnreachable):
        ensure_models(tmp_path, fetch=False)

    assert list(tmp_path.iterdir()) == []


def test_a_folder_of_ones_own_can_be_the_source(model_files: ModelFiles, tmp_path: Path) -> None:
    folder = model_files.embedder.model.parent

    assert files_from(str(folder), None) == model_files.embedder
    with pytest.raises(ModelFilesUnreachable, match=r"model\.onnx"):
        files_from(str(tmp_path), None)
