// Copying, the state of the server, and the search. Without script the page is whole.
"use strict";

for (const button of document.querySelectorAll("[data-copy]")) {
  const source = document.getElementById(button.dataset.copy);
  const word = button.textContent;
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(source.textContent);
    } catch {
      // No clipboard without https: then the text is selected, and most browsers copy that.
      getSelection().selectAllChildren(source);
      if (!document.execCommand("copy")) return;
    }
    button.textContent = button.dataset.done;
    setTimeout(() => (button.textContent = word), 2000);
  });
}

const health = document.getElementById("status");
const state = document.getElementById("state");

async function fine(path) {
  try {
    return (await fetch(health.dataset.base + path, { cache: "no-store" })).ok;
  } catch {
    return false;
  }
}

async function check() {
  state.hidden = false;
  const [alive, ready] = await Promise.all([fine("/health"), fine("/ready")]);
  const found = !alive ? "away" : ready ? "good" : "poor";
  state.textContent = health.dataset[found];
  state.className = found;
}
check();

const filters = document.getElementById("filters");
const search = document.getElementById("search");
const toolset = document.getElementById("toolset");
const count = document.getElementById("count");
const none = document.getElementById("none");
const groups = Array.from(document.querySelectorAll("[data-set]"), (node) => ({
  node,
  tools: Array.from(node.querySelectorAll(".tool"), (tool) => ({
    tool,
    text: tool.textContent.toLowerCase(),
  })),
}));

function find() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const effect = filters.elements.effect.value;
  let shown = 0;
  for (const { node, tools } of groups) {
    const here = !toolset.value || toolset.value === node.dataset.set;
    let some = 0;
    for (const { tool, text } of tools) {
      const fits =
        here && (!effect || effect === tool.dataset.effect) && words.every((word) => text.includes(word));
      tool.hidden = !fits;
      some += fits;
    }
    node.hidden = !some;
    shown += some;
  }
  count.textContent = count.dataset.words.replace("#", shown);
  none.hidden = shown > 0;
}

filters.hidden = false;
filters.addEventListener("input", find);
filters.addEventListener("submit", (event) => event.preventDefault());
filters.addEventListener("reset", () => setTimeout(() => (find(), search.focus())));
find();

// A link to a tool opens it, and shows it even if the search had hidden it.
function open() {
  const tool = document.getElementById(location.hash.slice(1))?.closest(".tool");
  if (!tool) return;
  if (tool.hidden) filters.reset();
  tool.open = true;
  tool.scrollIntoView();
}
addEventListener("hashchange", open);
open();
