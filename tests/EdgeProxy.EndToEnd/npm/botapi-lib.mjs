// What the scenarios share: arguments, bytes that are the same in every run, and the transcript.
// A scenario is run twice, against Telegram's stand-in and through the proxy; the two transcripts must be equal byte for byte.
// So nothing that differs between two good runs may be printed: no time, no port, no duration.
import { createHash } from "node:crypto";
import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import http from "node:http";
import os from "node:os";
import path from "node:path";

export const [root, token] = process.argv.slice(2);

// The test arms faults for these chats, on both sides alike.
export const chats = { blocked: 403001, kicked: -1000000403002, refused: 400001, missing: 404001, slow: 7001 };

export const texts = {
  cyrillic: "Съешь же ещё этих мягких французских булок, да выпей чаю",
  ukrainian: "Ґанок, їжак, єнот і п’ятниця — «усе гаразд»",
  emoji: "👩‍👩‍👧‍👦 🇺🇦 👍🏽 🫠 & <b>\"quotes\"</b> + \\ / \t=%20",
};

export const sha256 = (data) => createHash("sha256").update(data).digest("hex");

/** Bytes that follow from their number alone. */
export function bytes(length, seed = 1) {
  const data = Buffer.alloc(length);
  let state = (seed * 2654435761) >>> 0;
  for (let i = 0; i + 4 <= length; i += 4) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    data.writeUInt32LE(state, i);
  }
  return data;
}

let number = 0;

export function say(name, what) {
  const text = what.replaceAll(root, "ROOT").replaceAll(token, "TOKEN");
  console.log(`${String(++number).padStart(2, "0")} ${name}: ${text}`);
}

/** Runs one call and says what the framework made of it. */
export async function step(name, run) {
  try {
    say(name, "ok " + JSON.stringify(await run()));
  } catch (error) {
    say(name, "error " + JSON.stringify(describe(error)));
  }
}

function describe(error) {
  const inner = error.response ?? error;
  return {
    name: error.name,
    message: error.message,
    code: inner.error_code ?? inner.errorCode ?? error.code,
    description: inner.description,
    parameters: inner.parameters,
    cause: (error.cause ?? error.error)?.name,
  };
}

/** A file on disk and a web server that serves it, both gone at the end. */
export async function withFiles(run) {
  const folder = mkdtempSync(path.join(os.tmpdir(), "edgeproxy-botapi-"));
  const file = path.join(folder, "звіт.bin");
  const content = bytes(300_000, 7);
  writeFileSync(file, content);
  const server = http.createServer((_, response) => response.end(content));
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  try {
    await run({ file, content, url: `http://127.0.0.1:${server.address().port}/remote.bin` });
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true });
  }
}

/** Downloads as a bot does, whole and in part. */
export async function download(filePath) {
  const url = `${root}/file/bot${token}/${filePath}`;
  const whole = Buffer.from(await (await fetch(url)).arrayBuffer());
  const part = await fetch(url, { headers: { range: "bytes=1000-1999" } });
  const body = Buffer.from(await part.arrayBuffer());
  return {
    bytes: whole.length,
    sha256: sha256(whole),
    partStatus: part.status,
    partRange: part.headers.get("content-range"),
    partSha256: sha256(body),
    partIsPart: body.equals(whole.subarray(1000, 2000)),
  };
}

/** Aborts a call that Telegram has not answered yet. */
export function aborting(call, ms = 300) {
  const controller = new AbortController();
  setTimeout(() => controller.abort(), ms);
  return call(controller.signal);
}
