"""A browser for the checks that need one: the system's Chromium, or Chrome."""

import contextlib
import functools
import http.server
import shutil
import threading
import time
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


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


class Slow(Quiet):
    """Answers as over a slow line: after 150 ms, with 1.6 Mb/s."""

    def copyfile(self, source, outputfile):
        time.sleep(0.15)
        while part := source.read(20_000):
            outputfile.write(part)
            time.sleep(0.1)


@pytest.fixture(scope="session")
def servers():
    """The addresses of the built site on this machine, by the handler that answers there."""
    with contextlib.ExitStack() as stack:
        addresses = {}
        for handler in Quiet, Slow:
            serve = functools.partial(handler, directory=SITE)
            running = stack.enter_context(http.server.ThreadingHTTPServer(("127.0.0.1", 0), serve))
            threading.Thread(target=running.serve_forever, daemon=True).start()
            stack.callback(running.shutdown)
            addresses[handler] = f"http://127.0.0.1:{running.server_port}"
        yield addresses


@pytest.fixture
def open_page(browser, servers):
    """Open a page of the site; afterwards, nothing was asked of another host and no script complained."""
    contexts, complaints = [], []

    def open_(address, width=1440, height=900, from_disk=False, slow=False, **options):
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        context.set_default_timeout(60_000)  # two cores may be busy
        page = context.new_page()
        home = SITE.as_uri() if from_disk else servers[Slow if slow else Quiet]

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
        page.add_init_script(COUNT_SHIFTS)
        page.goto(f"{home}/{address}", wait_until="networkidle")  # else a font may come too late
        return page

    yield open_
    for context in contexts:
        context.close()
    assert not complaints
