"""One virtual machine: started, plugged into, and told what to do through a shell on its second serial port."""

import base64
import ctypes
import json
import os
import pathlib
import re
import shlex
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from . import debian

# Without hardware help the kernel takes 5 s to start, and several times that on a busy machine.
BOOT = 180
# What a command in the guest may take at most.
COMMAND = 120
MEMORY = 256


def accelerator():
    """KVM where the processor itself has it, else emulation.

    A nested machine may offer /dev/kvm without it (kvm_pvm): Debian's kernel then hangs for minutes while it is unpacked,
    and QEMU does not fall back by itself.
    """
    flags = pathlib.Path("/proc/cpuinfo").read_text()
    real = re.search(r"\b(vmx|svm)\b", flags) and not pathlib.Path("/sys/module/kvm_pvm").exists()
    return "kvm" if real and os.access("/dev/kvm", os.W_OK) else "tcg"


def _end_with_parent():
    # A machine must not outlive the tests, however they end.
    prctl_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(prctl_set_pdeathsig, signal.SIGKILL)


class Refused(Exception):
    """QEMU does not do what it was asked for."""


class Machine:
    """A running virtual machine; `ready` waits until its shell answers."""

    def __init__(self, initramfs):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="keyferry-vm-"))
        self.began = time.monotonic()
        accel = accelerator()
        arguments = [
            *("-L", debian.ROOT / "usr/share/seabios", "-L", debian.ROOT / "usr/share/qemu"),
            *("-L", debian.ROOT / "usr/lib/ipxe/qemu"),
            *("-nodefaults", "-no-user-config", "-display", "none", "-no-reboot", "-machine", "q35"),
            *("-accel", "kvm" if accel == "kvm" else "tcg,tb-size=64"),
            *("-cpu", "host" if accel == "kvm" else "max", "-m", MEMORY),
            *("-kernel", debian.kernel(), "-initrd", initramfs),
            *("-append", "console=ttyS0,115200 panic=-1 random.trust_cpu=on tsc=reliable no_timer_check"),
            *("-serial", f"file:{self.folder}/console"),
            *("-serial", f"unix:{self.folder}/shell,server=on,wait=off"),
            *("-qmp", f"unix:{self.folder}/qmp,server=on,wait=off"),
            *("-device", "qemu-xhci,id=xhci,p2=8,p3=8"),
        ]
        self.process = subprocess.Popen(
            debian.command("usr/bin/qemu-system-x86_64", *arguments),
            env={**os.environ, "QEMU_MODULE_DIR": str(debian.ROOT / "usr/lib/x86_64-linux-gnu/qemu")},
            stdin=subprocess.DEVNULL,
            stdout=(self.folder / "qemu").open("w"),
            stderr=subprocess.STDOUT,
            preexec_fn=_end_with_parent,
        )
        self.control = self._connect("qmp").makefile("rw")
        self.events = []
        json.loads(self.control.readline())
        self.ask("qmp_capabilities")
        self.shell = self._connect("shell")
        self.heard = b""
        self.commands = 0

    def ready(self):
        """Waits for the shell; seconds since the start."""
        self._hear(rb"ready\n", BOOT)
        return time.monotonic() - self.began

    # The wire

    def _connect(self, name):
        end = time.monotonic() + 30
        while True:
            connection = socket.socket(socket.AF_UNIX)
            try:
                connection.connect(str(self.folder / name))
                return connection
            except OSError:
                connection.close()
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"QEMU did not start: {(self.folder / 'qemu').read_text()}")
            time.sleep(0.01)

    def _hear(self, pattern, seconds):
        end = time.monotonic() + seconds
        while not (found := re.search(pattern, self.heard)):
            self.shell.settimeout(max(0.01, end - time.monotonic()))
            try:
                more = self.shell.recv(65536)
            except TimeoutError:
                more = b""
            if not more:
                raise RuntimeError(
                    f"the guest did not say {pattern} within {seconds} s, but: {self.heard[-2000:]}\n"
                    f"its console: {(self.folder / 'console').read_text(errors='replace')[-2000:]}"
                )
            self.heard += more
        before, self.heard = self.heard[: found.start()], self.heard[found.end() :]
        return before, found

    def ask(self, command, **arguments):
        """One command of QEMU's own, and its answer."""
        self.control.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.control.flush()
        while True:
            said = self._said()
            if "error" in said:
                raise Refused(f"{command} {arguments}: {said['error']['desc']}")
            if "return" in said:
                return said["return"]

    def _said(self):
        said = json.loads(self.control.readline())
        if "event" in said:
            self.events.append(said)
        return said

    def await_event(self, name, device):
        """Waits until QEMU tells of it, and forgets it."""
        while True:
            for event in self.events:
                if event["event"] == name and event["data"].get("device") == device:
                    self.events.remove(event)
                    return
            self._said()

    # The guest

    def run(self, command, seconds=COMMAND):
        """Runs a line of shell in the guest: its exit code, and what it printed on both streams."""
        self.commands += 1
        mark = f"<{self.commands}>"
        # The mark is taken apart, so that it is only heard when it is printed.
        self.shell.sendall(f"{command}\necho '<''{mark[1:]}' $code\n".encode())
        printed, found = self._hear(rb"%s (\d+)\n" % mark.encode(), seconds)
        return int(found.group(1)), printed.decode(errors="replace")

    def do(self, command, seconds=COMMAND):
        """Runs what has to succeed; what it printed."""
        code, printed = self.run(command, seconds)
        if code != 0:
            raise RuntimeError(f"in the guest, {command} ended with {code}: {printed}")
        return printed

    def start(self, command):
        """Begins a line of shell that goes on by itself."""
        self.do(f"( {{ {command}; }} & )")

    def write(self, path, content):
        """Puts a file into the guest."""
        # In one line, since the guest's shell takes them one by one.
        self.do(f"echo {base64.b64encode(content).decode()} | base64 -d >{shlex.quote(path)}")

    def keyferry(self, *arguments, home="/run/home"):
        """Runs `keyferry --json` in the guest: its exit code and the object that it printed."""
        words = ["keyferry", "--home", home, "--json", "--no-input", *arguments]
        code, printed = self.run(shlex.join(words) + " 2>/run/said")
        try:
            return code, json.loads(printed)
        except ValueError:
            said = self.run("cat /run/said")[1]
            raise AssertionError(f"{shlex.join(words)} ended with {code} and printed {printed!r}: {said}") from None

    def until(self, what, attempt, seconds=30):
        """Tries again until it gives something; `what` is waited for."""
        end = time.monotonic() + seconds
        while not (got := attempt()):
            if time.monotonic() > end:
                raise AssertionError(f"{what}: not within {seconds} s; the kernel said: {self.run('dmesg | tail -n 20')[1]}")
        return got

    # The ports

    def plug(self, name, image, *, port=None, driver="usb-storage", read_only=False, **says):
        """Plugs in a USB key that is backed by an image; `serial` is what it says of itself."""
        self.ask(
            "blockdev-add",
            **{"driver": "raw", "node-name": name, "read-only": read_only},
            file={"driver": "file", "filename": str(image)},
        )
        self.attach(name, driver=driver, drive=name, port=port, **says)

    def attach(self, name, *, port=None, **device):
        """Plugs in a device whose medium is known to QEMU already."""
        where = {"port": port} if port else {}
        self.ask("device_add", id=name, bus="xhci.0", **where, **device)

    def pull(self, name, medium=True):
        """Pulls a device out, as a hand does: without a word to the guest before."""
        self.ask("device_del", id=name)
        self.await_event("DEVICE_DELETED", name)
        if medium:
            self.ask("blockdev-del", **{"node-name": name})

    # Its end

    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder)
