"use strict";
// Conveniences only: every page works without this file.

const each = (root, selector, act) => {
  if (root.matches?.(selector)) act(root);
  root.querySelectorAll(selector).forEach(act);
};

// Times: the server writes UTC, the reader's clock is elsewhere.
const showLocalTime = (element) => {
  const moment = new Date(element.dateTime);
  if (Number.isNaN(moment.getTime())) return;
  const language = document.documentElement.lang;
  // Browsers are shipped without Kazakh month names; the numeric form is the same in Kazakh and Russian.
  const format = language === "kk"
    ? new Intl.DateTimeFormat("ru", { day: "2-digit", month: "2-digit", year: "numeric", hour: "2-digit", minute: "2-digit" })
    : new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" });
  element.textContent = format.format(moment);
};

// Lengths as TikTok counts them: a JavaScript string's length is UTF-16 units too.
const watchLength = (field) => {
  const hint = document.getElementById(field.getAttribute("aria-describedby"));
  const limit = Number(field.dataset.limit);
  if (!hint || !limit || field.dataset.watched) return;
  field.dataset.watched = "yes";
  const text = hint.textContent;
  const count = () => {
    hint.textContent = `${field.value.length} / ${limit} · ${text}`;
    hint.classList.toggle("is-over", field.value.length > limit);
  };
  field.addEventListener("input", count);
  count();
};

// TikTok's rules for disclosed content: something must be ticked, and branded content is never private.
const judgeApproval = (form) => {
  const named = (name) => form.elements.namedItem(name);
  const audience = named("privacy_level");
  const button = form.querySelector("[data-approve]");
  const discloses = named("disclose").checked;
  const branded = discloses && named("branded").checked;
  const incomplete = discloses && !branded && !named("your_brand").checked;
  const onlyMe = form.querySelector("option[data-private]");
  if (onlyMe) {
    onlyMe.disabled = branded;
    if (branded && onlyMe.selected) audience.value = "";
  }
  const note = form.querySelector("[data-private-note]");
  const isPrivate = Boolean(audience) && audience.value === "SELF_ONLY";
  named("branded").disabled = isPrivate && !branded;
  if (note) note.hidden = !(branded || (isPrivate && discloses));
  button.disabled = !audience || !audience.value || incomplete;
  button.title = incomplete ? form.querySelector(".label-none").textContent : "";
  tellWhy(form, audience, incomplete);
};

// The carousel can be swiped; with a mouse, arrows are nearer.
const stepThrough = (frame) => {
  const strip = frame.querySelector(".carousel");
  const buttons = [...frame.querySelectorAll("[data-slide]")];
  const judge = () => {
    const end = strip.scrollWidth - strip.clientWidth;
    buttons.forEach((button) => {
      button.hidden = end < 8;
      button.disabled = button.dataset.slide < 0 ? strip.scrollLeft < 8 : strip.scrollLeft > end - 8;
    });
  };
  buttons.forEach((button) => button.addEventListener("click", () => {
    strip.scrollBy({ left: button.dataset.slide * strip.firstElementChild.offsetWidth, behavior: "smooth" });
  }));
  strip.addEventListener("scroll", judge, { passive: true });
  addEventListener("resize", judge);
  judge();
};

// A button that does nothing says what it waits for.
const tellWhy = (form, audience, incomplete) => {
  const why = form.querySelector("[data-approve-why]");
  if (!why) return;
  if (!audience) why.textContent = why.dataset.noCreator;
  else if (incomplete) why.textContent = why.dataset.noKind;
  else why.textContent = audience.value ? "" : why.dataset.noAudience;
};

// What is not folded needs no way to see the rest. A fold that somebody has opened stays so, also where the preview comes
// anew while they type.
let isUnfolded = false;
document.addEventListener("toggle", (event) => {
  if (event.target.matches("[data-fold]")) isUnfolded = event.target.open;
}, true);
const judgeFold = (fold) => {
  const text = fold.previousElementSibling;
  fold.hidden = false;
  if (isUnfolded) fold.open = true;
  fold.hidden = !fold.open && text.scrollHeight <= text.clientHeight + 2;
};

// The preview says what is typed, as it is typed.
const mirror = (field) => {
  const shown = document.getElementById(field.dataset.mirror);
  if (!shown || field.dataset.mirrored) return;
  field.dataset.mirrored = "yes";
  const show = () => {
    shown.textContent = field.value;
    shown.classList.toggle("is-empty", !field.value.trim());
    if (shown.nextElementSibling?.matches("[data-fold]")) judgeFold(shown.nextElementSibling);
  };
  field.addEventListener("input", show);
  show();
};

// Swiping through the pictures: which one it is, and buttons for those who do not swipe.
const watchReel = (reel) => {
  const screen = reel.parentElement;
  const count = screen.querySelector("[data-reel-count]");
  const buttons = screen.querySelectorAll("[data-reel-step]");
  if (!count) return;
  const last = reel.children.length - 1;
  const now = () => Math.round(Math.abs(reel.scrollLeft) / reel.clientWidth);
  const tell = () => {
    count.textContent = `${now() + 1} / ${last + 1}`;
    buttons.forEach((button) => { button.hidden = Number(button.dataset.reelStep) < 0 ? now() === 0 : now() === last; });
  };
  buttons.forEach((button) => button.addEventListener("click", () => {
    const way = getComputedStyle(reel).direction === "rtl" ? -1 : 1;
    reel.scrollBy({ left: way * Number(button.dataset.reelStep) * reel.clientWidth, behavior: "smooth" });
  }));
  reel.addEventListener("scroll", tell, { passive: true });
  tell();
};

// Single keys: only while nobody types, and only where they are wanted.
const KEYS_OFF = "keys-off";
const offerKeys = (card) => {
  card.hidden = false;
  const box = card.querySelector("[data-keys-on]");
  box.checked = localStorage.getItem(KEYS_OFF) === null;
  document.body.classList.toggle("has-keys", box.checked);
};
const switchKeys = (box) => {
  if (box.checked) localStorage.removeItem(KEYS_OFF);
  else localStorage.setItem(KEYS_OFF, "yes");
  document.body.classList.toggle("has-keys", box.checked);
};
const pressKey = (event) => {
  const isTyping = event.target.matches?.("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]");
  if (!document.body.classList.contains("has-keys") || isTyping || event.repeat) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  // By the key's place as well: on a Russian or Kazakh keyboard it writes another letter.
  const letter = /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : event.code.replace("Key", "").toLowerCase();
  const wanted = [...document.querySelectorAll("[data-key]")].find((element) => element.dataset.key === letter);
  if (!wanted) return;
  event.preventDefault();
  if (wanted.matches("textarea")) {
    wanted.focus();
    wanted.setSelectionRange(wanted.value.length, wanted.value.length);
  } else wanted.click();
};
document.addEventListener("keydown", pressKey);

const copyText = async (button) => {
  const field = document.getElementById(button.dataset.copy);
  field.focus();
  field.select();
  try {
    await navigator.clipboard.writeText(field.value);
    button.textContent = button.dataset.copied;
  } catch {
    // Without permission the text stays selected: Ctrl+C does it.
  }
};

const insertText = (button) => {
  const field = document.getElementById(button.dataset.into);
  field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  field.focus();
  field.dispatchEvent(new Event("input", { bubbles: true }));
};

// A page that answered a POST: reloading it must show the page, not do the thing again.
const settleAddress = (element) => history.replaceState(null, "", element.dataset.address);

// A Kazakh ending hangs on a foreign name by a hyphen, where a line would break. Such a word is kept whole here: another
// character for the hyphen would not be found by who searches the page, and is read out by some readers of screens.
const WITH_ENDING = /[A-Za-z0-9]{1,20}-[\u0400-\u04ff]{1,20}/;
const keepWhole = (text) => {
  const found = WITH_ENDING.exec(text.data);
  if (!found || !text.parentElement || text.parentElement.closest("textarea, option, script, style, .whole")) return;
  // There each piece would stand apart.
  if (/flex|grid/.test(getComputedStyle(text.parentElement).display)) return;
  const word = text.splitText(found.index);
  const rest = word.splitText(found[0].length);
  const whole = document.createElement("span");
  whole.className = "whole";
  word.replaceWith(whole);
  whole.append(word);
  keepWhole(rest);
};
const keepEndings = (root) => {
  if (document.documentElement.lang !== "kk") return;
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const texts = [];
  while (walker.nextNode()) if (WITH_ENDING.test(walker.currentNode.data)) texts.push(walker.currentNode);
  texts.forEach(keepWhole);
};

const prepare = (root) => {
  keepEndings(root.body ?? root);
  each(root, "time[data-local]", showLocalTime);
  each(root, "[data-limit]", watchLength);
  each(root, "[data-needless-with-script]", (element) => { element.hidden = true; });
  each(root, "[data-copy], [data-insert], [data-print]", (element) => { element.hidden = false; });
  each(root, "[data-address]", settleAddress);
  each(root, "[data-fold]", judgeFold);
  each(root, "[data-mirror]", mirror);
  each(root, "[data-reel]", watchReel);
  each(root, "[data-keys-card]", offerKeys);
  each(root, "#screen-error", (element) => element.focus());
  each(root, "[data-carousel]", stepThrough);
  document.querySelectorAll("form.approve").forEach(judgeApproval);
};

// From the next page on days and times are the reader's own, also where a page is made of days, as the calendar is.
document.cookie = `newsreel-zone=${Intl.DateTimeFormat().resolvedOptions().timeZone || ""}; path=/; max-age=31536000; samesite=lax`;

// Deferred: the whole page is there, and nothing of it has been drawn yet.
prepare(document.body);
document.addEventListener("htmx:load", (event) => prepare(event.target));

document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (form?.matches("form.approve")) judgeApproval(form);
  if (event.target.matches("[data-keys-on]")) switchKeys(event.target);
  if (form?.hasAttribute("data-autosubmit")) form.requestSubmit();
});
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
  const button = event.target.closest("[data-copy]");
  if (button) copyText(button);
  const variable = event.target.closest("[data-insert]");
  if (variable) insertText(variable);

  // Back to the list as it was left, where one came from there.
  const back = event.target.closest("[data-back]");
  if (back && !event.metaKey && !event.ctrlKey && document.referrer && new URL(document.referrer).origin === location.origin
    && new URL(document.referrer).pathname === back.dataset.back) {
    event.preventDefault();
    history.back();
  }
});
document.addEventListener("submit", (event) => {
  const question = event.target.dataset.confirm;
  if (question && !window.confirm(question)) event.preventDefault();
});
// A picture that is gone leaves a quiet box instead of a broken one. Errors of pictures do not bubble.
document.addEventListener("error", (event) => {
  if (event.target instanceof HTMLImageElement) event.target.classList.add("is-missing");
}, true);

// What is typed is kept in this tab: when a login ends meanwhile, the form is filled in again after the next one.
// Passwords, files and hidden fields are never kept, and what the server has taken is forgotten.
const LOGIN = "/admin/login";
const draftOf = (form) => `draft:${location.pathname}:${form.getAttribute("action")}`;
const isKept = (field) => field.name && field.type && !["hidden", "password", "file", "submit", "button"].includes(field.type)
  && field.autocomplete !== "one-time-code";
const isTicked = (field) => field.type === "checkbox" || field.type === "radio";
const keepDraft = (form) => {
  const typed = [...form.elements].filter(isKept).map((field) => isTicked(field) ? field.checked : field.value);
  sessionStorage.setItem(draftOf(form), JSON.stringify(typed));
};
const fillIn = (form, typed) => {
  const fields = [...form.elements].filter(isKept);
  if (fields.length !== typed.length) return;
  fields.forEach((field, at) => {
    if (isTicked(field)) field.checked = typed[at];
    else field.value = typed[at];
  });
  const folded = form.closest("details");
  if (folded) folded.open = true;
};
const settleDrafts = () => {
  if (location.pathname.startsWith(LOGIN)) return;
  const comesFromLogin = document.referrer && new URL(document.referrer).pathname.startsWith(LOGIN);
  document.querySelectorAll("form[method=post]").forEach((form) => {
    const kept = sessionStorage.getItem(draftOf(form));
    if (kept && comesFromLogin) fillIn(form, JSON.parse(kept));
    sessionStorage.removeItem(draftOf(form));
  });
};
document.addEventListener("DOMContentLoaded", settleDrafts);
document.addEventListener("input", (event) => {
  const form = event.target.form;
  if (form?.method === "post" && !location.pathname.startsWith(LOGIN)) keepDraft(form);
});
