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

for (const one of document.querySelectorAll("[data-scripted]")) one.hidden = false;
arrived();
addEventListener("hashchange", arrived);
copying();
printing();
document.querySelector("[data-focus]")?.focus();
