"""A browser and a server for the tests of the page: whatever Chromium is installed, driven by playwright."""

import os
import shutil
import threading
from contextlib import contextmanager

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def find_browser():
    """The path of an installed Chromium (or what PPP_BROWSER says), or None."""
    return os.environ.get("PPP_BROWSER") or next((path for name in NAMES if (path := shutil.which(name))), None)


@contextmanager
def served(app):
    """The address of a real server of `app`, in a thread, on a free port."""
    import socket

    import uvicorn

    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(app, log_level="critical", lifespan="on", timeout_graceful_shutdown=1)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        finally:
            server.should_exit = True
            thread.join()
