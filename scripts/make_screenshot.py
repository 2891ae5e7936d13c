"""Make docs/screenshot.png and docs/training.png: start the app, open it in Chromium, take pictures of two pages.

Run with: python scripts/make_screenshot.py (needs the extra "test" and a Chromium).
"""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking", "--no-first-run"]


def main() -> None:
    """Take the pictures."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "streamlit_app.py", "--server.port", str(port)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
            page = browser.new_page(viewport={"width": 1280, "height": 800})
            for _ in range(50):
                page.wait_for_timeout(300)
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
            page.goto(f"http://127.0.0.1:{port}/transform?gamma=1.5&beta=-2")
            page.wait_for_selector("svg.marks")
            page.wait_for_timeout(2000)
            page.screenshot(path=ROOT / "docs/screenshot.png")
            page.goto(f"http://127.0.0.1:{port}/training")
            page.get_by_text("Done. ").wait_for(timeout=60_000)
            page.locator(".st-key-run-panel").scroll_into_view_if_needed()
            page.wait_for_timeout(2000)
            page.screenshot(path=ROOT / "docs/training.png")
            browser.close()
    finally:
        server.terminate()


if __name__ == "__main__":
    main()
