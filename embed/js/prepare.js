// Copies into the package what is built and kept elsewhere in the repository: the two modules, and the example company.

import { copyFile } from "node:fs/promises";

const from = (path) => new URL(path, import.meta.url);
await copyFile(from("../dist/authorizer.wasm"), from("./authorizer.wasm"));
await copyFile(from("../../policy/dist/langwatch.wasm"), from("./langwatch.wasm"));
await copyFile(from("../../examples/company/directory.json"), from("./playground/company.json"));
