import { request } from "./client.ts";
import { ApiError, unreachable } from "./problems.ts";
import { readEvents } from "./sse.ts";
import type { ChatEvent, ChatRequest } from "./types.ts";

export type Question = Pick<ChatRequest, "collection" | "thread_id"> & { question: string };

/** The events of an answer as they come. Ends after `done` or `error`; a stream that breaks off before raises ApiError. */
export async function* streamAnswer(question: Question, signal: AbortSignal): AsyncGenerator<ChatEvent> {
  const response = await request("v1/chat", {
    method: "POST",
    headers: { "content-type": "application/json", accept: "text/event-stream" },
    body: JSON.stringify({ ...question, stream: true }),
    signal,
  });
  if (!response.body) throw unreachable();
  for await (const { data } of readEvents(response.body)) {
    const event = JSON.parse(data) as ChatEvent;
    yield event;
    if (event.type === "done" || event.type === "error") return;
  }
  throw new ApiError({
    title: "The answer broke off",
    code: "stream_cut",
    detail: "The connection ended before the answer did.",
  });
}
