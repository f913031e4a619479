// What the console's pages do in the browser. Everything here is a convenience: pages can be read and
// forms sent without it. No page relies on state kept in the browser, and nothing is sent anywhere but to
// this server and to the project's own buckets.
"use strict";

document.documentElement.dataset.script = "";

const on = (kind, selector, act) =>
  document.addEventListener(kind, (event) => {
    const found = event.target instanceof Element && event.target.closest(selector);
    if (found) act(found, event);
  });

// Copying and saving what is on the page.
async function copy(button, text) {
  const [before, label] = [button.textContent, button.ariaLabel];
  // What is seen and what is read out say the same.
  const say = (words, whole) => { button.textContent = words; if (label) button.ariaLabel = whole; };
  const said = await navigator.clipboard.writeText(text).then(() => "Copied", () => "Select and copy");
  say(said, label?.replace("Copy", said));
  setTimeout(() => say(before, label), 2000);
}
on("click", "[data-copy]", (button) => copy(button, button.dataset.copy));
on("click", "[data-copy-of]", (button) => copy(button, document.getElementById(button.dataset.copyOf).textContent));
on("click", "[data-save-of]", (button) => {
  const text = document.getElementById(button.dataset.saveOf).textContent;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = button.dataset.file;
  link.click();
  URL.revokeObjectURL(link.href);
});
on("click", ".copyable > .copy", (button) => copy(button, button.parentElement.querySelector("code").textContent));
on("click", "[data-back]", () => history.back());
on("click", "[data-print]", () => print());

// A choice that changes the list at once; the button beside it does the same without a script.
on("change", "[data-submit]", (field) => field.form.requestSubmit());

// One box for all of a list; the server names the most it takes.
on("change", "[data-tick-all]", (all) => {
  for (const box of all.form.querySelectorAll(`input[type="checkbox"][name="${all.dataset.tickAll}"]`)) box.checked = all.checked;
});

// A form is sent once.
on("submit", "form", (form) => form.setAttribute("aria-busy", "true"));
addEventListener("htmx:afterRequest", ({ target }) => target.closest("form[aria-busy]")?.removeAttribute("aria-busy"));
addEventListener("pageshow", () => document.querySelectorAll("form[aria-busy]").forEach((form) => form.removeAttribute("aria-busy")));

// A form that is checked while one types: the field itself says that it is wrong.
addEventListener("htmx:oobAfterSwap", ({ detail: { target } }) => {
  const field = target.id.startsWith("e-") && document.getElementById(`f-${target.id.slice(2)}`);
  if (field) mark(field, target.textContent !== "");
});
function mark(field, wrong) {
  field.setAttribute("aria-invalid", wrong);
  field.closest(".field").classList.toggle("field-wrong", wrong);
}

// A field that takes a whole file: the file is read here, and the field is what is sent.
on("change", "[data-into]", async (choice) => {
  const [field, named, file] = [document.getElementById(choice.dataset.into), document.getElementById(choice.dataset.nameInto), choice.files[0]];
  if (!file) return;
  const large = file.size > Number(choice.dataset.most);
  document.getElementById(`e-${field.name}`).textContent = large ? `This file has ${file.size} bytes; at most ${choice.dataset.most} are taken.` : "";
  mark(field, large);
  if (large) { choice.value = ""; return; }
  field.value = await file.text();
  // The name of the file that it replaces is not the name of this one; what somebody typed stays.
  const was = named?.form.elements[named.name.replace("settings.", "was.")]?.value;
  if (named && (named.value === "" || named.value === was)) named.value = file.name;
  field.dispatchEvent(new Event("input", { bubbles: true }));
});

// A page that asks again and again says when nobody answers.
const lost = (is) => document.querySelectorAll("[data-lost]").forEach((notice) => { notice.hidden = !is; });
addEventListener("htmx:sendError", () => lost(true));
addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.xhr.status) lost(false); });

// Times go on while the page is open, and name the reader's own zone.
const UNITS = [[31536000, "year"], [2592000, "month"], [86400, "day"], [3600, "hour"], [60, "minute"]];
function relative(at) {
  const seconds = (Date.now() - at) / 1000;
  const unit = UNITS.find(([length]) => Math.abs(seconds) >= length);
  if (!unit) return seconds < 0 ? "in a moment" : "just now";
  const count = Math.floor(Math.abs(seconds) / unit[0]);
  const words = `${count} ${unit[1]}${count === 1 ? "" : "s"}`;
  return seconds < 0 ? `in ${words}` : `${words} ago`;
}
function times(root) {
  for (const time of root.querySelectorAll("time[data-relative]")) {
    const at = Date.parse(time.dateTime);
    time.textContent = relative(at);
    time.title = `${new Date(at).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "long" })} · ${time.dateTime}`;
  }
}

// The manual's examples can be copied.
function copyables() {
  for (const block of document.querySelectorAll(".prose .copyable")) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "copy", textContent: "Copy" });
    button.setAttribute("aria-label", "Copy this example");
    block.append(button);
  }
}

// On a small screen the navigation begins folded.
function fold() {
  const narrow = matchMedia("(max-width: 60rem)");
  const set = () => document.querySelectorAll("[data-fold]").forEach((side) => { side.open = !narrow.matches; });
  set();
  narrow.addEventListener("change", set);
}

// Menus close on Escape and when the reader goes elsewhere.
addEventListener("keydown", (event) => {
  const menu = event.key === "Escape" && document.querySelector("details.menu[open]");
  if (menu) { menu.open = false; menu.querySelector("summary").focus(); }
});
addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
});

addEventListener("DOMContentLoaded", () => { fold(); times(document); copyables(); });
addEventListener("htmx:load", (event) => times(event.target));
setInterval(() => times(document), 30000);
