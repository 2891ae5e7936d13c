"""What all visitors share, made before the first of them comes; and tidying up while nobody is waiting."""

import asyncio
import gc
import importlib
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pandas as pd
import streamlit as st

from bnsim.app.check.keeping import KEPT
from bnsim.app.ends import forget_who_left, is_deserted, let_go
from bnsim.app.joined import join
from bnsim.app.lighter import lighten
from bnsim.app.sending import send_together
from bnsim.app.shared import forget_what_all_have_left, make_first
from bnsim.app.turns import take_turns
from bnsim.experiments import all_experiments
from bnsim.work.memory import seldom_searches, tidying_up

LOOKS = 2.0
"""Seconds between two looks at whether all visitors are quiet."""


PAUSE = 1.0
"""Seconds without a visitor's wish after which the page of one more experiment is made."""


@asynccontextmanager
async def ready(_: st.App) -> AsyncIterator[None]:
    """Make what all visitors share while the server starts, which answers nobody before; then tidy up now and then.

    It is made in threads of their own, whose faults go to the log: a page that cannot be drawn keeps nobody from the
    others. What only one page needs is made while the first visitors come, so that they need not wait for all pages.
    """
    take_turns()
    lighten()
    send_together()
    join()
    let_go()
    seldom_searches()
    # Names of columns and the few words in tables, in Arrow's own form, would make every frame twice as dear.
    pd.set_option("mode.string_storage", "python")
    reading = threading.Thread(target=read_all, name="bnsim-reading", daemon=True)
    reading.start()
    await asyncio.to_thread(reading.join)
    threading.Thread(target=make_pages, name="bnsim-pages", daemon=True).start()
    tidying = asyncio.create_task(tidy_now_and_then())
    yield
    tidying.cancel()


def read_all() -> None:
    """Import every page, and read the scenario sets, the texts and the claims."""
    # Imported here: the components of the pages register themselves at the server, which runs by now.
    importlib.import_module("bnsim.app.shell")
    from bnsim.app.panels import library
    from bnsim.claims import read_ledger
    from bnsim.learn import all_pages

    library()
    read_ledger()
    all_pages()
    # What is there by now stays: a search for garbage need not look through it again and again.
    gc.collect()
    gc.freeze()


def make_pages() -> None:
    """Make what the page of each experiment shows at first, while nobody waits; who is there before makes it."""
    for experiment in all_experiments().values():
        while tidying_up.quiet_for() < PAUSE:
            time.sleep(PAUSE / 4)
        make_first(experiment)
    tidying_up.left()


async def tidy_now_and_then() -> None:
    """Tidy up whenever all visitors have been quiet for a while, and let files go that nobody needs any more."""
    while True:
        await asyncio.sleep(LOOKS)
        if forget_who_left():
            tidying_up.left()
            if is_deserted():
                forget_what_all_have_left()
        await asyncio.to_thread(KEPT.let_idle_go)
        await asyncio.to_thread(tidying_up.if_quiet)
