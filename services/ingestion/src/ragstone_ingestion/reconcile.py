"""``python -m ragstone_ingestion.reconcile [--dry-run]``: hold every store against the tables, print what was found."""

import argparse
import asyncio
import sys

from ragstone_contracts.maintenance import ReconcileReport
from ragstone_ingestion.settings import IngestionSettings
from ragstone_ingestion.worker import opened
from ragstone_kit.logs import configure_logs


async def reconcile(settings: IngestionSettings, *, dry_run: bool) -> ReconcileReport:
    async with opened(settings) as ingestion:
        return await ingestion.reconciler.run(dry_run=dry_run)


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(prog="python -m ragstone_ingestion.reconcile", description=__doc__)
    parser.add_argument("--dry-run", action="store_true", help="count only, change nothing")
    given = parser.parse_args(arguments)
    settings = IngestionSettings()  # type: ignore[call-arg]  # the environment fills what has no default
    configure_logs(settings.log_level)
    report = asyncio.run(reconcile(settings, dry_run=given.dry_run))
    sys.stdout.write(report.model_dump_json(indent=2) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
