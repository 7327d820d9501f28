"""Processes of a test's own, forked from one that has everything loaded: one can be
started, killed and started again in milliseconds."""

import multiprocessing
from collections.abc import Callable
from multiprocessing.process import BaseProcess

CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.loaded", "pytest"])


def start(work: Callable[..., None], *args: object) -> BaseProcess:
    process = CONTEXT.Process(target=work, args=args, daemon=True)
    process.start()
    return process
