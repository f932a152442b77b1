// Who may say what a policy is: signatures in the form of minisign, checked in the package.

import assert from "node:assert/strict";
import { createHash, generateKeyPairSync, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { Authorizer, ClearanceError } from "../index.js";

const root = new URL("../../../", import.meta.url);
const read = (path) => readFile(new URL(path, root));
const directory = String(await read("examples/company/directory.json"));
const component = await read("policy/dist/strict.wasm");
const code = (wanted) => (error) => error instanceof ClearanceError && error.code === wanted;

/** A pair of keys as minisign makes it, by a number. */
function signer(number) {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  const id = Buffer.alloc(8, number);
  const raw = publicKey.export({ format: "der", type: "spki" }).subarray(-32);
  const base64 = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part))).toString("base64");
  const sealed = (bytes) => sign(null, bytes, privateKey);
  return {
    trusted: base64("Ed", id, raw),
    sign(bytes) {
      const signature = sealed(createHash("blake2b512").update(bytes).digest());
      const comment = "a trusted comment";
      const lines = ["untrusted comment: a comment", base64("ED", id, signature)];
      return [...lines, `trusted comment: ${comment}`, base64(sealed(Buffer.concat([signature, Buffer.from(comment)])))].join("\n");
    },
  };
}

test("a policy is taken with the signature of a trusted key, and with no other", async () => {
  const [ours, another, stranger] = [signer(1), signer(2), signer(3)];
  const trustedKeys = [another.trusted, ours.trusted];
  const signature = ours.sign(component);
  const authorizer = await Authorizer.load({ directory, trustedKeys });
  const before = authorizer.describe().digest;
  const refused = async (policy, name) => {
    await assert.rejects(authorizer.swap(policy), code(name), name);
    await assert.rejects(authorizer.pin("acme", policy), code(name), name);
    await assert.rejects(Authorizer.load({ directory, policy, trustedKeys }), code(name), name);
    assert.equal(authorizer.describe().digest, before);
  };
  await refused({ component }, "unsigned");
  await refused({ component, signature: stranger.sign(component) }, "stranger");
  await refused({ component, signature: ours.sign(component.subarray(1)) }, "signature-wrong");
  await refused({ component, signature: signature.replace("a trusted comment", "another comment") }, "signature-wrong");
  await refused({ component, signature: "not a signature" }, "signature-malformed");
  await refused({ component, signature: 7 }, "malformed");
  await assert.rejects(Authorizer.load({ directory, policy: { component, signature } }), code("no-keys"));
  await assert.rejects(Authorizer.load({ directory, policy: { component, signature }, trustedKeys: ["RW"] }), code("key-malformed"));
  await authorizer.swap({ component, signature });
  assert.notEqual(authorizer.describe().digest, before);
  await Authorizer.load({ directory, policy: { component, signature }, trustedKeys });
});
