"""``python -m bench.farside PORT``: a gateway as the contract wants it, cheap enough not to be what is measured."""

import asyncio
import json
import sys
import time
from collections import Counter


class FarSide:
    """Keeps each key once; ``GET /figures`` says what it has heard and when."""

    def __init__(self):
        self.asked: Counter[str] = Counter()
        self.first = self.last = 0.0

    async def serve(self, reader, writer):
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                first, *lines = head.decode().split("\r\n")
                length = next((int(line.split(":")[1]) for line in lines if line.lower().startswith("content-len")), 0)
                body = await reader.readexactly(length)
                said = self.figures() if first.startswith("GET") else self.taken(json.loads(body))
                text = json.dumps(said).encode()
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(text) + text)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    def taken(self, said):
        self.last = time.time()
        self.first = self.first or self.last
        self.asked[said["key"]] += 1
        return {"key": said["key"], "state": "delivered"}

    def figures(self):
        return {
            "keys": len(self.asked), "requests": self.asked.total(), "first": self.first, "last": self.last,
        }  # fmt: skip


async def main(port):
    server = await asyncio.start_server(FarSide().serve, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))
