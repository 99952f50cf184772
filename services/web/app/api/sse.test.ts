import { expect, test } from "vitest";
import { readEvents, SseParser } from "./sse.ts";

const STREAM =
  'id: 1\nevent: token\ndata: {"text":"Größe 𝔘"}\n\n: keep alive\n\ndata: two\ndata: lines\n\nevent: done\ndata:{}\n\n';
const EVENTS = [
  { event: "token", data: '{"text":"Größe 𝔘"}', id: "1" },
  { event: "message", data: "two\nlines", id: "" },
  { event: "done", data: "{}", id: "" },
];

function streamOf(pieces: Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const piece of pieces) controller.enqueue(piece);
      controller.close();
    },
  });
}

async function collect(pieces: Uint8Array[]) {
  const events = [];
  for await (const event of readEvents(streamOf(pieces))) events.push(event);
  return events;
}

test("a stream cut at every byte gives the same events", async () => {
  const bytes = new TextEncoder().encode(STREAM);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    expect(await collect([bytes.slice(0, cut), bytes.slice(cut)])).toEqual(EVENTS);
  }
});

test("a stream that comes byte by byte gives the same events", async () => {
  const bytes = new TextEncoder().encode(STREAM);
  expect(await collect(Array.from(bytes, (byte) => new Uint8Array([byte])))).toEqual(EVENTS);
});

test.each(["\n", "\r", "\r\n"])("lines may end in %j, cut anywhere", (end) => {
  const stream = STREAM.replaceAll("\n", end);
  for (let cut = 0; cut <= stream.length; cut += 1) {
    const parser = new SseParser();
    expect([...parser.feed(stream.slice(0, cut)), ...parser.feed(stream.slice(cut))]).toEqual(EVENTS);
  }
});

test("an event that the stream breaks off in is never seen", () => {
  expect(new SseParser().feed("data: whole\n\ndata: half\n")).toEqual([{ event: "message", data: "whole", id: "" }]);
});

test("a reader that leaves early cancels the stream", async () => {
  let cancelled = false;
  const body = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new TextEncoder().encode("data: x\n\n")),
    cancel: () => {
      cancelled = true;
    },
  });
  for await (const _ of readEvents(body)) break;
  expect(cancelled).toBe(true);
});
