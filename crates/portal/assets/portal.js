// What the pages gain where scripts run. Everything but reading the fragment works without.

/** The token that a request's QR code brought behind the `#` (docs/spec/qr.md). It never leaves by itself. */
function arrived() {
  const box = document.querySelector("#bring textarea");
  const note = document.querySelector("[data-arrived]");
  const symbols = location.hash.slice(1);
  if (!box || !note || box.value !== "" || !/^[A-Z2-7]{64,32768}$/i.test(symbols)) return;
  box.value = `KEYFERRY:${symbols.toUpperCase()}`;
  note.querySelector("[data-length]").textContent =
    `${symbols.length.toLocaleString(document.documentElement.lang)} characters`;
  note.hidden = false;
  note.querySelector("h2").focus();
}

/** The secret of a link to begin with, behind the `#` for the same reason; it goes when the form is sent. */
function begun() {
  const box = document.querySelector("[data-from-address]");
  const secret = location.hash.slice(1);
  if (!box || !/^[A-Z2-7-]{32,40}$/i.test(secret)) return;
  box.value = secret;
  // Not left in the address bar and in the browser's history.
  history.replaceState(null, "", location.pathname);
}

function copying() {
  for (const button of document.querySelectorAll("[data-copy]")) {
    const text = document.getElementById(button.dataset.copy);
    const told = button.parentElement.querySelector("[data-copied]");
    button.hidden = false;
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.value);
        told.textContent = "Copied.";
      } catch {
        // Without TLS browsers keep the clipboard to themselves: the text is marked, to copy by hand.
        text.focus();
        text.select();
        told.textContent = "Marked; copy it with your keyboard.";
      }
    });
  }
}

function printing() {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

/** Frames a second from the full speed down (docs/spec/qr.md, Q9: never above five). */
const PACES = [1, 0.5, 0.25];
const MOST_A_SECOND = 5;

/** Shows the frames of a moving QR code one after the other, once somebody starts it. */
function moving(code, chosen) {
  const frames = [...code.querySelectorAll(".frames > li")];
  if (frames.length < 2) return;
  const find = (what) => code.querySelector(`[data-${what}]`);
  const [play, next, slower, told] = ["play", "next", "slower", "at"].map(find);
  const full = Math.min(Number(code.dataset.moving), MOST_A_SECOND);
  // Who asked for less motion begins with the slowest.
  let pace = chosen ?? (matchMedia("(prefers-reduced-motion: reduce)").matches ? PACES.length - 1 : 0);
  let at = 0;
  let timer;

  function show(number) {
    at = number % frames.length;
    // The next one is there before the last is gone: nothing flashes between them.
    frames[at].hidden = false;
    frames.forEach((frame, index) => (frame.hidden = index !== at));
  }
  function step() {
    show(at + 1);
    timer = setTimeout(step, 1000 / (full * PACES[pace]));
  }
  function speed() {
    slower.textContent = pace < PACES.length - 1 ? "Slower" : "Full speed";
  }
  function stop() {
    clearTimeout(timer);
    timer = undefined;
    play.textContent = "Start";
  }

  play.addEventListener("click", () => {
    if (timer !== undefined) {
      stop();
      told.textContent = `Stopped at part ${at + 1} of ${frames.length}.`;
      return;
    }
    play.textContent = "Stop";
    told.textContent = "Moving. Film it, or stop and take a picture of each part.";
    timer = setTimeout(step, 1000 / (full * PACES[pace]));
  });
  next.addEventListener("click", () => {
    stop();
    show(at + 1);
    told.textContent = `Part ${at + 1} of ${frames.length}.`;
  });
  slower.addEventListener("click", () => {
    pace = (pace + 1) % PACES.length;
    speed();
    const rate = full * PACES[pace];
    told.textContent = `${rate} ${rate === 1 ? "part" : "parts"} a second.`;
  });
  code.querySelector("form").addEventListener("submit", async (event) => {
    const form = event.target;
    const sent = new FormData(form, event.submitter);
    event.preventDefault();
    try {
      const answer = await fetch(form.action, { method: "POST", body: sent });
      if (!answer.ok) throw new Error(answer.statusText);
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const other = document.adoptNode(page.querySelector("[data-moving]"));
      stop();
      code.replaceWith(other);
      moving(other, pace);
      other.querySelector("[data-play]").focus();
      const parts = other.querySelectorAll(".frames > li").length;
      other.querySelector("[data-at]").textContent = `The code now has ${parts} parts.`;
    } catch {
      // The page of its own does the same.
      form.append(Object.assign(document.createElement("input"), {
        type: "hidden",
        name: "density",
        value: event.submitter.value,
      }));
      form.submit();
    }
  });

  code.classList.add("moves");
  speed();
  show(0);
  find("controls").hidden = false;
}

/** Presses of a button that come while its form is under way: the answer to the first one is waited for. */
const PATIENCE = 10_000;

/** A form that makes something and is pressed twice would show the answer to the second time only. */
function sentOnce() {
  for (const mark of document.querySelectorAll("form > input[name=mark]")) {
    let sent = -Infinity;
    mark.form.addEventListener("submit", (event) => {
      if (event.timeStamp - sent < PATIENCE) event.preventDefault();
      else sent = event.timeStamp;
    });
    // Back on the page as it was left, the button works at once.
    addEventListener("pageshow", () => (sent = -Infinity));
  }
}

for (const one of document.querySelectorAll("[data-scripted]")) one.hidden = false;
arrived();
begun();
addEventListener("hashchange", arrived);
addEventListener("hashchange", begun);
copying();
printing();
sentOnce();
document.querySelectorAll("[data-moving]").forEach((code) => moving(code));
document.querySelector("[data-focus]")?.focus();
