// The command lines under test, as they stand on the PATH.
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** The full path of a program. */
export function path(name) {
  for (const folder of (process.env.PATH ?? "").split(delimiter)) {
    const candidate = join(folder, name);
    try {
      accessSync(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not in this folder.
    }
  }
  throw new Error(`${name} is not on the PATH`);
}

/** Runs a program to its end: its exit code and what it said. */
export function run(name, args, options = {}) {
  const { status, stdout, stderr, error } = spawnSync(name, args, { encoding: "utf8", ...options });
  if (error) throw error;
  return { code: status, stdout, stderr };
}

/** A command line at another time: `clock` as libfaketime takes it, such as `-40d`; none: now. */
export function timed(clock, name, args) {
  return clock ? ["faketime", ["-f", clock, name, ...args]] : [name, args];
}

/** Runs a command with `--json` and gives its object; what fails is told in the command's words. */
export function ask(name, args) {
  const { code, stdout, stderr } = run(name, [...args, "--json"]);
  const said = stdout.trim() ? JSON.parse(stdout) : undefined;
  if (!said?.ok)
    throw new Error(`${name} ${args.join(" ")} ended with ${code}: ${stdout}${stderr}`);
  return said;
}
