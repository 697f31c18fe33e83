// Shows the key on demand and says that it is being checked. Without script the form works as well.
"use strict";
const key = document.getElementById("key");
const show = document.getElementById("show");
const form = document.querySelector("form");
const busy = document.getElementById("busy");
const word = show.textContent;

function reveal(visible) {
  key.type = visible ? "text" : "password";
  show.setAttribute("aria-pressed", String(visible));
  show.textContent = visible ? show.dataset.hide : word;
}

show.hidden = false;
show.addEventListener("click", () => {
  reveal(key.type === "password");
  key.focus();
});
form.addEventListener("submit", (event) => {
  reveal(false); // so that the browser does not offer the key as a word typed before
  if (event.submitter?.value === "allow") busy.textContent = form.dataset.busy;
  // After the form's values were taken: a second press would ask twice.
  setTimeout(() => form.querySelectorAll("[type=submit]").forEach((button) => (button.disabled = true)));
});
addEventListener("pageshow", () => {
  busy.textContent = "";
  form.querySelectorAll("[type=submit]").forEach((button) => (button.disabled = false));
});
