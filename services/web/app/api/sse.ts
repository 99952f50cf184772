export interface ServerSentEvent {
  event: string;
  data: string;
  id: string;
}

/**
 * Cuts a server-sent event stream into events (WHATWG HTML, section 9.2). Feed it text in pieces of any size; an event
 * is complete only at its blank line, so one the stream breaks off in is never seen.
 */
export class SseParser {
  private pending = "";
  private fields: Record<string, string> = {};
  private data: string[] = [];
  private afterReturn = false;

  feed(piece: string): ServerSentEvent[] {
    const events: ServerSentEvent[] = [];
    for (const line of this.lines(piece)) {
      const event = this.take(line);
      if (event) events.push(event);
    }
    return events;
  }

  /** Lines end in LF, CR or CRLF; a CRLF may be cut in two by the network. */
  private lines(piece: string): string[] {
    const fresh = this.afterReturn && piece.startsWith("\n") ? piece.slice(1) : piece;
    if (piece) this.afterReturn = piece.endsWith("\r");
    const lines = (this.pending + fresh).split(/\r\n|\r|\n/);
    this.pending = lines.pop() ?? "";
    return lines;
  }

  private take(line: string): ServerSentEvent | null {
    if (line === "") return this.finish();
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.data.push(value);
    else if (name) this.fields[name] = value;
    return null;
  }

  private finish(): ServerSentEvent | null {
    const { data, fields } = this;
    this.data = [];
    this.fields = {};
    if (data.length === 0) return null;
    return { event: fields.event ?? "message", data: data.join("\n"), id: fields.id ?? "" };
  }
}

export async function* readEvents(body: ReadableStream<Uint8Array>): AsyncGenerator<ServerSentEvent> {
  const parser = new SseParser();
  const reader = body.pipeThrough(new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield* parser.feed(value);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
