// Search: every word must occur in a tool's text. Without script the page is whole, only unsearched.
"use strict";
const field = document.getElementById("search");
const count = document.getElementById("count");
const tools = Array.from(document.querySelectorAll("article"), (node) => ({
  node,
  entry: document.querySelector(`nav a[href="#${node.id}"]`).parentElement,
  text: node.textContent.toLowerCase(),
}));
const groups = document.querySelectorAll("[data-group]");

function find() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let shown = 0;
  for (const { node, entry, text } of tools) {
    const fits = words.every((word) => text.includes(word));
    node.hidden = entry.hidden = !fits;
    shown += fits;
  }
  for (const group of groups) group.hidden = !group.querySelector("article:not([hidden]), li:not([hidden])");
  count.textContent = `${shown} of ${tools.length} tools`;
}

field.addEventListener("input", find);
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && event.target !== field) {
    event.preventDefault();
    field.focus();
  } else if (event.key === "Escape" && event.target === field) {
    field.value = "";
    find();
  }
});
if (matchMedia("(min-width: 60rem)").matches) document.querySelector("nav details").open = true;
find();
