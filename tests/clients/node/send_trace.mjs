// Sends one trace and one evaluation with LangWatch's client, set up by its environment, and prints what was refused as JSON.

import { diag, DiagLogLevel } from "@opentelemetry/api";
import { getLangWatchTracer, LangWatch } from "langwatch";
import { setupObservability } from "langwatch/observability/node";

const complaints = [];
const ignore = () => {};
const complain = (...parts) => complaints.push(parts.map((part) => part?.stack ?? String(part)).join(" "));
diag.setLogger({ error: complain, warn: complain, info: ignore, debug: ignore, verbose: ignore }, DiagLogLevel.WARN);

const observability = setupObservability({ serviceName: "clearance-clients" });
await getLangWatchTracer("clearance-clients").withActiveSpan("a trace", async () => {});
await observability.shutdown();

const evaluation = await new LangWatch().evaluations
  .evaluate("exact_match", { data: { output: "a", expected_output: "a" } })
  .then(() => 200, (error) => error.statusCode ?? String(error));

// The trace may still be on its way after the shutdown.
process.on("beforeExit", () => console.log(JSON.stringify({ complaints, evaluation })));
