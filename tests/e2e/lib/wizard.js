// The wizard in a real window, driven by WebDriver; things are found as people find them, by role and name.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

import { By, Capabilities, Key, WebDriver } from "selenium-webdriver";
import { HttpClient } from "selenium-webdriver/http/index.js";
import { Executor } from "selenium-webdriver/lib/http.js";

import { descendants, end, isAlive } from "./processes.js";
import { path } from "./programs.js";

/** Where screenshots go. */
export const OUT = join(import.meta.dirname, "..", "out");
/** Longer than anything here takes on a busy machine. */
const PATIENCE = 20_000;
/** Which elements may have a role. */
const CANDIDATES = {
  alert: "[role=alert]",
  article: "article",
  button: "button",
  combobox: "select",
  dialog: "dialog",
  group: "[role=group], details",
  heading: "h1, h2, h3",
  image: "svg, img",
  link: "a",
  list: "ol, ul",
  radio: "input[type=radio]",
  tab: "[role=tab]",
  textbox: "textarea, input",
};

export { Key };

/** Waits until something holds, and tells what did not. */
export async function until(what, holds, patience = PATIENCE) {
  const end = Date.now() + patience;
  let last;
  for (;;) {
    try {
      const found = await holds();
      if (found) return found;
      last = undefined;
    } catch (fault) {
      last = fault;
    }
    if (Date.now() > end)
      throw new Error(`waited ${patience} ms in vain for ${what}`, { cause: last });
    await pause(25);
  }
}

async function freePort() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function listening(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** Starts WebKitWebDriver with an environment that the wizard inherits. */
export async function startDriver(environment) {
  const port = await freePort();
  const child = spawn("WebKitWebDriver", [`--port=${port}`, "--host=127.0.0.1"], {
    env: { ...environment, TAURI_WEBVIEW_AUTOMATION: "true" },
    stdio: ["ignore", "inherit", "inherit"],
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  await until("WebKitWebDriver", () => listening(port));
  return {
    url: `http://127.0.0.1:${port}`,
    /** Ends it and all that it started: where it is killed first, it leaves its program running. */
    async stop() {
      const started = descendants(child.pid);
      child.kill();
      await ended;
      for (const pid of started) end(pid);
      await until("the end of what the driver started", () => !started.some(isAlive));
    },
  };
}

/** Asks a driver to start a program and let it be driven. */
export async function startSession(driver, binary, args) {
  const capabilities = new Capabilities({
    "webkitgtk:browserOptions": { binary, args },
  });
  const session = WebDriver.createSession(new Executor(new HttpClient(driver.url)), capabilities);
  await session.getSession();
  return session;
}

export class Wizard {
  #driver;
  #session;

  /**
   * Opens the window; it is closed with the test at the latest.
   * @param files to start it with, as by double click
   */
  static async open(computer, { files = [], environment = {} } = {}) {
    const wizard = new Wizard();
    wizard.computer = computer;
    computer.forgetDialogs();
    wizard.#driver = await startDriver(computer.environment(environment));
    computer.runs(wizard);
    const args = ["--home", computer.home, ...files];
    wizard.#session = await startSession(wizard.#driver, path("keyferry-wizard"), args);
    await wizard.#session.manage().setTimeouts({ script: 60_000 });
    return wizard;
  }

  /** Closes it as its user would not notice: whatever it did not write is lost. */
  async close() {
    const driver = this.#driver;
    this.#driver = undefined;
    if (!driver) return;
    await driver.stop();
  }

  /** Runs a function in the page. */
  page(work, ...args) {
    return this.#session.executeScript(work, ...args);
  }

  /** Runs a function in the page that calls its last argument when it is done. */
  pageLater(work, ...args) {
    return this.#session.executeAsyncScript(work, ...args);
  }

  /** What is shown with this role and name, once it is there. */
  find(role, name, patience) {
    const selector = CANDIDATES[role];
    assert.ok(selector, `no candidates for the role ${role}`);
    return until(`the ${role} “${name}”`, () => this.#look(role, name), patience);
  }

  /** Whether it is there now. */
  async sees(role, name) {
    return Boolean(await this.#look(role, name));
  }

  async #look(role, name) {
    for (const element of await this.#session.findElements(By.css(CANDIDATES[role]))) {
      if (!(await element.isDisplayed())) continue;
      const label = await element.getAccessibleName();
      if (name instanceof RegExp ? name.test(label) : label === name) return element;
    }
    return undefined;
  }

  async press(name, role = "button") {
    const element = await this.find(role, name);
    // The driver scrolls no further than the edge, where the bar with what goes on lies.
    await this.page((target) => target.scrollIntoView({ block: "center" }), element);
    await element.click();
    return element;
  }

  /** Types over what an input holds. */
  async type(name, text) {
    const input = await this.find("textbox", name);
    await input.clear();
    await input.sendKeys(text);
    return input;
  }

  /** Keys to whatever has the focus. */
  async keys(...keys) {
    await this.#session
      .actions()
      .sendKeys(...keys)
      .perform();
  }

  /** What has the focus. */
  focused() {
    return this.#session.switchTo().activeElement();
  }

  async focusedName() {
    const element = await this.focused();
    return `${await element.getAriaRole()} ${await element.getAccessibleName()}`;
  }

  /** Waits for the screen with this title. Its `h1` has the focus, and the window its name. */
  async screen(title) {
    await until(`the screen “${title}”`, async () => {
      const [heading] = await this.#session.findElements(By.css("h1"));
      const text = await heading?.getText();
      if (title instanceof RegExp ? !title.test(text) : text !== title) return false;
      return this.page(() => document.activeElement === document.querySelector("h1"));
    });
    const heading = await this.page(() => document.querySelector("h1").innerText);
    assert.equal(await this.page(() => document.querySelectorAll("h1").length), 1);
    assert.equal(await this.#session.getTitle(), `${heading} – Keyferry`);
  }

  /** All that is to be read in the page. */
  text() {
    return this.page(() => document.body.innerText);
  }

  async reads(words) {
    await until(`the words “${words}”`, async () => {
      const text = await this.text();
      return words instanceof RegExp ? words.test(text) : text.includes(words);
    });
  }

  /** The error summary, once a problem is shown: it has the focus and the window's title says so. */
  async problem() {
    const summary = await this.find("group", /^There is a problem/);
    await until("the focus on the error summary", () =>
      this.page((element) => document.activeElement === element, summary),
    );
    const told = await this.page((element) => {
      const read = (selector) => document.querySelector(selector)?.innerText.trim() ?? null;
      const paragraphs = [...element.querySelectorAll("p")].map((each) => each.innerText.trim());
      return {
        title: document.title,
        message: paragraphs[0],
        nextStep: paragraphs[1],
        reference: element.querySelector(".reference").innerText.trim(),
        linked: element.querySelector("a")?.getAttribute("href") ?? null,
        field: read("[id^=field-][id$=-error]"),
        invalid: document.querySelector("[aria-invalid=true]")?.id ?? null,
      };
    }, summary);
    assert.match(told.title, /^Error: .+ – Keyferry$/);
    assert.match(told.reference, /^Reference KF-\d{3}$/);
    assert.ok(told.message && told.nextStep, JSON.stringify(told));
    assert.doesNotMatch(told.message, /KF-|[{}]|undefined/, "the message is for people");
    if (told.linked) {
      assert.equal(told.field, told.message, "the field says the same words");
      assert.equal(`#${told.invalid}`, told.linked);
    }
    return told;
  }

  /** A picture of the window; those with a name stay in `out/`. */
  async picture(name) {
    // The driver hands out the frame before, unless the next one is painted.
    await this.pageLater((done) =>
      requestAnimationFrame(() => requestAnimationFrame(() => done())),
    );
    const png = Buffer.from(await this.#session.takeScreenshot(), "base64");
    mkdirSync(OUT, { recursive: true });
    const file = join(OUT, `${name}.png`);
    writeFileSync(file, png);
    return file;
  }

  /** Makes the page this wide and high, in CSS pixels. */
  async size(width, height) {
    await until(`a page of ${width} by ${height}`, async () => {
      await this.#session.manage().window().setRect({ x: 0, y: 0, width, height });
      const [wide, high] = await this.page(() => [innerWidth, innerHeight]);
      return wide === width && high === height;
    });
  }
}
