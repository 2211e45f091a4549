"use strict";
// Files dropped or chosen go up by themselves. Without this file buttons do all of it.

document.documentElement.classList.add("has-script");

const formOfPost = () => document.getElementById("new-post");
const drafted = () => document.querySelector("[data-drop]").dataset.draft;

// The server keeps the draft, and sends the pictures and the preview anew. A later request takes an earlier one's place.
const showMedia = () =>
  htmx.ajax("POST", drafted(), { source: formOfPost(), target: "#media", swap: "outerHTML", values: {} }).catch(() => undefined);

const send = (file, drop) => new Promise((resolve, reject) => {
  const body = new FormData();
  body.append("file", file);
  const request = new XMLHttpRequest();
  request.open("POST", drop.dataset.drop);
  const token = JSON.parse(document.body.getAttribute("hx-headers"))["X-CSRFToken"];
  request.setRequestHeader("X-CSRFToken", token);
  request.setRequestHeader("Accept", "application/json");
  request.setRequestHeader("Accept-Language", document.documentElement.lang);
  const status = drop.querySelector("[data-status]");
  const busy = drop.dataset.busy.replace("{name}", file.name);
  status.textContent = busy;
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) status.textContent = `${busy} ${Math.round((event.loaded / event.total) * 100)} %`;
  });
  request.addEventListener("load", () => {
    let told = {};
    try { told = JSON.parse(request.responseText); } catch { /* no answer of ours */ }
    if (request.status === 201) resolve(told.url);
    else reject(new Error(told.detail ? `${file.name}: ${told.detail}` : drop.dataset.failed.replace("{name}", file.name)));
  });
  request.addEventListener("error", () => reject(new Error(drop.dataset.failed.replace("{name}", file.name))));
  request.send(body);
});

const upload = async (files) => {
  const drop = document.querySelector("[data-drop]");
  const problems = [];
  for (const file of files) {
    try {
      const url = await send(file, drop);
      const field = Object.assign(document.createElement("input"), { type: "hidden", name: "media", value: url });
      drop.append(field);
    } catch (error) {
      problems.push(error.message);
    }
  }
  await showMedia();
  const shown = document.querySelector("[data-drop]");
  shown.querySelector("[data-status]").textContent = problems.length < files.length ? shown.dataset.done : "";
  shown.querySelector("[data-problem]").textContent = problems.join(" ");
};

document.addEventListener("change", (event) => {
  if (event.target.id === "files" && event.target.files.length) {
    const files = [...event.target.files];
    event.target.value = "";
    upload(files);
  }
  if (event.target.matches("[data-audience]")) {
    // A choice that was made earlier gives way to the one that is made now.
    event.target.closest(".audience").querySelectorAll("[data-earlier]").forEach((field) => field.remove());
  }
  judge();
});
document.addEventListener("input", (event) => {
  const chooses = event.target.dataset?.chooses;
  if (chooses && event.target.value) document.getElementById(chooses).checked = true;
});

// TikTok's rules: branded content is never private, and what a creator has switched off cannot be switched on.
const judge = () => {
  const form = formOfPost();
  if (!form) return;
  const named = (name) => form.elements.namedItem(name);
  const branded = named("disclose").checked && named("branded").checked;
  const audiences = [...form.querySelectorAll("[data-audience]")];
  audiences.forEach((select) => {
    const onlyMe = select.querySelector("option[data-private]");
    if (!onlyMe) return;
    onlyMe.disabled = branded;
    if (branded && onlyMe.selected) select.value = "";
  });
  named("branded").disabled = audiences.some((select) => select.value === "SELF_ONLY") && !branded;
  const barred = (mark) => audiences.length > 0 && audiences.every((select) => select.hasAttribute(mark));
  for (const [name, mark] of [["allow_comment", "data-no-comment"], ["allow_duet", "data-no-duet"], ["allow_stitch", "data-no-stitch"]]) {
    const box = named(name);
    if (!box) continue;
    box.disabled = barred(mark);
    if (box.disabled) box.checked = false;
  }
  const incomplete = named("disclose").checked && !named("branded").checked && !named("your_brand").checked;
  const button = form.querySelector("[data-send]");
  button.disabled = incomplete && !named("ask_approval")?.checked;
  button.title = button.disabled ? form.querySelector(".label-none").textContent : "";
};
document.addEventListener("DOMContentLoaded", judge);

// Whoever has chosen no zone of their own writes times as this browser's clock shows them.
document.addEventListener("DOMContentLoaded", () => {
  const hint = document.querySelector("[data-zone-hint]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!hint || !zone) return;
  formOfPost().elements.namedItem("zone").value = zone;
  hint.textContent = hint.dataset.zoneHint.replace("{zone}", zone);
});
document.addEventListener("htmx:afterSettle", (event) => {
  const earlier = event.target.closest?.(".audience")?.querySelector("[data-earlier]");
  const select = earlier?.parentElement.querySelector("select");
  if (select && [...select.options].some((option) => option.value === earlier.value)) {
    select.value = earlier.value;
    earlier.remove();
  }
  judge();
});

// Files from elsewhere are dropped on the card; in which order the pictures stand, order.js tells.
document.addEventListener("reordered", showMedia);
const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
document.addEventListener("dragover", (event) => {
  const drop = document.querySelector("[data-drop]");
  if (!drop || !carriesFiles(event)) return;
  event.preventDefault();
  drop.classList.add("is-over");
});
document.addEventListener("dragleave", (event) => {
  if (!event.relatedTarget) document.querySelector("[data-drop]")?.classList.remove("is-over");
});
document.addEventListener("drop", (event) => {
  const drop = document.querySelector("[data-drop]");
  if (!drop || !carriesFiles(event)) return;
  event.preventDefault();
  drop.classList.remove("is-over");
  upload([...event.dataTransfer.files]);
});
