// The camera, from the press to its end. Whatever ends it, its tracks are stopped and its light goes out;
// what was asked of it before that is no longer listened to.
import type { Attachment } from "svelte/attachments";

import type { Backend } from "../backend";
import { references } from "../generated/catalogue/codes";
import { problemOf } from "../journey.svelte";
import type { Code, LookView, ProblemView } from "../views";
import { sights } from "./sight";

/** Milliseconds between one answer of the shell and the next look: a moving code stands for 200 or more. */
const PAUSE = 80;
/** Enough for a dense code that fills most of the picture. */
const WANTED = { width: { ideal: 1280 }, height: { ideal: 720 } };

type Part = Extract<LookView, { kind: "part" }>;

export interface Ends {
  /** All of a code was read. */
  read(text: string): void;
  fail(problem: ProblemView): void;
  /** Whether the window is at other work, and would not take what is read. */
  busy(): boolean;
}

export class Camera {
  readonly #backend: Backend;
  readonly #ends: Ends;
  /** Counts starts and stops: whatever comes back to another count comes too late. */
  #run = 0;
  #stream: MediaStream | undefined;
  #state = $state<"off" | "starting" | "on">("off");
  #part = $state<Part>();
  #other = $state<ProblemView>();
  #mirrored = $state(false);

  constructor(backend: Backend, ends: Ends) {
    this.#backend = backend;
    this.#ends = ends;
  }

  get state(): "off" | "starting" | "on" {
    return this.#state;
  }

  /** How far the moving code in sight is. */
  get part(): Part | undefined {
    return this.#part;
  }

  /** Why the code in sight is of no use. */
  get other(): ProblemView | undefined {
    return this.#other;
  }

  /** Whether it looks at the person: people expect a mirror then. */
  get mirrored(): boolean {
    return this.#mirrored;
  }

  async start(): Promise<void> {
    this.stop();
    const run = this.#run;
    this.#state = "starting";
    this.#part = undefined;
    this.#other = undefined;
    let stream: MediaStream;
    try {
      stream = await open();
    } catch (thrown) {
      if (run === this.#run) this.#fail(codeOf(thrown));
      return;
    }
    if (run !== this.#run) {
      end(stream);
      return;
    }
    this.#stream = stream;
    for (const track of stream.getVideoTracks()) {
      this.#mirrored = track.getSettings().facingMode !== "environment";
      track.addEventListener("ended", () => {
        if (run === this.#run) this.#fail("camera_gone");
      });
    }
    this.#state = "on";
  }

  stop(): void {
    this.#run += 1;
    if (this.#stream) end(this.#stream);
    this.#stream = undefined;
    this.#state = "off";
  }

  /** Shows it in a video, and looks at what the video shows. */
  readonly show: Attachment<HTMLVideoElement> = (video) => {
    video.srcObject = this.#stream ?? null;
    void this.#watch(video, this.#run);
    return () => {
      video.srcObject = null;
    };
  };

  async #watch(video: HTMLVideoElement, run: number): Promise<void> {
    const sight = sights();
    try {
      await video.play();
    } catch {
      if (run === this.#run) this.#fail("camera_busy");
      return;
    }
    while (run === this.#run) {
      await this.#turn(run);
      if (run !== this.#run) return;
      const now = sight(video);
      try {
        const seen = now && (await this.#backend.look(now));
        // The shell gives what it read once: it is kept until it is taken.
        await this.#turn(run);
        if (run !== this.#run) return;
        if (seen) this.#take(seen);
      } catch (thrown) {
        if (run === this.#run) this.#stopFor(problemOf(thrown));
      }
      await pause();
    }
  }

  /** Waits while the window is at other work: a file dialog is open. */
  async #turn(run: number): Promise<void> {
    while (run === this.#run && this.#ends.busy()) await pause();
  }

  #take(seen: LookView): void {
    switch (seen.kind) {
      case "nothing":
        return;
      case "other":
        if (this.#other?.code !== seen.problem.code) this.#other = seen.problem;
        return;
      case "part":
        this.#other = undefined;
        if (this.#part?.have !== seen.have || this.#part.missing !== seen.missing)
          this.#part = seen;
        return;
      case "read":
        this.stop();
        this.#ends.read(seen.text);
    }
  }

  #fail(code: Code): void {
    this.#stopFor({ code, reference: references[code], args: {}, field: null });
  }

  #stopFor(problem: ProblemView): void {
    this.stop();
    this.#ends.fail(problem);
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, PAUSE));
}

/** The camera that looks away from the person where there are two, and never the microphone. */
function open(): Promise<MediaStream> {
  // A webview that was built without cameras has none of this.
  const devices = navigator.mediaDevices as MediaDevices | undefined;
  if (!devices) return Promise.reject(new DOMException("no cameras here", "NotFoundError"));
  return devices.getUserMedia({ audio: false, video: { facingMode: "environment", ...WANTED } });
}

function end(stream: MediaStream): void {
  for (const track of stream.getTracks()) track.stop();
}

/** The names are those of the Media Capture specification. */
function codeOf(thrown: unknown): Code {
  switch (thrown instanceof DOMException || thrown instanceof Error ? thrown.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "camera_refused";
    case "NotFoundError":
    case "OverconstrainedError":
      return "camera_missing";
    default:
      return "camera_busy";
  }
}
