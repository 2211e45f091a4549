"use strict";
// Conveniences only: the inbox works without this file.

const openRows = () => [...document.querySelectorAll(".comment-open")];
const shownId = () => document.querySelector("[data-one]")?.dataset.one;

// The queue stays as it is when another comment is opened beside it: only which one is open is told anew.
const tellWhichIsOpen = () => {
  const id = shownId();
  openRows().forEach((link) => {
    if (link.dataset.comment === id) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
  });
};

document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.elt?.id !== "one" && event.target.id !== "one") return;
  tellWhichIsOpen();
  const one = document.getElementById("one");
  one.scrollTop = 0;
  const isAlone = getComputedStyle(document.querySelector(".inbox-list")).display === "none";
  if (isAlone) one.scrollIntoView({ block: "start" });
  if (document.activeElement === document.body) document.getElementById("one-heading")?.focus({ preventScroll: !isAlone });
});

const goThroughQueue = (step) => {
  const rows = openRows();
  const at = rows.findIndex((link) => link.dataset.comment === shownId());
  const next = rows[at < 0 ? 0 : at + step];
  if (!next) return;
  next.scrollIntoView({ block: "nearest" });
  next.focus({ preventScroll: true });
  next.click();
};

document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "reply") {
    event.preventDefault();
    const button = document.getElementById("answer-next");
    // By its click: HTMX sends the name of a button that was clicked, and of no other.
    if (button && !button.disabled) button.click();
    return;
  }
  if (event.key === "Escape" && event.target.id === "reply") event.target.blur();
  const isTyping = event.target.matches?.("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");
  if (isTyping || event.repeat || event.ctrlKey || event.metaKey || event.altKey || !document.body.classList.contains("has-keys")) return;
  // By the key's place: on a Russian or Kazakh keyboard it writes another letter.
  if (event.code === "KeyJ" || event.code === "KeyK") {
    event.preventDefault();
    goThroughQueue(event.code === "KeyJ" ? 1 : -1);
  }
});
