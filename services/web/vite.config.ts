import { defineConfig } from "vitest/config";
import { stampSources } from "./stamp.ts";

export default defineConfig({
  base: "./",
  plugins: [stampSources()],
  build: {
    outDir: "src/ragstone_web/static",
    emptyOutDir: true,
    target: ["chrome123", "firefox120", "safari17.5"],
    // Nothing inline: the page runs under `default-src 'self'`, where data: addresses and inline scripts are refused.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  server: { proxy: { "/v1": "http://127.0.0.1:8080", "/session": "http://127.0.0.1:8080" } },
  test: { include: ["app/**/*.test.ts"] },
});
