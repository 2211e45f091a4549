"use strict";
// A post is moved by drag or by keys; both fill in and press the form that stands in it for everybody.

const DAY = 24 * 60;

// Reckoned without any zone: the server reads the time in the calendar's own.
const shifted = (at, minutes) => {
  const moment = new Date(`${at}:00Z`);
  moment.setUTCMinutes(moment.getUTCMinutes() + minutes);
  return moment.toISOString().slice(0, 16);
};
const moveTo = (entry, at) => {
  if (at === entry.dataset.at) return;
  const form = entry.querySelector("form");
  form.elements.namedItem("at").value = at;
  form.requestSubmit();
};

let carried = null;
const dayUnder = (event) => event.target.closest?.("[data-day]");
const unmark = () => document.querySelectorAll(".is-target").forEach((day) => day.classList.remove("is-target"));

document.addEventListener("dragstart", (event) => {
  carried = event.target.closest?.(".entry[data-at]") ?? null;
  if (!carried) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", carried.id);
  carried.classList.add("is-dragged");
});
document.addEventListener("dragover", (event) => {
  const day = dayUnder(event);
  if (!carried || !day) return;
  event.preventDefault();
  unmark();
  day.classList.add("is-target");
});
document.addEventListener("drop", (event) => {
  const day = dayUnder(event);
  if (!carried || !day) return;
  event.preventDefault();
  moveTo(carried, `${day.dataset.day}T${carried.dataset.at.slice(11)}`);
});
document.addEventListener("dragend", () => {
  carried?.classList.remove("is-dragged");
  carried = null;
  unmark();
});

const STEPS = { ArrowLeft: -DAY, ArrowRight: DAY };
document.addEventListener("keydown", (event) => {
  const entry = event.target.closest?.(".entry[data-at]");
  if (!entry || !event.shiftKey || event.target.matches("input")) return;
  const upAndDown = entry.closest(".is-month") ? 7 * DAY : 15;
  const minutes = { ...STEPS, ArrowUp: -upAndDown, ArrowDown: upAndDown }[event.key];
  if (minutes === undefined) return;
  event.preventDefault();
  moveTo(entry, shifted(entry.dataset.at, minutes));
});
