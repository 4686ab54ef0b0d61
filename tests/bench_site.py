"""Print what the built site costs a reader, page by page: `make bench`. Nothing here is a test.

Kilobytes and requests as a browser fetches them, compressed; then, over a slow line (1.6 Mb/s, 150 ms) and with a
processor four times slower, the seconds until a page can be used, the milliseconds that scripts block it, and how far
its parts jump (cumulative layout shift). Last, the milliseconds that the playground takes for a change.
"""

import gzip
import http.server
import statistics
import threading
from functools import partial
from pathlib import Path

import yaml
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
SITE = ROOT / "_build/html"
TOC = yaml.safe_load((ROOT / "book/_toc.yml").read_text(encoding="utf8"))
DOCUMENTS = [TOC["root"], *(chapter["file"] for part in TOC["parts"] for chapter in part["chapters"])]
WATCH = """
window.shift = window.blocked = 0;
const watch = (type, see) =>
  new PerformanceObserver((list) => list.getEntries().forEach(see)).observe({ type, buffered: true });
watch("layout-shift", (entry) => { if (!entry.hadRecentInput) window.shift += entry.value; });
watch("longtask", (entry) => { window.blocked += Math.max(0, entry.duration - 50); });
"""
EIGHT = "&".join(f"on_{name}=1" for name in "SGD momentum Nesterov Adagrad RMSprop Adam AdamW Lion".split())
# One change, computed, drawn and laid out.
CHANGE = """(label) => {
  const slider = document.querySelector(`input[aria-label="${label}"]`);
  const [low, high] = [Number(slider.min), Number(slider.max)];
  return Array.from({ length: 60 }, (_, i) => {
    slider.value = low + ((high - low) * i) / 60;
    const began = performance.now();
    slider.dispatchEvent(new Event("input"));
    document.body.offsetHeight;
    return performance.now() - began;
  }).slice(10);
}"""


class Compressed(http.server.SimpleHTTPRequestHandler):
    """Serves a folder as the web's servers do: text compressed."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        file = Path(self.translate_path(self.path))
        if not file.is_file():
            return self.send_error(404)
        body, font = file.read_bytes(), file.suffix == ".woff2"
        self.send_response(200)
        if not font:
            body = gzip.compress(body)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", self.guess_type(str(file)))
        self.send_header("Content-Length", len(body))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


def visit(browser, address, slow):
    """Load a page in a browser that has seen nothing yet, and return what it took."""
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.add_init_script(WATCH)
    chrome = context.new_cdp_session(page)
    chrome.send("Network.enable")
    if slow:
        line = {"offline": False, "latency": 150, "downloadThroughput": 2e5, "uploadThroughput": 2e5}
        chrome.send("Network.emulateNetworkConditions", line)
        chrome.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    fetched = []
    chrome.on("Network.loadingFinished", lambda event: fetched.append(event["encodedDataLength"]))
    page.goto(address, wait_until="networkidle", timeout=60_000)
    ready = page.evaluate("performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd / 1000")
    blocked, shift = page.evaluate("[window.blocked, window.shift]")
    context.close()
    return sum(fetched) / 1000, len(fetched), ready, blocked, shift


PLAY = """async () => {
  const ask = window.requestAnimationFrame.bind(window);
  const times = [];
  window.requestAnimationFrame = (draw) => ask((now) => {
    const began = performance.now();
    draw(now);
    document.body.offsetHeight;
    times.push(performance.now() - began);
  });
  const play = [...document.querySelectorAll("button")].find((button) => button.textContent === "Play");
  play.click();
  while (play.textContent !== "Play") await new Promise((then) => setTimeout(then, 50));
  return times.slice(10);
}"""


def milliseconds(browser, address):
    """How long the playground takes for a frame of its race, for changes of a rate, and for steps by hand."""
    page = browser.new_page()
    page.goto(f"{address}/book/playground.html#tab=race&open=1&{EIGHT}", wait_until="networkidle")
    for what, script, label in (
        ("the race plays", PLAY, None),
        ("a rate is turned", CHANGE, "Learning rate of Adam"),
        ("the race is scrubbed", CHANGE, "Step"),
    ):
        times = page.evaluate(script, label)
        slow = statistics.quantiles(times, n=20)[-1]
        print(
            f"eight optimizers, {what}: {statistics.median(times):.1f} ms a frame, one in twenty above {slow:.1f}"
        )
    page.close()


def main():
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Compressed, directory=SITE))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path="/usr/bin/chromium", args=["--no-sandbox", "--disable-gpu"]
        )
        print(f"{'page':52}{'KB':>6}{'requests':>10}{'ready s':>9}{'blocked ms':>12}{'shift':>8}")
        for document in DOCUMENTS:
            url = f"{address}/{document}.html"
            size, requests, *_ = visit(browser, url, slow=False)
            *_, ready, blocked, shift = visit(browser, url, slow=True)
            print(f"{document:52}{size:6.0f}{requests:10}{ready:9.1f}{blocked:12.0f}{shift:8.3f}", flush=True)
        milliseconds(browser, address)
        browser.close()
    server.shutdown()


if __name__ == "__main__":
    main()
