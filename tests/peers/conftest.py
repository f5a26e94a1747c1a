"""Keyferry's side, as a program: it writes artefacts and says what artefacts say."""

import json
import os
import subprocess

import pytest

import with_cwt
import with_pycose


class Keyferry:
    def __init__(self, folder):
        self.program = os.environ["KEYFERRY_PEER"]
        self.folder = folder
        subprocess.run([self.program, "write", str(folder)], check=True)

    def wrote(self, name):
        """An artefact, binary."""
        return (self.folder / name).read_bytes()

    def text(self, name):
        """The same artefact in text armor."""
        return (self.folder / f"{name}.txt").read_text()

    def said(self, name):
        """What Keyferry says is in it."""
        return json.loads((self.folder / f"{name}.json").read_text())

    def codes(self):
        return json.loads((self.folder / "codes.json").read_text())

    def reads(self, artefact):
        """What Keyferry reads; a catalogue code (text) when it refuses."""
        file = self.folder / "brought"
        file.write_bytes(artefact if isinstance(artefact, bytes) else artefact.encode())
        done = subprocess.run([self.program, "read", str(file)], capture_output=True, text=True)
        assert done.returncode in (0, 1), done.stderr
        return json.loads(done.stdout) if done.returncode == 0 else done.stdout.strip()


@pytest.fixture(scope="session")
def keyferry(tmp_path_factory):
    return Keyferry(tmp_path_factory.mktemp("keyferry"))


@pytest.fixture(params=[with_pycose, with_cwt], ids=["pycose", "cwt"])
def peer(request):
    return request.param
