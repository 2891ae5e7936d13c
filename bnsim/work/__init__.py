"""Slow work: independent parts that can be watched, stopped, put into a queue, and shared out.

`work` says what work is; `queue` does it for a class in one process; `sharing` does it in many. None of them knows
what an experiment is.
"""

from bnsim.work.work import MOST_OPEN, Found, Work, finish, one_thread, seconds_left

__all__ = ["MOST_OPEN", "Found", "Work", "finish", "one_thread", "seconds_left"]
