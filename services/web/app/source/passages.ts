import type { Citation, Match, ScoredChunk } from "../api/types.ts";
import { distinctSources, type NumberedCitation } from "../conversation/numbering.ts";

/** A range of a document version that the source panel can show. */
export interface SourcePassage {
  key: string;
  /** The number of the citation; null for a passage that was found but not cited. */
  number: number | null;
  documentId: string;
  version: number;
  title: string;
  page: number | null;
  start: number;
  end: number;
  quote: string;
  match: Match | null;
}

/** What the panel shows: the passages of one answer, and which of them. */
export interface OpenSource {
  turnId: string;
  passages: SourcePassage[];
  index: number;
}

export function citedPassages(numbered: readonly NumberedCitation[]): SourcePassage[] {
  return distinctSources(numbered).map(({ number, citation }) => ({
    ...place(citation),
    number,
    quote: citation.quote,
    match: citation.match,
  }));
}

export function foundPassages(chunks: readonly ScoredChunk[]): SourcePassage[] {
  return chunks.map((chunk) => ({ ...place(chunk), number: null, quote: chunk.text, match: null }));
}

function place(source: Citation | ScoredChunk) {
  const { document_id: documentId, version, title, page, start, end } = source;
  return { key: JSON.stringify([documentId, version, start, end]), documentId, version, title, page, start, end };
}
