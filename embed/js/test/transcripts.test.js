// The transcripts that every language plays.

import assert from "node:assert/strict";
import { test } from "node:test";

import { Authorizer } from "../index.js";
import { Authorizer as WorkerAuthorizer } from "../worker.js";
import { play, transcripts } from "./transcripts.js";

for (const transcript of await transcripts()) {
  const { name, promised, steps } = transcript;
  test(`the transcript ${name}`, async () => {
    const { played, leftOut } = await play(transcript, Authorizer);
    console.log(`${name}: ${played} steps played, ${leftOut} left out`);
    assert.equal(played + leftOut, promised);
  });
  // A Worker can stop a policy that loops.
  if (!steps.some(({ needs }) => needs === "deadline")) continue;
  test(`the transcript ${name}, in a Worker`, async () => {
    const { played } = await play(transcript, WorkerAuthorizer, { stops: true });
    console.log(`${name}: ${played} steps played in a Worker`);
    assert.equal(played, promised);
  });
}
