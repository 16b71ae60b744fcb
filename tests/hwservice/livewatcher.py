"""A client of the live monitors, as released ones are: it knows Socket.IO and the names of events, nothing of Lager."""

import asyncio

import aiohttp
import socketio

PATIENCE = 20


class Watcher:
    """One connection to a namespace; what it hears is kept in order."""

    def __init__(self, bench, kind="supply", transports=("websocket",), **headers):
        self.kind = kind
        self._url = f"http://127.0.0.1:{bench.ready['http_port']}"
        self._headers = {"Authorization": f"Bearer {bench.token}", **headers}
        self._transports = list(transports)
        self._heard = asyncio.Queue()

    async def __aenter__(self):
        self._http = aiohttp.ClientSession(headers=self._headers)
        self.client = socketio.AsyncClient(reconnection=False, handle_sigint=False, http_session=self._http)
        self.client.on("*", self._hear, namespace=f"/{self.kind}")
        try:
            await self.client.connect(
                self._url,
                headers=self._headers,
                transports=self._transports,
                namespaces=[f"/{self.kind}"],
                wait_timeout=PATIENCE,
            )
        except BaseException:
            await self._http.close()
            raise
        return self

    async def __aexit__(self, *_):
        await self.client.eio.disconnect(
            abort=True
        )  # else a client that polls waits until its last question is answered
        await self._http.close()

    async def _hear(self, event, payload=None):
        self._heard.put_nowait((event, payload))

    async def next(self):
        """Give what is heard next."""
        return await asyncio.wait_for(self._heard.get(), PATIENCE)

    async def until(self, name):
        """Give what the next event of a name carries, whatever comes before it."""
        while True:
            event, payload = await self.next()
            if event == name:
                return payload

    async def state(self):
        return (await self.until(f"{self.kind}_state_update"))["state"]

    async def tell(self, event, payload=None):
        await self.client.emit(event, payload, namespace=f"/{self.kind}")

    async def start(self, net, interval=0.1, **more):
        await self.tell(f"start_{self.kind}_monitor", {"netname": net, "interval": interval, **more})

    async def command(self, action, net="any", **params):
        """Give a command, and what is answered to it."""
        await self.tell(f"{self.kind}_command", {"netname": net, "action": action, "params": params})
        return await self.until(f"{self.kind}_command_response")
