"""How many threads the library's host starts."""

import threading

from durable.engine import Host
from naive import say

before = threading.active_count()
Host()
say(threading.active_count() - before)
