// USB keys to plug in and pull out, on a machine that may have no USB: a `/sys` and `/run` of our own in this
// process's mount namespace, and udev's messages in its network namespace. What the wizard runs is what it always
// runs. `run` makes the namespaces; without them there is nothing to plug into.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

/** Where the controller hangs. */
const BUS = "/sys/devices/pci0000:00/0000:00:14.0/usb1";
/** What a desktop would mount keys below. */
const MEDIA = "/media/desk";
/** Sends one packet to udev's group: a header of 40 bytes, of which readers take the magic and where the properties
 * lie, then the properties, each with a NUL behind it. */
const SEND = `
import socket, struct, sys
body = b"".join(each.encode() + b"\\0" for each in sys.argv[1:])
head = b"libudev\\0" + struct.pack("!I", 0xfeedcafe) + struct.pack("=7I", 40, 40, len(body), 0, 0, 0, 0)
socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 15).sendto(head + body, (0, 2))
`;

/** Why USB keys cannot be plugged in here; nothing, where they can. */
export const unavailable = process.env.KEYFERRY_E2E_PORTS
  ? false
  : "namespaces cannot be made here";

function system(name, ...args) {
  const { status, stdout, stderr, error } = spawnSync(name, args, { encoding: "utf8" });
  if (error) throw error;
  if (status !== 0) throw new Error(`${name} ${args.join(" ")}: ${stderr}`);
  return stdout.trim();
}

function write(path, value) {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${value}\n`);
}

/** What a machine without udev and without USB keys looks like; it lasts as long as the test. */
export class Ports {
  #folder = mkdtempSync(join(tmpdir(), "keyferry-ports-"));
  #address = 4;
  #keys = 0;

  /** @param test the context of the test that it lives for */
  constructor(test) {
    const folder = this.#folder;
    system("mount", "-t", "tmpfs", "ports", folder);
    for (const path of ["bus/usb/devices", "class/block", "dev/block", "class/net"])
      mkdirSync(join(folder, "sys", path), { recursive: true });
    const dmi = join(folder, "sys/class/dmi/id");
    write(join(dmi, "product_uuid"), "6d1f0c52-9b3a-4c7e-8f21-3a5b7c9d1e20");
    write(join(dmi, "board_serial"), "BRD7731990412");
    system("mount", "--rbind", join(folder, "sys"), "/sys");
    system("mount", "-t", "tmpfs", "ports", "/run");
    system("mount", "-t", "tmpfs", "ports", "/media");
    test.after(() => {
      for (const path of ["/media", "/run", "/sys", folder]) system("umount", "-l", path);
      rmSync(folder, { recursive: true, force: true });
    });
  }

  /**
   * A key that is not plugged in yet, with an empty volume: a file system in memory. Its mount says that it is the
   * volume's, and the volume gets the number that the kernel gave the mount, so that it is found as a stick's is.
   */
  key(serial, { maker = "SanDisk", name = "Ultra", label = "WORK", size = "28g" } = {}) {
    const disk = `sd${String.fromCharCode(97 + this.#keys)}`;
    const flash = join(this.#folder, "flash", disk);
    this.#keys += 1;
    mkdirSync(flash, { recursive: true });
    system("mount", "-t", "tmpfs", "-o", `size=${size}`, `/dev/${disk}1`, flash);
    const number = system("mountpoint", "-d", flash);
    return { serial, maker, name, label, disk, flash, number };
  }

  /**
   * Plugs a key in: the kernel shows it, the desktop mounts it, and udev tells.
   * @returns where it is mounted
   */
  plug(key, { port = "1-1", open = true, readOnly = false } = {}) {
    this.#address += 1;
    key.port = port;
    key.address = this.#address;
    const at = join(BUS, port);
    const said = {
      idVendor: "0781",
      idProduct: "5581",
      busnum: "1",
      devnum: String(key.address),
      devpath: port.slice(2),
      bcdDevice: "0100",
      version: " 2.10",
      bDeviceClass: "00",
      bDeviceSubClass: "00",
      bDeviceProtocol: "00",
      speed: "480",
      ...(key.maker ? { manufacturer: key.maker } : {}),
      ...(key.name ? { product: key.name } : {}),
      ...(key.serial ? { serial: key.serial } : {}),
    };
    for (const [file, value] of Object.entries(said)) write(join(at, file), value);
    const interfaces = { Number: "00", Class: "08", SubClass: "06", Protocol: "50" };
    for (const [part, value] of Object.entries(interfaces))
      write(join(at, `${port}:1.0`, `bInterface${part}`), value);
    symlinkSync(at, join("/sys/bus/usb/devices", port));
    if (open) this.open(key, { readOnly });
    // Until it is mounted, its volume has another name than the mount that waits for it.
    else this.#disk(key, "sdz", "65:145");
    this.#tell("add", key);
    return key.mounted;
  }

  /** The desktop mounts it. */
  open(key, { readOnly = false } = {}) {
    rmSync(this.#storage(key), { recursive: true, force: true });
    this.#forget();
    this.#disk(key, key.disk, key.number);
    write(
      join("/run/udev/data", `b${key.number}`),
      `E:ID_FS_TYPE=vfat\nE:ID_FS_LABEL=${key.label}\nE:ID_FS_UUID=CAFE-1234`,
    );
    key.mounted = join(MEDIA, key.label);
    mkdirSync(key.mounted, { recursive: true });
    system("mount", "--move", key.flash, key.mounted);
    if (readOnly) system("mount", "-o", "remount,ro,bind", key.mounted);
  }

  /** Pulls it out, without a word before. */
  pull(key) {
    rmSync(join(BUS, key.port), { recursive: true });
    this.#forget();
    this.#tell("remove", key);
    if (!key.mounted) return;
    system("mount", "--move", key.mounted, key.flash);
    system("mount", "-o", "remount,rw,bind", key.flash);
    key.mounted = undefined;
  }

  /** Takes the links away that lead nowhere any more. */
  #forget() {
    const links = ["/sys/bus/usb/devices", "/sys/class/block", "/sys/dev/block"];
    system("find", ...links, "-xtype", "l", "-delete");
  }

  #storage({ port }) {
    return join(BUS, port, `${port}:1.0`, "host6");
  }

  #disk(key, name, number) {
    const disk = join(this.#storage(key), "target6:0:0/6:0:0:0/block", name);
    this.#block(disk, `8:${16 * key.address}`, 60_062_500);
    write(join(disk, `${name}1`, "partition"), "1");
    this.#block(join(disk, `${name}1`), number, 60_060_000);
  }

  #block(at, number, sectors) {
    write(join(at, "dev"), number);
    write(join(at, "size"), sectors);
    write(join(at, "ro"), "0");
    symlinkSync(at, join("/sys/class/block", at.split("/").at(-1)));
    symlinkSync(at, join("/sys/dev/block", number));
  }

  #tell(action, { port, address }) {
    const properties = [
      `ACTION=${action}`,
      `DEVPATH=${join(BUS, port).slice("/sys".length)}`,
      "SUBSYSTEM=usb",
      "DEVTYPE=usb_device",
      "BUSNUM=001",
      `DEVNUM=${String(address).padStart(3, "0")}`,
    ];
    system("python3", "-c", SEND, ...properties);
  }
}
