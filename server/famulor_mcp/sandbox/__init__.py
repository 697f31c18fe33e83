"""An imitation of the Famulor API with state, written from its documented behaviour.

It is not made from the tool table, so that it can disagree with it. `make_app()` gives an ASGI
app to mount in process (`httpx.ASGITransport`) or to serve on a port. Nothing runs in the
background: calls, campaigns and documents move on when they are looked at, by the clock.
The last two digits of a called number decide its fate: see `calls.FATES`.
"""

from .app import make_app
from .clock import Clock, ManualClock, RealClock
from .seed.world import KEY, SECOND_KEY

__all__ = ["KEY", "SECOND_KEY", "Clock", "ManualClock", "RealClock", "make_app"]
