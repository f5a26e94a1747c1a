// What is said to people who do not see the screen change: "Copied", "Making the request".

/** Milliseconds between two words about how far something is. */
const APART = 4000;

class Announcer {
  #said = $state("");
  #pause: ReturnType<typeof setTimeout> | undefined;
  #later: ReturnType<typeof setTimeout> | undefined;
  #lately = -APART;

  get said(): string {
    return this.#said;
  }

  /** Says it politely. The same words twice are heard twice: the pause makes them a change. */
  say(text: string): void {
    clearTimeout(this.#later);
    this.#said = "";
    clearTimeout(this.#pause);
    this.#pause = setTimeout(() => {
      this.#said = text;
    }, 60);
  }

  /** Says how far something is: the newest word every few seconds, until anything else is said. */
  sayHowFar(text: string): void {
    const wait = this.#lately + APART - performance.now();
    clearTimeout(this.#later);
    if (wait > 0) {
      this.#later = setTimeout(() => this.sayHowFar(text), wait);
      return;
    }
    this.#lately = performance.now();
    this.say(text);
  }

  /** What waits for its turn is no longer so. */
  stop(): void {
    clearTimeout(this.#later);
  }
}

export const announcer = new Announcer();
