import { problemOf, unreachable } from "./problems.ts";
import type { Collection, CollectionList, DocumentList, DocumentText } from "./types.ts";

/** Calls `path` on the server this page came from; raises ApiError for whatever is not a success. */
export async function request(path: string, init: RequestInit = {}): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw unreachable();
  }
  if (!response.ok) throw problemOf(response.status, await response.text());
  return response;
}

function json(body: unknown): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
}

async function read<T>(path: string, init?: RequestInit): Promise<T> {
  return (await (await request(path, init)).json()) as T;
}

export async function listCollections(): Promise<Collection[]> {
  return (await read<CollectionList>("v1/collections")).collections;
}

export function createCollection(name: string): Promise<Collection> {
  return read<Collection>("v1/collections", json({ name }));
}

export async function listDocuments(collection: string, signal: AbortSignal): Promise<DocumentList["documents"]> {
  return (await read<DocumentList>(`v1/documents?${new URLSearchParams({ collection })}`, { signal })).documents;
}

export async function deleteDocument(id: string): Promise<void> {
  await request(documentPath(id), { method: "DELETE" });
}

/** A range of the canonical text of one version, in code points. Raises ApiError for a range that is not inside the text. */
export function readText(id: string, version: number, start: number, end: number): Promise<DocumentText> {
  const range = new URLSearchParams({ version: `${version}`, start: `${start}`, end: `${end}` });
  return read<DocumentText>(`${documentPath(id)}/text?${range}`);
}

export function filePath(id: string): string {
  return `${documentPath(id)}/file`;
}

export async function signIn(apiKey: string): Promise<void> {
  await request("session", json({ api_key: apiKey }));
}

function documentPath(id: string): string {
  return `v1/documents/${encodeURIComponent(id)}`;
}
