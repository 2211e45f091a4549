// The order of the pictures by dragging. The buttons beside each do the same by keyboard, on a phone, and without script.

"use strict";

let moved = null;
const itemOf = (event) => event.target.closest?.("[data-order] li") ?? null;

document.addEventListener("dragstart", (event) => {
  moved = itemOf(event);
  if (!moved) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", "");
  moved.classList.add("is-dragged");
});
document.addEventListener("dragover", (event) => {
  const over = itemOf(event);
  if (!moved || !over || over.parentElement !== moved.parentElement) return;
  event.preventDefault();
  if (over === moved) return;
  const box = over.getBoundingClientRect();
  const isBehind = event.clientX > box.left + box.width / 2;
  over.parentElement.insertBefore(moved, isBehind ? over.nextSibling : over);
});
document.addEventListener("dragend", () => {
  if (!moved) return;
  const list = moved.closest("[data-order]");
  moved.classList.remove("is-dragged");
  moved = null;
  // The server numbers them anew, and shows the post as it is then.
  list.querySelector("[data-order-done]").click();
});
