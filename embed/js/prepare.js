// Copies the two modules into the package: they are built elsewhere in the repository, and committed there.

import { copyFile } from "node:fs/promises";

const from = (path) => new URL(path, import.meta.url);
await copyFile(from("../dist/authorizer.wasm"), from("./authorizer.wasm"));
await copyFile(from("../../policy/dist/langwatch.wasm"), from("./langwatch.wasm"));
