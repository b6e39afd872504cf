// What the pages do in the browser: buttons inside a conversation, editing in place, and noticing changes.
(() => {
  "use strict";
  const LOOK_EVERY = 2500; // milliseconds between two looks for changes, only while the page is visible
  const AWAKE_EVERY = 1000; // milliseconds between two words to the app that somebody types
  const HERE_EVERY = 20000; // ... and that somebody uses the page
  const STILL = 6000; // a reply that has not grown for so long may have lost its connection
  const TEXTS = window.homegrownTexts;
  const find = (selector, root = document) => root.querySelector(selector);
  // {id, action, label, text, first, sent}: what is being edited survives a redraw, and stays until the app has taken it.
  let draft = null;
  let wishes = 0;
  let grewAt = 0;

  // Speaking to the app: a hidden box holds the wish, a hidden button sends it.

  function hand(name, text) {
    fill(find(`#${name} textarea, #${name} input`), text);
    find(`#${name}-go`).click();
  }

  function fill(box, text) {
    const set = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(box), "value").set;
    set.call(box, text);
    box.dispatchEvent(new Event("input", { bubbles: true }));
  }

  function wish(action, on, text = "") {
    wishes += 1;
    hand("wish", JSON.stringify({ do: action, on, text, number: wishes }));
    return wishes;
  }

  // A file that was chosen is posted; what the app found in it is handed to the page.
  async function bring(field) {
    const { most, tooLarge, post, into, lost } = field.dataset;
    const [file] = field.files;
    const told = field.closest("label").nextElementSibling;
    told.textContent = file.size > Number(most) ? tooLarge : "";
    if (file.size > Number(most)) return;
    try {
      const answer = await fetch(post, { method: "POST", headers: { "content-type": "application/octet-stream" }, body: file });
      const found = await answer.json();
      if (found.error) told.textContent = found.error;
      else hand(into, JSON.stringify(found));
    } catch {
      told.textContent = lost;
    }
    field.value = ""; // so that the same file can be chosen again
  }

  // What is ticked in the group in which a button stands
  const ticked = (button) => [...button.closest("fieldset").querySelectorAll(":checked")].map((box) => box.value);

  const key = (item) => (item ? item.id.slice(2) : "");

  async function copied(button, text) {
    await navigator.clipboard.writeText(text);
    say(TEXTS.copied);
    button.classList.add("done");
    setTimeout(() => button.classList.remove("done"), 1200);
  }

  async function written(item) {
    try {
      const answer = await fetch("/reply/" + key(item));
      if (answer.ok) return (await answer.json()).text;
    } catch {
      // the app is away: what the page shows must do
    }
    const shown = find(".yours", item) ?? find(".model", item);
    return shown.innerText.replace(shown.firstElementChild.innerText.trim(), "").trim(); // without "Your model said:"
  }

  async function pressed(button) {
    const action = [...button.classList].find((name) => name.startsWith("do-")).slice(3);
    const item = button.closest(".item");
    const question = find(".ask", button);
    if (question && !window.confirm(question.textContent)) return;
    if (action === "copy") return copied(button, await written(item));
    if (action === "copy-code") return copied(button, find("code", button.closest("pre")).innerText);
    if (action === "attach") return choose();
    if (action === "drawer") return drawer(!find("#side").classList.contains("open"));
    if (action === "better") return edit(item.id, action, TEXTS.better, await written(item));
    if (action === "comment") return edit(item.id, action, TEXTS.comment, find(".comment", item)?.textContent ?? "");
    if (action === "edit") return edit(item.id, action, TEXTS.edit, find(".text", item).textContent);
    if (action === "merge") return merging({ id: key(item), text: find(".text", item).textContent });
    if (action === "merge-stop") return merging(null);
    if (action === "merge-with") return merge(item);
    if (action === "bring-ticked") return hand("bring-picked", ticked(button).join(" "));
    if (action === "bring-none") return hand("bring-picked", "");
    if (action === "open") drawer(false);
    pressedLast = item && document.activeElement === button ? { id: item.id, action } : null;
    wish(action, key(item));
  }

  // A redraw takes the button away that was pressed: whoever uses the keyboard goes on from the one in its place.
  function refocus() {
    const again = pressedLast && find(`.do-${pressedLast.action}`, document.getElementById(pressedLast.id) ?? undefined);
    if (!again || document.activeElement === again) return;
    if (document.activeElement === document.body) again.focus({ preventScroll: true });
    pressedLast = null;
  }
  let pressedLast = null;

  // Sending empties the box once the app has taken the words: what was typed meanwhile is put back.

  function sending() {
    const box = find("#box textarea");
    sent = { words: box.value, typed: box.value };
  }

  function keepTyped() {
    const box = find("#box textarea");
    if (!sent || !box || box.value) return;
    const { words, typed } = sent;
    sent = null;
    const more = typed.startsWith(words) ? typed.slice(words.length) : typed;
    if (more) fill(box, more);
  }
  let sent = null;

  // Editing in place

  function edit(id, action, label, text) {
    draft = { id, action, label, text, first: text, sent: null };
    find(".editor")?.remove();
    openEditor(true);
  }

  // Merging two facts: one is chosen, then the other; both stand in the editor.

  function merging(fact) {
    first = fact;
    const page = find(".page-column");
    page.classList.toggle("merging", Boolean(fact));
    find(".merging-text").textContent = fact ? fact.text : "";
    if (fact) find(".merging-note").scrollIntoView({ block: "nearest" });
  }
  let first = null;

  function merge(item) {
    const { id, text } = first;
    merging(null);
    if (id !== key(item)) edit(item.id, "merge-" + id, TEXTS.merge, text + " " + find(".text", item).textContent);
  }

  function openEditor(focus) {
    const item = document.getElementById(draft.id);
    if (!item || find(".editor", item)) return;
    const editor = document.createElement("div");
    editor.className = "editor";
    const label = document.createElement("label");
    label.textContent = draft.label;
    const area = document.createElement("textarea");
    area.autocomplete = "off"; // see `unkept`
    area.value = draft.text;
    area.rows = Math.min(14, Math.max(draft.action === "better" ? 4 : 2, draft.text.split("\n").length + 1));
    area.addEventListener("input", () => (draft.text = area.value));
    area.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && draft.text === draft.first) close(true); // what was typed is dropped by Cancel alone
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey || /^edit$|^merge-/.test(draft.action))) {
        event.preventDefault();
        save();
      }
    });
    label.append(area);
    const row = document.createElement("div");
    row.className = "editor-row";
    row.append(plain(TEXTS.save, "primary", save), plain(TEXTS.cancel, "", () => close(true)));
    editor.append(label, row);
    item.append(editor);
    if (focus) {
      area.focus();
      editor.scrollIntoView({ block: "nearest" });
    }
  }

  function plain(text, look, run) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "plain " + look;
    button.textContent = text;
    button.addEventListener("click", run);
    return button;
  }

  function save() {
    const { id, action, text } = draft;
    draft.sent = { number: wish(action, id.slice(2), text), text };
  }

  // The app echoes the number of a wish that it has fulfilled. Of a refused one it shows why, and the editor stays open.
  function taken() {
    const { sent, text } = draft;
    if (!sent || sent.text !== text || Number(find("#fulfilled")?.textContent) !== sent.number) return;
    const focused = document.activeElement;
    close(focused === document.body || Boolean(focused.closest(".editor")));
  }

  function close(back) {
    const item = document.getElementById(draft.id);
    const opener = item && find(".do-" + draft.action, item);
    draft = null;
    find(".editor")?.remove();
    if (back && opener) opener.focus();
  }

  // The drawer with conversations, on a phone

  function drawer(open) {
    find("#side")?.classList.toggle("open", open);
    find(".drawer-button")?.setAttribute("aria-expanded", String(open));
    if (open) find("#new")?.focus();
  }

  // Attaching documents to the conversation

  function choose() {
    const input = document.createElement("input");
    input.type = "file";
    input.multiple = true;
    input.accept = TEXTS.kinds;
    input.addEventListener("change", () => attach([...input.files]));
    input.click();
  }

  async function attach(files) {
    const place = opened ?? "";
    let conversation = place;
    for (const file of files) {
      attaching(TEXTS.reading.replace("{name}", file.name));
      const told = await attached(file, conversation);
      conversation = told.conversation ?? conversation;
      attaching(told.said ?? told.error);
      if (told.error) break;
    }
    if (conversation !== place && (opened ?? "") === place) wish("open", conversation);
    else find("#refresh")?.click();
    find("#box textarea")?.focus();
  }

  async function attached(file, conversation) {
    if (file.size > TEXTS.largest) return { error: TEXTS.tooLarge.replace("{name}", file.name) };
    const address = "/attach?" + new URLSearchParams({ c: conversation, name: file.name });
    const headers = { "Content-Type": "application/octet-stream" };
    try {
      return await (await fetch(address, { method: "POST", headers, body: file })).json();
    } catch {
      return { error: TEXTS.notRead.replace("{name}", file.name) }; // the app is away, or the session has ended
    }
  }

  // What becomes of a document; it stays until something is sent.
  function attaching(sentence) {
    let line = find("#attaching");
    if (!line && sentence) {
      line = document.createElement("div");
      line.id = "attaching";
      line.append(Object.assign(document.createElement("p"), { className: "notice" }));
      find("#composer").prepend(line);
    }
    if (line) sentence ? (line.firstChild.textContent = sentence) : line.remove();
    if (sentence) say(sentence);
  }

  const carries = (event) => Boolean(find("#attach")) && [...(event.dataTransfer?.types ?? [])].includes("Files");

  // The first stop of the Tab key leads past the bar and the list of conversations.
  function skip() {
    const link = document.createElement("a");
    link.className = "skip";
    link.href = "#content";
    link.textContent = TEXTS.skip;
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const target = find("#box textarea") ?? find(".page-column");
      if (target.tabIndex < 0) target.tabIndex = -1;
      target.focus();
    });
    return link;
  }

  // Telling a screen reader what a sighted person sees happen

  function say(sentence) {
    let region = find("#announce");
    if (!region) {
      region = document.createElement("div");
      region.id = "announce";
      region.className = "sr";
      region.setAttribute("role", "status");
      find(".gradio-container").append(region);
    }
    region.textContent = sentence;
  }

  // After each redraw

  let writing = "";
  let bottom = true;
  let composer = null;
  // What lies under the composer stays within reach, however much stands in it: page.css reads its height.
  const height = new ResizeObserver(() => {
    document.documentElement.style.setProperty("--hg-composer", `${composer.offsetHeight}px`);
    if (bottom && find("#history")) scrollTo(0, document.documentElement.scrollHeight);
  });

  // Browsers write what is typed into their profile, to restore it one day; it would be read there by whoever comes next.
  function unkept() {
    for (const box of document.querySelectorAll('textarea:not([autocomplete="off"]), input:not([autocomplete="off"])'))
      box.autocomplete = "off";
  }

  // Never what was said: browsers keep the titles of pages.
  function named() {
    const title = `${find(".page-column h1")?.textContent ?? TEXTS.chat} · ${TEXTS.product}`;
    if (document.title !== title) document.title = title;
  }

  function drawn(changes) {
    unkept();
    named();
    if (changes.every((change) => change.target.closest?.("#announce, .editor, .away"))) return;
    if (find("#composer") !== composer) {
      height.disconnect();
      composer = find("#composer");
      if (composer) height.observe(composer);
    }
    if (draft) taken();
    if (draft) openEditor(false);
    refocus();
    keepTyped();
    for (const id of ["notice", "news", "persona-said", "programs-said"]) {
      const place = document.getElementById(id);
      if (place && !place.hasAttribute("aria-live")) place.setAttribute("aria-live", "polite");
    }
    const live = find("#live .writing");
    if (live) grewAt = Date.now();
    if (live && !writing) say(TEXTS.writing);
    if (!live && writing) say(TEXTS.complete + " " + (find("#history .turn:last-child .model")?.innerText ?? "").slice(0, 600));
    const now = live ? live.id : "";
    if (now && now !== writing) {
      bottom = true;
      attaching("");
    }
    writing = now;
    const shown = find("#history .thread")?.id.slice(2) ?? (find("#history .welcome") ? "" : null);
    if (shown !== null && shown !== opened) {
      const address = new URL(location.href);
      address.searchParams.set("c", shown);
      history.replaceState(null, "", address);
      if (opened !== null || shown) bottom = true;
      opened = shown;
    }
    const sought = new URLSearchParams(location.search).get("t");
    const there = sought && document.getElementById("t-" + sought);
    if (there && !there.classList.contains("sought")) reach(there);
    else if (bottom && find("#history")) scrollTo(0, document.documentElement.scrollHeight);
  }
  let opened = null;

  // The turn that a link names, for instance "Why do you think so?"
  function reach(turn) {
    turn.classList.add("sought");
    turn.tabIndex = -1;
    turn.focus();
    turn.scrollIntoView({ block: "center" });
    bottom = false;
  }

  function away(sentence) {
    let banner = find(".away");
    if (sentence && !banner) {
      banner = document.createElement("p");
      banner.className = "away";
      banner.setAttribute("role", "alert");
      find(".gradio-container").append(banner);
    }
    if (banner) sentence ? (banner.textContent = sentence) : banner.remove();
  }

  async function look() {
    if (document.visibilityState !== "visible") return;
    let answer = null;
    try {
      answer = await fetch("/pulse", { cache: "no-store" });
    } catch {
      return away(TEXTS.closed);
    }
    if (answer.status === 401 && answer.headers.has("www-authenticate")) return location.replace("/?left"); // to sign in
    if (!answer.ok) return away(TEXTS.signedOut);
    if (find(".away") && !draft && !find("#box textarea")?.value) return location.reload(); // back after a restart
    away("");
    const { stamps } = await answer.json();
    const stamp = find("#stamp")?.textContent.trim();
    const changed = stamp && !stamps.includes(stamp);
    const busy = draft || (find("#live .writing") && Date.now() - grewAt < STILL);
    if (find("#machine") || (changed && !busy)) find("#refresh")?.click();
  }

  // A key press makes a night that is learning pause before anything is sent.
  function awake() {
    if (Date.now() - awokeAt < AWAKE_EVERY) return;
    awokeAt = Date.now();
    fetch("/awake", { method: "POST" }).catch(() => {}); // the app is away: `look` says so
  }
  let awokeAt = 0;

  // Whoever uses the page is not signed out for being idle. What the page does by itself does not count.
  function here() {
    if (Date.now() - hereAt < HERE_EVERY) return;
    hereAt = Date.now();
    fetch("/here", { method: "POST" }).catch(() => {});
  }
  let hereAt = Date.now();

  // Gradio would open a link to a conversation in another tab.
  function stay(event, link) {
    event.preventDefault();
    location.assign(link.href);
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.(".act");
    const link = event.target.closest?.('.prose a[href^="/?"]');
    if (event.target.closest?.("#send")) sending();
    if (button) pressed(button);
    else if (link && !event.ctrlKey && !event.metaKey) stay(event, link);
    else if (find("#side.open") && (event.target.closest?.("#new") || !event.target.closest?.("#side"))) drawer(false);
  });
  document.addEventListener("dragover", (event) => carries(event) && event.preventDefault());
  document.addEventListener("drop", (event) => {
    if (!carries(event)) return;
    event.preventDefault(); // else the browser would open the file in place of the page
    attach([...event.dataTransfer.files]);
  });
  document.addEventListener("change", (event) => event.target.dataset?.post && event.target.files.length && bring(event.target));
  document.addEventListener("keydown", awake);
  document.addEventListener("input", (event) => sent && event.target.closest("#box") && (sent.typed = event.target.value));
  for (const kind of ["keydown", "pointerdown", "wheel", "touchmove"]) document.addEventListener(kind, here, { passive: true });
  document.addEventListener(
    "keydown",
    (event) => event.key === "Enter" && !event.shiftKey && !event.isComposing && event.target.closest?.("#box") && sending(),
    true,
  );
  document.addEventListener("keydown", (event) => event.key === "Escape" && find("#side.open") && drawer(false));
  addEventListener("scroll", () => (bottom = innerHeight + scrollY > document.documentElement.scrollHeight - 120), { passive: true });
  document.addEventListener("visibilitychange", look);
  addEventListener("DOMContentLoaded", start);
  if (document.readyState !== "loading") start();

  function start() {
    if (start.done) return;
    start.done = true;
    unkept();
    document.body.prepend(skip());
    new MutationObserver(drawn).observe(document.body, { childList: true, subtree: true, characterData: true });
    setInterval(look, LOOK_EVERY);
  }
})();
