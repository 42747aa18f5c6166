"""``/screen``: where a pairing code is typed on a big screen; its browser then keeps a cookie of its own."""

from __future__ import annotations

import asyncio

from shuju.clock import now
from shuju.desk import trail
from shuju.desk.devices import DeviceError
from shuju.desk.pairing import pair
from shuju.serve.sign_in import NEEDS_TLS, SessionHandler
from shuju.serve.strangers import form_token_of
from shuju.serve.visitors import device_cookie_header, is_of_this_machine, is_secure

STRANGER = "未配对的大屏"  # who asks, as the trail has it


class ScreenDoorHandler(SessionHandler):
    """Asks for a pairing code and uses it up; the code comes in a form alone, never in an address."""

    def get(self) -> None:
        """Show the form; a packaged script sends a code that stands behind ``#``, which no request holds."""
        self._show()

    async def post(self) -> None:
        """Let the screen in, or say that the code is none."""
        if not (is_secure(self.request) or is_of_this_machine(self.request)):
            self._show(NEEDS_TLS, 403)
            return
        try:
            number, secret = await asyncio.to_thread(
                pair, self.desk, self.get_body_argument("code", "")[:40], at=now()
            )
        except DeviceError as error:
            told = {"why": str(error)}
            await asyncio.to_thread(trail.note, self.desk, "refused", "/screen", told, account=STRANGER)
            self._show(str(error), 403)
            return
        told = {"do": "pair"}
        await asyncio.to_thread(trail.note, self.desk, "device", f"device:{number}", told, account=STRANGER)
        self.visitors.forget()
        self.add_header("Set-Cookie", device_cookie_header(self.request, secret))
        self.redirect("tv", status=303)

    def _show(self, told: str = "", status: int = 200) -> None:
        visitor = self.request.visitor  # type: ignore[attr-defined]
        token = form_token_of(self) if visitor is None else visitor.xsrf
        self.show("screen_door.html", "大屏配对", status, told=told, xsrf=token, visitor=None, nav=[])
