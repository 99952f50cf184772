/**
 * The wire, as `ragstone_contracts` defines it. A Python test compares the fields of every interface here with the
 * model of the same name, so this file cannot drift silently.
 */

export interface Problem {
  type: string;
  title: string;
  status: number;
  code: string;
  detail: string;
  trace_id: string;
}

export interface CollectionSettings {
  parser: string | null;
  infer_metadata: boolean | null;
  infer_filters: boolean | null;
  chunker: string | null;
  embedder: string | null;
  strategy: string | null;
  chunk_tokens: number | null;
  chunk_overlap: number | null;
  parent_tokens: number | null;
  window_sentences: number | null;
}

export interface Collection {
  id: string;
  index: string | null;
  name: string;
  acl: string[];
  settings: CollectionSettings;
  documents: number;
  sequence: number;
  withheld: string[];
  access_changes: number;
  created_at: number;
}

export interface CollectionList {
  collections: Collection[];
}

export type DocumentState = "queued" | "running" | "ready" | "failed" | "rejected";

export interface DocumentAccepted {
  document_id: string;
  version: number;
  job_id: string;
}

export interface DocumentError {
  code: string;
  detail: string;
}

export interface Document {
  document_id: string;
  collection: string;
  collection_id: string;
  title: string;
  media_type: string;
  size: number;
  version: number;
  active_version: number | null;
  state: DocumentState;
  step: string | null;
  progress: number;
  timings: Record<string, number>;
  attempts: number;
  error: DocumentError | null;
  pages: number | null;
  chunks: number | null;
  acl: string[];
  inherits_acl: boolean;
  metadata: Record<string, unknown>;
  provenance: Record<string, Evidence>;
  eta_seconds: number | null;
  created_at: number;
  updated_at: number;
}

/** A metadata value and what speaks for it; a candidate was not certain enough to be used. */
export interface Evidence {
  value: unknown;
  source: "uploader" | "title" | "text" | "filename" | "properties";
  start: number | null;
  end: number | null;
  quote: string | null;
  confidence: number;
  candidate: boolean;
}

export interface DocumentList {
  documents: Document[];
}

/** `start` and `end` count Unicode code points, as every offset on the wire does. */
export interface DocumentText {
  text: string;
  start: number;
  end: number;
  version: number;
  length: number;
}

export interface Box {
  page: number;
  x0: number;
  y0: number;
  x1: number;
  y1: number;
}

export interface ScoredChunk {
  chunk_id: string;
  document_id: string;
  version: number;
  title: string;
  page: number | null;
  start: number;
  end: number;
  text: string;
  context: string | null;
  score: number;
  stages: Record<string, number>;
  metadata: Record<string, unknown>;
}

export interface ChatRequest {
  question: string | null;
  messages: { role: "system" | "user" | "assistant"; content: string }[] | null;
  collection: string;
  thread_id: string | null;
  model: string | null;
  stream: boolean;
}

export type Match = "exact" | "normalised" | "supported";

export interface Citation {
  sentence: [number, number];
  document_id: string;
  version: number;
  title: string;
  page: number | null;
  start: number;
  end: number;
  quote: string;
  boxes: Box[];
  match: Match;
}

export interface Unsupported {
  sentence: string;
  reason: string;
}

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
}

export interface Fallback {
  wanted: string;
  reason: string;
}

export interface Answer {
  answer_id: string;
  answer: string;
  citations: Citation[];
  unsupported: Unsupported[];
  abstained: boolean;
  conflict: boolean;
  model: string;
  fallback: Fallback | null;
  usage: Usage;
  cost_usd: number | null;
  timings: Record<string, number>;
  trace_id: string;
  thread_id: string | null;
}

export interface StatusEvent {
  type: "status";
  stage: string;
  detail: string;
}

export interface PassageEvent {
  type: "passage";
  passage: ScoredChunk;
}

export interface TokenEvent {
  type: "token";
  text: string;
}

export interface CitationEvent {
  type: "citation";
  citation: Citation;
}

export interface UsageEvent {
  type: "usage";
  usage: Usage;
  cost_usd: number | null;
  model: string;
}

export interface DoneEvent {
  type: "done";
  answer: Answer;
}

export interface ErrorEvent {
  type: "error";
  problem: Problem;
}

export type ChatEvent = StatusEvent | PassageEvent | TokenEvent | CitationEvent | UsageEvent | DoneEvent | ErrorEvent;
