"""A browser for the checks that need one: the system's Chromium, or Chrome."""

import functools
import http.server
import shutil
import threading
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

SITE = Path(__file__).resolve().parents[2] / "_build/html"

COUNT_SHIFTS = """
window.shift = 0;
const add = (list) => list.getEntries().forEach((entry) => { if (!entry.hadRecentInput) window.shift += entry.value; });
new PerformanceObserver(add).observe({ type: "layout-shift", buffered: true });
"""


@pytest.fixture(scope="session")
def browser():
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    program = next(filter(None, map(shutil.which, names)), None)
    if program is None:
        pytest.skip("no Chromium or Chrome here (on Debian: apt install chromium)")
    with sync_playwright() as playwright:
        # The sandbox needs rights that a container's root has not.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server():
    """The address of the built site on this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    handler = functools.partial(Quiet, directory=SITE)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{running.server_port}"
        running.shutdown()


@pytest.fixture
def open_page(browser, server):
    """Open a page of the site; afterwards, nothing was asked of another host and no script complained."""
    contexts, complaints = [], []

    def open_(address, width=1440, height=900, from_disk=False, slow=False, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        page = context.new_page()
        home = SITE.as_uri() if from_disk else server

        def guard(route):
            if route.request.url.startswith((home, "data:", "blob:")):
                return route.continue_()
            complaints.append(f"asked another host: {route.request.url}")
            return route.abort()

        page.route("**/*", guard)
        page.on("pageerror", lambda error: complaints.append(f"{address}: {error}"))
        page.on(
            "console",
            lambda message: (
                message.type in ("error", "warning")
                and complaints.append(f"{address}: {message.text} {message.location}")
            ),
        )
        if slow:  # a line of 1.6 Mb/s, and a count of what jumps meanwhile
            page.add_init_script(COUNT_SHIFTS)
            line = {"offline": False, "latency": 150, "downloadThroughput": 2e5, "uploadThroughput": 2e5}
            context.new_cdp_session(page).send("Network.emulateNetworkConditions", line)
        page.goto(f"{home}/{address}", wait_until="networkidle")  # else a font may come too late
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not complaints
