// What the system knows about processes: their children, their sockets, whether they are still there.
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** The processes that a process started, and those that they started. */
export function descendants(pid) {
  const found = [];
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    const parent = parentOf(entry);
    if (parent !== undefined) found.push({ pid: Number(entry), parent });
  }
  const of = (parent) =>
    found.filter((each) => each.parent === parent).flatMap((each) => [each.pid, ...of(each.pid)]);
  return of(pid);
}

function parentOf(pid) {
  const stat = told(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  // The name stands in parentheses and may hold anything.
  const [state, parent] = stat?.slice(stat.lastIndexOf(")") + 2).split(" ") ?? ["Z"];
  return state === "Z" ? undefined : Number(parent);
}

export function isAlive(pid) {
  return parentOf(pid) !== undefined;
}

/** Kills it, where it is still there. */
export function end(pid) {
  told(() => process.kill(pid, "SIGKILL"));
}

/** The network sockets that a process holds open, as the kernel lists them. */
export function networkSockets(pid) {
  const inodes = new Set();
  for (const handle of told(() => readdirSync(`/proc/${pid}/fd`)) ?? []) {
    const target = told(() => readlinkSync(`/proc/${pid}/fd/${handle}`));
    const [, inode] = /^socket:\[(\d+)\]$/.exec(target ?? "") ?? [];
    if (inode) inodes.add(inode);
  }
  return ["tcp", "tcp6", "udp", "udp6", "raw", "raw6"].flatMap((protocol) =>
    (told(() => readFileSync(`/proc/${pid}/net/${protocol}`, "utf8")) ?? "")
      .split("\n")
      .slice(1)
      .map((line) => line.trim().split(/\s+/))
      .filter((fields) => inodes.has(fields[9]))
      .map((fields) => `${protocol} ${fields[1]} → ${fields[2]}`),
  );
}

/** What was read, unless the process is gone by now. */
function told(read) {
  try {
    return read();
  } catch {
    return undefined;
  }
}
