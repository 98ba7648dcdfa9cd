"""A witness beside the demo, as a second host would run it: heads are cosigned, and kept in a folder as well."""

import base64
import shutil

from devtools.console import PYTHON, ROOT, VAR, free_port, is_listening

NAME = "witness.demo"
NAMES = ("AUDIT_PUBLISH_TO", "AUDIT_WITNESS_KEYS", "AUDIT_LOG_KEYS")  # what the demo's programs hear of it
PORT = 8790
SILENCE = 180  # seconds; a head comes every minute, and a laptop may sleep for two


def publish(home, environment, *, fresh):
    """
    Return the environment in which heads leave the database for a witness and for a folder.

    A witness remembers: to one of earlier demo data a fresh database is a history cut short, so it begins anew too.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from audit.standalone import verify
    from audit.standalone.keeping import Folder
    from nursing_platform.settings import demo_secrets

    if environment.get("AUDIT_PUBLISH_TO") or environment.get("AUDIT_SEAL_KEY") or environment.get("AUDIT_ORIGIN"):
        return environment
    if fresh:
        shutil.rmtree(home / "witness", ignore_errors=True)
        shutil.rmtree(home / "heads", ignore_errors=True)
    folder = Folder(home / "witness")
    if not folder.key_file.exists():
        folder.create(NAME)
    seed = demo_secrets.read_or_make(VAR / "demo-secrets.json")["AUDIT_SEAL_KEY"]
    log = verify.public_bytes(Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed)))
    vkey = verify.make_vkey("hudaojia.local/trace/1", log)
    folder.trust(vkey)
    port = free_port() if is_listening(PORT) else PORT
    said = (f"{home / 'heads'},http://127.0.0.1:{port}", folder.vkey(), vkey)
    return {**environment, **dict(zip(NAMES, said, strict=True))}


def start(household, home, environment):
    """Start the witness where the demo publishes to one."""
    address = environment.get("AUDIT_PUBLISH_TO", "").rpartition(",http://127.0.0.1:")
    if not address[1] or not (home / "witness").exists():
        return False
    program = [PYTHON, ROOT / "audit" / "standalone" / "witness.py", "serve", "--folder", home / "witness"]
    household.start("witness", [*program, "--port", address[2], "--silence", SILENCE], env=environment)
    return True
