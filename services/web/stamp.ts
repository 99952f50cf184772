import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

const ROOT = import.meta.dirname;
const FOLDERS = ["app", "public"];
const FILES = ["index.html", "package.json", "package-lock.json", "stamp.ts", "tsconfig.json", "vite.config.ts"];

/** Every source the built files depend on, as sorted paths with forward slashes; tests are not among them. */
function sourcePaths(): string[] {
  const inFolders = FOLDERS.flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.includes(".test."))
      .map((entry) =>
        join(entry.parentPath, entry.name)
          .slice(ROOT.length + 1)
          .replaceAll("\\", "/"),
      ),
  );
  return [...FILES, ...inFolders].sort((one, other) => (one < other ? -1 : 1));
}

function sha256(content: string | Buffer): string {
  return createHash("sha256").update(content).digest("hex");
}

/** Leaves `sources.sha256` beside the built files, from which a test tells whether they are those of the sources. */
export function stampSources(): Plugin {
  return {
    name: "stamp-sources",
    apply: "build",
    writeBundle({ dir }) {
      const lines = sourcePaths().map((path) => `${sha256(readFileSync(join(ROOT, path)))}  ${path}\n`);
      writeFileSync(join(dir ?? ROOT, "sources.sha256"), `${sha256(lines.join(""))}\n`);
    },
  };
}
