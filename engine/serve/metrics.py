"""What happened since the server began, for Prometheus. No label names a person or a case."""

import time
from typing import Any

from prometheus_client import (
    CollectorRegistry,
    Counter,
    Histogram,
    disable_created_metrics,
)
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from engine.serve.workers import Pool

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60)


class Metrics:
    """The counters of one server."""

    def __init__(self, pool: Pool) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "xeploai_requests", "Requests answered", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "xeploai_request_seconds", "How long requests took", ("route",), buckets=SECONDS, registry=self.registry
        )
        self.cases = Counter("xeploai_cases", "Cases judged", registry=self.registry)
        self.sign_ins = Counter("xeploai_sign_ins", "Attempts to sign in", ("outcome",), registry=self.registry)
        self.registry.register(_OfPool(pool))

    def request(self, scope: Scope, status: int, seconds: float) -> None:
        """Counts a request by its route: the address itself may hold ids."""
        route = getattr(scope.get("route"), "path", "other")
        self.requests.labels(scope["method"], route, status).inc()
        self.seconds.labels(route).observe(seconds)


class _OfPool(Collector):
    """What the pool of workers counts."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    def collect(self) -> Any:
        """The figures as they are now."""
        counts = self._pool.counts
        yield GaugeMetricFamily("xeploai_workers_ready", "Workers that can be given jobs", self._pool.ready)
        yield GaugeMetricFamily("xeploai_jobs_waiting", "Jobs that wait for a worker", self._pool.queued)
        yield CounterMetricFamily("xeploai_jobs_done", "Jobs that were answered", counts.done)
        yield CounterMetricFamily("xeploai_jobs_refused", "Jobs refused as the queue was full", counts.refused)
        yield CounterMetricFamily("xeploai_jobs_overtime", "Jobs ended as they took too long", counts.overtime)
        yield CounterMetricFamily("xeploai_workers_died", "Workers that ended by themselves", counts.died)


class Counted:
    """The layer that counts requests."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on, and counts it when it is answered."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status, began = 500, time.perf_counter()

        async def counting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, counting)
        finally:
            self._metrics.request(scope, status, time.perf_counter() - began)
