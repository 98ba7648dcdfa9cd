"""Keys of a demo: made on its first start, kept beside its data, worth nothing elsewhere."""

import base64
import json
import os
import secrets


def read_or_make(path):
    """Return the demo's keys; of several processes starting at once, one makes them and all read the same."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        mine = path.with_suffix(f".{os.getpid()}")
        mine.touch(mode=0o600)
        mine.write_text(json.dumps(_fresh()))
        try:
            os.link(mine, path)
        except FileExistsError:
            pass
        finally:
            mine.unlink()
    kept = json.loads(path.read_text())
    if missing := _fresh().keys() - kept.keys():
        # An older demo's data stay readable; only what has come since is added.
        kept |= {name: value for name, value in _fresh().items() if name in missing}
        mine = path.with_suffix(f".{os.getpid()}")
        mine.touch(mode=0o600)
        mine.write_text(json.dumps(kept))
        mine.replace(path)
    return kept


def _fresh():
    return {
        "SECRET_KEY": "demo-" + secrets.token_urlsafe(48),
        "SEAL_KEYS": "1:" + base64.b64encode(secrets.token_bytes(32)).decode(),
        "SEAL_INDEX_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "AUDIT_SEAL_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "BADGE_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
        "PUSH_KEY": base64.b64encode(secrets.token_bytes(32)).decode(),
    }
