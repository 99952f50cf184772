"""What a person can do about an error, in plain words."""

_HINTS = {
    "unsupported_type": "Upload it in a supported format, such as PDF, DOCX, HTML, Markdown or plain text.",
    "empty_document": "The file has no bytes; check where it came from and upload it again.",
    "password_protected": "Remove the password and upload the file again.",
    "corrupt_document": "Open it in the program it was made with, save it anew, and upload that.",
    "parser_limit": "Split the document into smaller files, or ask the operator to raise the limits of the parser.",
    "no_text": "It may be a scan: with the OCR extra installed scans are read; otherwise upload a version with text.",
    "worker_lost": "Each worker that tried it ended without a word, often for lack of memory; ask the operator to look "
    "at the workers' logs, then requeue the job.",
    "timed_out": "It took longer than one attempt may; split it, or ask the operator to raise JOB_SECONDS.",
    "unavailable": "A service behind ingestion was away; requeue the job once it is back.",
    "upstream_error": "A service behind ingestion failed; requeue the job once it works again.",
    "parser_misconfigured": "The vendor's parser is not set up; ask the operator, then requeue the job.",
}
_DEFAULT = "Requeue the job; should it fail again, the workers' logs say more."


def hint_for(code: str | None) -> str:
    return _HINTS.get(code or "", _DEFAULT)
