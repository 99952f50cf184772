import { expect, test } from "vitest";
import { splitWindow } from "./useSourceText.ts";

const TEXT = "𝔘𝔘 before, the passage 👩‍🚀, after.";
const points = [...TEXT];

test("the passage is cut out by code points, wherever the window begins", () => {
  const start = points.indexOf("t");
  const end = points.indexOf(",", start);
  for (let from = 0; from <= start; from += 1) {
    const window = {
      text: points.slice(from).join(""),
      start: from,
      end: points.length,
      version: 1,
      length: points.length,
    };
    const { before, passage, after, startsInside, endsInside } = splitWindow(window, { start, end });
    expect(passage).toBe("the passage 👩‍🚀");
    expect(before + passage + after).toBe(window.text);
    expect([startsInside, endsInside]).toEqual([from > 0, false]);
  }
});
