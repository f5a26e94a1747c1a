// What is said to people who do not see the screen change: "Copied", "Making the request".

class Announcer {
  #said = $state("");
  #pause: ReturnType<typeof setTimeout> | undefined;

  get said(): string {
    return this.#said;
  }

  /** Says it politely. The same words twice are heard twice: the pause makes them a change. */
  say(text: string): void {
    this.#said = "";
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      this.#said = text;
    }, 60);
  }
}

export const announcer = new Announcer();
