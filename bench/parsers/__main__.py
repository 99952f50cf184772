"""``make bench-parsers``: how well every format is read, and how fast PDFs are, beside other readers.

Quality is told by reference documents, each read through the sandbox as an upload is. Speed is told by fresh processes
on one core that take turns, so that a busy machine is busy for all.
"""

import argparse
import asyncio
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pypdfium2
from bench.parsers.quality import qualities
from bench.parsers.references import Reference, references
from bench.parsers.report import Outcome, Speed, page

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
CONTESTANTS = {
    "Ragstone (sandbox, parse, chunk)": ("ragstone", "ragstone_ingestion"),
    "PDFium's raw text": ("raw_pdfium", "pypdfium2"),
    "pdfplumber (text, tables)": ("plumber", "pdfplumber"),
    "docling, native pipeline": ("docling_native", "docling"),
}


def main(options: argparse.Namespace) -> None:
    documents = list(references(options.references))
    quality = asyncio.run(qualities(documents))
    pdfs = [document for document in documents if document.format == "pdf"]
    text = page(quality, _speeds(pdfs, options), pdfs)
    results = HERE.parent / "results"
    results.mkdir(exist_ok=True)
    (results / "parsers.md").write_text(text)
    print(text)


def _speeds(documents: list[Reference], options: argparse.Namespace) -> Speed:
    """The runs of everyone that is installed, in turns."""
    installed = {name: module for name, (module, package) in CONTESTANTS.items() if find_spec(package)}
    outcomes: dict[str, list[Outcome]] = {name: [] for name in installed}
    for number in range(1, options.rounds + 1):
        for name, module in installed.items():
            print(f"round {number} of {options.rounds}: {name}", file=sys.stderr, flush=True)
            outcomes[name].append(_run(module, options.repeat, documents))
    return Speed(
        outcomes=outcomes,
        missing=[name for name in CONTESTANTS if name not in installed],
        pages=options.repeat * sum(len(pypdfium2.PdfDocument(document.source)) for document in documents),
        megabytes=options.repeat * sum(document.source.stat().st_size for document in documents) / 1024**2,
    )


def _run(module: str, repeat: int, documents: list[Reference]) -> Outcome:
    files = [str(document.source) for document in documents]
    command = [sys.executable, "-m", f"bench.parsers.contestants.{module}", str(repeat), *files]
    ran = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True, text=True)
    outcome: Outcome = json.loads(ran.stdout.splitlines()[-1])
    return outcome


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--references", type=Path, default=ROOT.parent / "shared" / "data" / "parsing")
    parser.add_argument("--rounds", type=int, default=3, help="how often everyone has a turn")
    parser.add_argument("--repeat", type=int, default=3, help="how often the PDFs are read in a turn")
    main(parser.parse_args())
