"use strict";
// The order of the pictures by dragging, with a mouse, a pen or a finger: a finger that rests takes the picture up, one
// that moves on scrolls the page. The buttons beside each picture do the same by keyboard, and without this file.

const HOLD_MS = 250;
const SLACK_PX = 6;
let dragged = null;

const takeUp = () => {
  dragged.isUp = true;
  dragged.item.classList.add("is-dragged");
};
const letGo = () => {
  const { item, timer, isUp, next, isOvertaken } = dragged;
  clearTimeout(timer);
  dragged = null;
  item.classList.remove("is-dragged");
  if (!isOvertaken && (!isUp || item.nextElementSibling === next)) return;
  // The server numbers them anew, and shows what it has made of it.
  const list = item.closest("[data-order]");
  const done = list.querySelector("[data-order-done]");
  if (done) done.click();
  else list.dispatchEvent(new CustomEvent("reordered", { bubbles: true }));
};

document.addEventListener("pointerdown", (event) => {
  const item = event.target.closest("[data-order] li");
  if (!item || dragged || event.button !== 0 || event.target.closest("button, input, a, label")) return;
  // What the page just asked for changes what may be asked next: its buttons rest so long, and so do the pictures.
  if (item.closest("[data-order]").querySelector("[data-order-done]:disabled")) return;
  const isMouse = event.pointerType === "mouse";
  dragged = { item, isMouse, pointer: event.pointerId, x: event.clientX, y: event.clientY, isUp: false, next: item.nextElementSibling,
    timer: isMouse ? 0 : setTimeout(takeUp, HOLD_MS) };
});
document.addEventListener("pointermove", (event) => {
  if (dragged?.pointer !== event.pointerId) return;
  if (!dragged.isUp) {
    if (Math.hypot(event.clientX - dragged.x, event.clientY - dragged.y) < SLACK_PX) return;
    if (!dragged.isMouse) return letGo();
    takeUp();
  }
  const over = document.elementFromPoint(event.clientX, event.clientY)?.closest("li");
  if (!over || over === dragged.item || over.parentElement !== dragged.item.parentElement) return;
  const box = over.getBoundingClientRect();
  const isBehind = event.clientX > box.left + box.width / 2;
  over.parentElement.insertBefore(dragged.item, isBehind ? over.nextSibling : over);
});
for (const end of ["pointerup", "pointercancel"]) {
  document.addEventListener(end, (event) => { if (dragged?.pointer === event.pointerId) letGo(); });
}
// An answer to what was done before a picture was taken up does not take it out of the hand: it is asked for once more.
document.addEventListener("htmx:beforeSwap", (event) => {
  if (!dragged || !event.detail.target.contains(dragged.item)) return;
  event.detail.shouldSwap = false;
  dragged.isOvertaken = true;
});
// A picture that is up keeps the page where it is; the browser's own dragging and its menu stay away from it.
document.addEventListener("touchmove", (event) => { if (dragged?.isUp) event.preventDefault(); }, { passive: false });
document.addEventListener("dragstart", (event) => { if (event.target.closest?.("[data-order] li")) event.preventDefault(); });
document.addEventListener("contextmenu", (event) => { if (dragged && !dragged.isMouse) event.preventDefault(); });
