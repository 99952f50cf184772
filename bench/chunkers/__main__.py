"""``make bench-chunkers``: what each chunker finds of answers that are ranges of characters.

Every setting is cut, embedded and searched by the code that serves, with the shipped embedder.
"""

import argparse
import asyncio
from pathlib import Path

from bench.chunkers.corpora import Question, corpora, questions
from bench.chunkers.scores import Score, mean, score
from bench.chunkers.searching import Cut, cut, search

from ragstone_contracts.documents import CollectionSettings, ParsedDocument
from ragstone_contracts.models import EMBEDDER
from ragstone_index.port import Vector
from ragstone_inference.adapters.onnx_embedder import OnnxEmbedder
from ragstone_inference.adapters.onnx_encoder import OnnxEncoder
from ragstone_inference.model_files import ensure_models
from ragstone_inference.settings import ModelSettings
from ragstone_inference.work_queue import WorkQueue
from ragstone_ingestion.tokens import TokenCounter

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = [
    CollectionSettings(chunker="recursive"),
    CollectionSettings(chunker="recursive", chunk_overlap=40),
    CollectionSettings(chunker="recursive", chunk_tokens=320),
    CollectionSettings(chunker="header-aware"),
    CollectionSettings(chunker="page-aware"),
    CollectionSettings(chunker="sentence-window"),
    CollectionSettings(chunker="parent-child"),
]
STRATEGIES = ("sparse", "dense", "hybrid")


async def main(options: argparse.Namespace) -> None:
    documents = corpora(options.data)
    asked = list(questions(options.data, documents))
    files = ensure_models(ModelSettings().models_dir).embedder
    work = WorkQueue(options.threads)
    embedder = OnnxEmbedder(EMBEDDER, OnnxEncoder(files), work)
    counter = TokenCounter.from_file(files.tokenizer)
    vectors = [(await embedder.embed([question.text])).vectors[0] for question in asked]
    print(_head(documents, asked, options))
    for one in options.settings or SETTINGS:
        made = await cut(documents, one, counter, embedder)
        print(_row(one, made, await _scores(made, asked, vectors, options)), flush=True)
    work.close()


async def _scores(
    made: Cut, asked: list[Question], vectors: list[Vector], options: argparse.Namespace
) -> dict[str, list[Score]]:
    scores: dict[str, list[Score]] = {strategy: [] for strategy in STRATEGIES}
    for question, vector in zip(asked, vectors, strict=True):
        for strategy, passages in (await search(made.index, question.text, vector)).items():
            scores[strategy].append(score(question, passages, options.first, options.characters))
    return scores


def _head(documents: dict[str, ParsedDocument], asked: list[Question], options: argparse.Namespace) -> str:
    size = sum(len(document.text) for document in documents.values())
    lines = [
        f"{len(asked)} questions over {len(documents)} corpora of {size:,} characters; the best {options.first}",
        f"passages, and as many as fill {options.characters:,} characters.",
        "",
        f"| chunker | chunks | ms/1,000 | {' | '.join(f'{one} recall' for one in STRATEGIES)} | hybrid precision "
        f"| hybrid recall in {options.characters:,} |",
        "|---" * (len(STRATEGIES) + 5) + "|",
    ]
    return "\n".join(lines)


def _row(settings: CollectionSettings, made: Cut, scores: dict[str, list[Score]]) -> str:
    chosen = settings.model_dump(exclude_none=True)
    name = ", ".join([f"`{chosen.pop('chunker')}`", *(f"{option} {value}" for option, value in chosen.items())])
    recalls = [_shown(*mean(one.recall for one in scores[strategy])) for strategy in STRATEGIES]
    hybrid = scores["hybrid"]
    rest = [_shown(*mean(one.precision for one in hybrid)), _shown(*mean(one.within for one in hybrid))]
    return f"| {' | '.join([name, str(made.chunks), f'{made.milliseconds:.2f}', *recalls, *rest])} |"


def _shown(value: float, half: float) -> str:
    return f"{value:.3f} ±{half:.3f}"


def _settings(text: str) -> CollectionSettings:
    """``chunker=recursive,chunk_tokens=200`` as the settings of a collection."""
    return CollectionSettings.model_validate(dict(part.split("=", 1) for part in text.split(",")))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data" / "chunking")
    parser.add_argument("--first", type=int, default=5, help="passages that are scored")
    parser.add_argument("--characters", type=int, default=4000, help="what a reader takes in, for the last column")
    parser.add_argument("--threads", type=int, default=2, help="of the embedder")
    parser.add_argument("settings", nargs="*", type=_settings, help="such as chunker=recursive,chunk_tokens=200")
    asyncio.run(main(parser.parse_args()))
