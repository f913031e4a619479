// What the pages of objects do in the browser: they load objects straight from the bucket, send files there,
// measure the way to it, and ask the server why something failed. Text of objects is only ever shown as text.
"use strict";

const TEXT = 64 * 1024;
const LARGEST_PUT = 5 * 1024 ** 3;
const AT_A_TIME = 3;
const MEASURED = 5;

// Why something failed: the server asks the store and answers in words.
let asked = 0;
function explain(place, why, status) {
  const values = { origin: location.origin, at: ++asked, status: status || "" };
  return htmx.ajax("POST", why, { target: place, swap: "innerHTML", values });
}

// The pictures of a grid. What their addresses have in common stands once in the page: a session token alone
// has a kilobyte or two.
function hang(list) {
  for (const blank of list.querySelectorAll("[data-path]")) {
    const { path, end, why } = blank.dataset;
    const picture = document.createElement("img");
    Object.assign(picture, { alt: "", loading: "lazy", decoding: "async", referrerPolicy: "no-referrer" });
    picture.dataset.why = why;
    picture.src = list.dataset.place + path + list.dataset.query + end;
    blank.replaceWith(picture);
  }
}

// Pictures, videos and sounds. In a grid one failure speaks for all of the page.
function failed(element) {
  if (element.dataset.failed !== undefined) return;
  element.dataset.failed = "";
  if (element.closest(".thumb")) {
    const word = document.createElement("span");
    word.className = "blank";
    word.textContent = "not loaded";
    element.replaceWith(word);
  } else {
    element.hidden = true;
    const word = document.createElement("p");
    word.className = "quiet";
    word.textContent = "This could not be loaded.";
    element.after(word);
  }
  const place = document.getElementById("why");
  if (place && place.dataset.asked === undefined) {
    place.dataset.asked = "";
    explain(place, element.dataset.why);
  }
}
function watch() {
  for (const element of document.querySelectorAll("img[data-why], video[data-why], audio[data-why]")) {
    element.addEventListener("error", () => failed(element));
    if (element.error || (element.complete && element.naturalWidth === 0)) failed(element);
  }
}

// Text: the first part, put in as text and never as markup.
async function firstBytes(answer) {
  const reader = answer.body.getReader();
  const parts = [];
  let length = 0;
  while (length < TEXT) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value.subarray(0, TEXT - length));
    length += Math.min(value.length, TEXT - length);
  }
  reader.cancel();
  return new Uint8Array(await new Blob(parts).arrayBuffer());
}
// Breaks lines and indents; numbers and strings stay as they were written. What is nested deeper than anybody
// reads is left as it is: its blanks alone would fill the memory.
const DEEPEST = 100;
function indented(json) {
  JSON.parse(json);
  let out = "";
  let depth = 0;
  let before = "";
  const opens = (token) => token === "{" || token === "[";
  for (const [token] of json.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s[\]{}:,"]+/g)) {
    const closes = token === "}" || token === "]";
    if (closes) depth -= 1;
    if (closes ? !opens(before) : opens(before) || before === ",") out += "\n" + "  ".repeat(depth);
    out += token === ":" ? ": " : token;
    if (opens(token)) depth += 1;
    if (depth > DEEPEST) throw new RangeError("nested too deep");
    before = token;
  }
  return out;
}
async function showText(place) {
  const ways = { headers: { Range: `bytes=0-${TEXT - 1}` }, credentials: "omit", referrerPolicy: "no-referrer", cache: "no-store" };
  try {
    const answer = await fetch(place.dataset.text, ways);
    if (!answer.ok) throw new Error(String(answer.status));
    const total = Number((answer.headers.get("content-range") || "").split("/")[1]) || Number(answer.headers.get("content-length"));
    const bytes = await firstBytes(answer);
    if (bytes.includes(0)) {
      place.textContent = "This is no text: it holds bytes that no text has. Download the object to look at it.";
      return;
    }
    const part = total > bytes.length;
    let text = new TextDecoder().decode(bytes, { stream: part });
    if (place.dataset.json !== undefined && !part) {
      try { text = indented(text); } catch { /* Shown as it is. */ }
    }
    place.textContent = text;
    document.querySelector("[data-part]").hidden = !part;
  } catch {
    place.textContent = "This could not be loaded.";
    explain(document.getElementById("why"), place.dataset.why);
  }
}

// Files on their way to the bucket, a few at a time.
const waiting = [];
let running = 0;
function next() {
  while (running < AT_A_TIME && waiting.length > 0) send(waiting.shift());
}
function say(row, text) {
  row.querySelector("[data-state]").textContent = text;
}
function settle(row, text) {
  running -= 1;
  row.request = null;
  row.querySelector("[data-cancel]").hidden = true;
  row.querySelector("[data-retry]").hidden = false;
  say(row, text);
  next();
}
function send(row) {
  running += 1;
  const request = new XMLHttpRequest();
  row.request = request;
  const bar = row.querySelector("progress");
  request.open("PUT", row.dataset.put);
  for (const [name, value] of Object.entries(JSON.parse(row.dataset.headers))) request.setRequestHeader(name, value);
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable || event.total === 0) return;
    bar.value = (100 * event.loaded) / event.total;
    say(row, `${Math.floor(bar.value)} %`);
  });
  request.addEventListener("load", () => {
    if (request.status >= 200 && request.status < 300) {
      bar.value = 100;
      settle(row, "Done.");
      row.dataset.done = "";
      row.querySelector("[data-retry]").hidden = true;
      row.querySelector("a[hidden]").hidden = false;
      document.querySelector("main > .empty")?.remove();
      return;
    }
    const code = /<Code>([A-Za-z0-9]+)</.exec(request.responseText);
    settle(row, `The store refused it: ${request.status}${code ? ` ${code[1]}` : ""}.`);
    explain(row.querySelector("[data-reason]"), row.dataset.why, request.status);
  });
  request.addEventListener("error", () => {
    settle(row, "It could not be sent.");
    explain(row.querySelector("[data-reason]"), row.dataset.why);
  });
  request.addEventListener("abort", () => settle(row, "Cancelled."));
  row.querySelector("[data-reason]").replaceChildren();
  row.querySelector("[data-cancel]").hidden = false;
  row.querySelector("[data-retry]").hidden = true;
  bar.value = 0;
  say(row, "0 %");
  request.send(row.file);
}
function note(list, text) {
  const notice = document.createElement("p");
  notice.className = "error";
  notice.setAttribute("role", "alert");
  notice.textContent = text;
  list.append(notice);
}
async function upload(section, files) {
  const list = document.getElementById("uploads");
  list.querySelectorAll(":scope > .error, :scope > .notice").forEach((old) => old.remove());
  const fit = files.filter((file) => file.size <= LARGEST_PUT);
  if (fit.length < files.length) note(list, "Files of more than 5 GiB need an upload in parts: issue a credential and use a tool.");
  if (fit.length === 0) return;
  const names = new URLSearchParams(fit.map((file) => ["name", file.name]));
  try {
    const answer = await fetch(section.dataset.upload, { method: "POST", body: names, headers: { "HX-Request": "true" } });
    htmx.swap(list, await answer.text(), { swapStyle: "beforeend" });
  } catch {
    note(list, "Tidegate could not be reached. Try again.");
    return;
  }
  const rows = [...list.querySelectorAll("[data-put]:not([data-begun])")];
  rows.forEach((row, at) => {
    row.dataset.begun = "";
    row.file = fit[at];
    waiting.push(row);
  });
  next();
}
function uploads(section) {
  const field = document.getElementById("files");
  const drop = section.querySelector(".drop");
  field.addEventListener("change", () => {
    const files = [...field.files];
    field.value = "";
    upload(section, files);
  });
  for (const kind of ["dragover", "dragleave", "drop"]) {
    section.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.toggleAttribute("data-over", kind === "dragover");
      if (kind === "drop") upload(section, [...event.dataTransfer.files]);
    });
  }
  section.addEventListener("click", (event) => {
    const row = event.target.closest("[data-put]");
    if (!row) return;
    if (event.target.closest("[data-retry]")) { waiting.push(row); next(); }
    if (!event.target.closest("[data-cancel]")) return;
    const at = waiting.indexOf(row);
    if (at >= 0) { waiting.splice(at, 1); running += 1; settle(row, "Cancelled."); }
    else if (row.request) row.request.abort();
  });
  addEventListener("beforeunload", (event) => { if (running > 0) event.preventDefault(); });
}

// The way from this browser to the bucket: the first byte of a small object, a few times, once in a session.
// The first try opens the connection and does not count.
async function measure(place) {
  const once = `measured ${place.dataset.report}`;
  if (sessionStorage.getItem(once)) return;
  sessionStorage.setItem(once, "1");
  try {
    const answer = await fetch(place.dataset.probe, { method: "POST" });
    if (!answer.ok) return;
    const { url } = await answer.json();
    const samples = [];
    for (let at = 0; at <= MEASURED; at += 1) {
      const stop = new AbortController();
      const began = performance.now();
      await fetch(url, { mode: "no-cors", cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer", signal: stop.signal });
      const took = performance.now() - began;
      stop.abort();
      if (at > 0) samples.push(took.toFixed(1));
    }
    await htmx.ajax("POST", place.dataset.report, { target: place, swap: "innerHTML", values: { ms: samples } });
  } catch { /* What cannot be measured is not shown. */ }
}

addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-place]").forEach(hang);
  watch();
  document.querySelectorAll("[data-text]").forEach(showText);
  document.querySelectorAll("[data-upload]").forEach(uploads);
});
// Thumbnails come first.
addEventListener("load", () => {
  const place = document.querySelector("#speed[data-probe]");
  if (place) measure(place);
});
// A download leaves the page where it is, so its button may be pressed again.
addEventListener("submit", (event) => {
  if (event.target.matches("[data-leaves]")) setTimeout(() => event.target.removeAttribute("aria-busy"), 1000);
});
