"""TCP forwarders that misbehave on demand: what stands in front of the servers, and between a server and its database."""

import asyncio
import os
import random
import socket
import struct
import threading


class Forwarders:
    """All forwarders of a test, on one thread of their own."""

    def __init__(self):
        self.loop = asyncio.new_event_loop()
        self.thread = threading.Thread(target=self.loop.run_forever, daemon=True)
        self.thread.start()

    def run(self, coroutine):
        return asyncio.run_coroutine_threadsafe(coroutine, self.loop).result(30)

    def forwarder(self) -> "Forwarder":
        forwarder = Forwarder(self)
        self.run(forwarder.listen())
        return forwarder

    def close(self):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(10)


class Forwarder:
    """Listens on a port of 127.0.0.1, and hands each connection to one of `backends`: a port, or a socket's path."""

    PASS, STALL, CLOSE, RESET = "pass", "stall", "close", "reset"

    def __init__(self, forwarders: Forwarders):
        self.forwarders = forwarders
        self.backends = []
        self.mode = self.PASS
        self.connections = set()
        self.passing = None
        self.port = 0

    async def listen(self):
        self.passing = asyncio.Event()
        self.passing.set()
        server = await asyncio.start_server(self.accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        self.server = server

    def set(self, mode: str):
        """From now on: `pass`; `stall`, so that nothing arrives and nothing is said about it; `close`; or `reset`."""
        self.forwarders.run(self.become(mode))

    async def become(self, mode: str):
        self.mode = mode
        if mode == self.STALL:
            self.passing.clear()
            return
        self.passing.set()
        if mode != self.PASS:
            for writer in list(self.connections):
                self.end(writer)

    def end(self, writer):
        if self.mode == self.RESET:
            # Closing with a linger time of zero sends a reset.
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()

    async def accept(self, reader, writer):
        ways = []
        self.connections.add(writer)
        try:
            await self.passing.wait()
            if self.mode != self.PASS:
                self.end(writer)
                return
            opened = await self.open()
            if opened is None:
                return
            self.connections.add(opened[1])
            ways = [asyncio.ensure_future(self.pump(reader, opened[1])), asyncio.ensure_future(self.pump(opened[0], writer))]
            await asyncio.wait(ways)
            self.connections.discard(opened[1])
            opened[1].transport.abort()
        finally:
            self.connections.discard(writer)
            writer.transport.abort()

    async def open(self):
        for backend in random.sample(self.backends, len(self.backends)):
            try:
                if isinstance(backend, int):
                    return await asyncio.open_connection("127.0.0.1", backend)
                return await asyncio.open_unix_connection(os.fspath(backend))
            except OSError:
                continue
        return None

    async def pump(self, reader, writer):
        try:
            while data := await reader.read(65536):
                await self.passing.wait()
                writer.write(data)
                await writer.drain()
            # The other direction may have more to say.
            writer.write_eof()
        except (OSError, RuntimeError):
            writer.transport.abort()
