"""
A witness of the trace, on a second host: cosigns heads that only grow, refuses the rest, raises the alarm on silence.

``python witness.py init | trust | serve | status | clear``; ``verify.py`` and ``keeping.py`` lie beside it. The
protocol is tlog-witness of C2SP with cosignature/v1; a head of the same size with another root is answered 422 like any
other fork, so that a client which answers 409 by trying again does not try for ever.

What it promises: a cosignature leaves this host only after the head stands on its disk, and never two roots for one
size. It therefore holds through ``kill -9`` at any point; a folder that is lost must be replaced by a new name and key.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import signal
import socket
import socketserver
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

if __package__:
    from audit.standalone import verify
    from audit.standalone.keeping import Alarms, Folder, Head, History, Refusal, last_head, origin_hash
else:
    import verify
    from keeping import Alarms, Folder, Head, History, Refusal, last_head, origin_hash

MOST_BYTES = 64 * 1024  # of a request; a head with the longest proof has a tenth of it
MOST_PROOF = 63
MOST_CONNECTIONS = 64
SECONDS_TO_SPEAK = 10


class Answer(NamedTuple):
    """One HTTP answer."""

    status: int
    body: str
    kind: str = "text/plain; charset=utf-8"


class Witness:
    """Judges heads one at a time, and watches the clock."""

    def __init__(self, folder: Folder, silence: float, command: str = ""):
        self.folder, self.silence = folder, silence
        self.name, self.key = folder.key()
        self.alarms = Alarms(folder, command)
        self.lock = threading.Lock()
        self.fresh: dict[str, float] = {}
        self.histories = {origin: History(folder, origin) for origin in folder.trusted()}

    def add_checkpoint(self, body: bytes) -> Answer:
        """Answer ``POST /add-checkpoint``."""
        try:
            asked, _, signed = body.decode().partition("\n\n")
            old, *proof = asked.split("\n")
            note = verify.parse_note(signed)
            steps = [verify.unb64(step, 32) for step in proof]
            if not re.fullmatch(r"old (0|[1-9][0-9]{0,17})", old) or len(steps) > MOST_PROOF:
                raise ValueError
        except ValueError:
            return Answer(400, "请求不合规范。\n")
        log = self.folder.trusted().get(note.origin)
        if log is None:
            return Answer(404, "没有人允许见证这个来源。\n")
        try:
            verify.verify_note(note, log)
        except ValueError:
            return Answer(403, "封存头的签名不成立。\n")
        old_size = int(old[4:])
        if old_size > note.size:
            return Answer(400, "起始条数大于封存头的条数。\n")
        with self.lock:
            return self._judge(note, old_size, steps, _signed_by(log, note))

    def last(self, wanted: str) -> Answer:
        """Answer ``GET /heads/<hash of the origin>``: the last head with this witness's line under it."""
        with self.lock:
            for origin, history in self.histories.items():
                if origin_hash(origin) == wanted and history.last:
                    return Answer(200, f"{history.last.signed}{history.last.line}\n")
        return Answer(404, "没有这个来源的封存头。\n")

    def status(self) -> dict:
        """Answer ``GET /status``."""
        watched, trusted = self.folder.watched(), list(self.folder.trusted())
        with self.lock:
            heads = {origin: history.last for origin, history in self.histories.items()}
        origins = []
        for origin in trusted:
            said = {
                "origin": origin,
                "hash": origin_hash(origin),
                "due": origin in watched,
                "seconds_since_fresh": round(self._age(origin), 1),
            }
            if last := heads.get(origin):
                more = {name: last.note.more.get(name) for name in ("head", "time")}
                said.update(size=last.note.size, root=verify.b64(last.note.root), cosigned_at=last.at, **more)
            origins.append(said)
        return {"name": self.name, "vkey": self.folder.vkey(), "origins": origins, "alarm": self.alarms.now()}

    def watch(self) -> None:
        """Raise the alarm once when no fresh head has come for too long. Runs as long as the process."""
        while True:
            try:
                watched = self.folder.watched()
                for origin in watched:
                    self.fresh.setdefault(origin, time.monotonic())
                    if self._age(origin) > self.silence:
                        self.alarms.silent(origin, int(self._age(origin)))
                for origin in self.alarms.now()["silence"].keys() - set(watched):
                    self.alarms.heard(origin)
            except (OSError, Refusal) as broken:
                sys.stderr.write(f"ALARM the watch itself fails: {type(broken).__name__}\n")
            time.sleep(min(1.0, self.silence / 4))

    def _age(self, origin) -> float:
        now = time.monotonic()
        return now - self.fresh.get(origin, now)

    def _judge(self, note, old_size, steps, signed) -> Answer:
        history = self.histories.get(note.origin)
        if history is None:  # allowed while the process runs
            history = self.histories[note.origin] = History(self.folder, note.origin)
        last = history.last
        size, root = (last.note.size, last.note.root) if last else (0, verify.EMPTY)
        if note.size < size and _is_newer(note, last):
            # An older head that comes late is a repeated request; a log that went back signs anew.
            self.alarms.refused("rollback", note, f"「{note.origin}」从 {size} 条退回到 {note.size} 条。", signed)
        if old_size != size:
            return Answer(409, f"{size}\n", "text/x.tlog.size")
        if note.size == size and note.root != root:
            self.alarms.refused("fork", note, f"「{note.origin}」的前 {size} 条有两种历史。", signed)
            return Answer(422, "同样条数的封存头有两个根。\n")
        if not verify.verify_consistency(size, root, note.size, note.root, steps):
            sentence = f"「{note.origin}」不能证明 {note.size} 条是由 {size} 条增加而来。"
            self.alarms.refused("fork", note, sentence, signed)
            return Answer(422, "一致性证明不成立。\n")
        if last and note.text == last.note.text:
            return Answer(200, last.line + "\n")
        at = int(time.time())
        line = verify.cosign(note, name=self.name, key=self.key, at=at)
        if note.size > size or _is_newer(note, last):
            try:
                history.append(Head(note, signed, line, at))
            except OSError as full:
                sys.stderr.write(f"ALARM disk {type(full).__name__}: {full.strerror or full}\n")
                return Answer(503, "暂时无法写入磁盘。\n")
            self.fresh[note.origin] = time.monotonic()
            with contextlib.suppress(OSError):
                self.alarms.heard(note.origin)
        return Answer(200, line + "\n")


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "witness", ""
    timeout = SECONDS_TO_SPEAK

    def do_POST(self):
        length = self.headers.get("Content-Length", "")
        self.close_connection = True
        if self.path != "/add-checkpoint":
            return self._say(Answer(404, "没有这个地址。\n"))
        if not re.fullmatch(r"[0-9]{1,9}", length):
            return self._say(Answer(411, "请求没有写明长度。\n"))
        if int(length) > MOST_BYTES:
            return self._say(Answer(413, "请求过长。\n"))
        body = self.rfile.read(int(length))
        if len(body) != int(length):
            return self._say(Answer(400, "请求不完整。\n"))
        self.close_connection = self.headers.get("Connection", "").lower() == "close"
        try:
            answer = self.server.witness.add_checkpoint(body)
        except Refusal as no:
            sys.stderr.write(f"ALARM {verify.plain(no)}\n")
            answer = Answer(503, "见证程序需要人工处理。\n")
        return self._say(answer)

    def do_GET(self):
        if self.path == "/status":
            said = json.dumps(self.server.witness.status(), ensure_ascii=False, indent=1)
            return self._say(Answer(200, said + "\n", "application/json"))
        found = re.fullmatch(r"/heads/([0-9a-f]{64})", self.path)
        return self._say(self.server.witness.last(found[1]) if found else Answer(404, "没有这个地址。\n"))

    def _say(self, answer: Answer) -> None:
        body = answer.body.encode()
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.kind)
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said):
        """Keep quiet: what matters stands in the heads and the alarms."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = MOST_CONNECTIONS

    def __init__(self, address, witness: Witness):
        self.witness = witness
        self.slots = threading.BoundedSemaphore(MOST_CONNECTIONS)
        super().__init__(address, Handler)

    def server_bind(self):
        socketserver.TCPServer.server_bind(self)  # without asking a name server who we are

    def process_request(self, request, client_address):
        if self.slots.acquire(blocking=False):
            super().process_request(request, client_address)
        else:
            self.shutdown_request(request)

    def process_request_thread(self, request, client_address):
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.slots.release()

    def handle_error(self, request, client_address):
        broken = sys.exc_info()[1]
        if not isinstance(broken, (ConnectionError, socket.timeout, TimeoutError)):
            sys.stderr.write(f"a request failed: {type(broken).__name__}: {verify.plain(broken)}\n")


def serve(folder: Folder, bind: str, port: int, silence: float, command: str) -> None:
    """Listen until ended."""
    with folder.locked("serve.lock", wait=False):
        witness = Witness(folder, silence, command)
        server = Server((bind, port), witness)
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
        threading.Thread(target=witness.watch, daemon=True).start()
        if not folder.trusted():
            print("尚未允许任何来源，请运行 witness.py trust。")
        print(f"正在 http://{bind}:{server.server_address[1]} 见证，公钥：{folder.vkey()}", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()


def status(folder: Folder) -> int:
    """Say in words where things stand; returns 1 while there is an alarm."""
    print(f"见证公钥：{folder.vkey()}")
    for origin in folder.trusted():
        last = last_head(folder.history_file(origin), folder.vkey())
        said = "尚无封存头"
        if last:
            said = f"封存头 #{last.note.more.get('head')}，{last.note.size} 条，{last.note.more.get('time')}"
        print(f"「{origin}」：{verify.plain(said)}（{origin_hash(origin)}）")
    alarm = Alarms(folder).now()
    for origin in alarm["silence"]:
        print(f"告警：「{origin}」没有新的封存头。")
    for one in alarm["refused"]:
        print(f"告警：{verify.plain(one['sentence'])}")
    if not alarm["silence"] and not alarm["refused"]:
        print("没有告警。")
        return 0
    return 1


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    parser = argparse.ArgumentParser(prog="witness.py", description="护到家留痕的见证程序")
    commands = parser.add_subparsers(dest="command", required=True)
    for name, words in (
        ("init", "建立文件夹和私钥，显示见证公钥"),
        ("trust", "允许见证一个来源；每个新的时期都要由人允许一次"),
        ("serve", "开始见证"),
        ("status", "显示现状；有告警时退出码为 1"),
        ("clear", "人工核对之后，解除分叉和退回的告警"),
    ):
        commands.add_parser(name, help=words).add_argument("--folder", type=Path, required=True, help="见证方的文件夹")
    commands.choices["init"].add_argument("--name", required=True, help="见证方的名称，如 witness.example/a")
    commands.choices["trust"].add_argument("vkey", help="来源的公钥")
    serving = commands.choices["serve"]
    serving.add_argument("--port", type=int, required=True, help="端口")
    serving.add_argument("--bind", default="127.0.0.1", help="监听的地址")
    serving.add_argument("--silence", type=float, default=60, help="多少秒没有新的封存头就告警")
    serving.add_argument("--alarm-command", default="", help="告警时运行的命令，环境变量 ALARM 是告警的内容")
    asked = parser.parse_args(arguments)
    folder = Folder(asked.folder)
    try:
        if asked.command == "init":
            print(folder.create(asked.name))
        elif asked.command == "trust":
            folder.trust(asked.vkey)
        elif asked.command == "serve":
            serve(folder, asked.bind, asked.port, asked.silence, asked.alarm_command)
        elif asked.command == "clear":
            folder.key()
            print(f"已解除 {Alarms(folder).cleared()} 项告警。")
        else:
            return status(folder)
    except Refusal as no:
        sys.stderr.write(f"{no}\n")
        return 2
    return 0


def _is_newer(note: verify.Note, last: Head | None) -> bool:
    """Whether the log signed this head after the last known one; an equal or older one is a repetition."""
    if last is None or "time" not in note.more or "time" not in last.note.more:
        return last is None or note.text != last.note.text
    return note.more["time"] > last.note.more["time"]


def _signed_by(log: verify.Vkey, note: verify.Note) -> str:
    """The note with the log's own lines only: what a stranger added is not kept."""
    lines = [line for line in note.lines if line.name == log.name][:4]
    return note.text + "\n" + "".join(f"— {line.name} {verify.b64(line.id + line.signature)}\n" for line in lines)


if __name__ == "__main__":
    sys.exit(main())
