"""Logs, ours and the libraries', on stderr."""

import logging
import sys
from contextlib import nullcontext

from aggregator.lean import without

with nullcontext() if sys.stderr.isatty() else without("rich"):  # draws tracebacks, on terminals
    import structlog


def logs_to_stderr(level: int) -> None:
    """Send every log line, ours and the libraries', to stderr: coloured on terminals, else JSON."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer()
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer(ensure_ascii=False)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler()
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                renderer,
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in (
        "httpx",
        "httpcore",
        "apscheduler",
        "alembic",
        "uvicorn",
        "procrastinate",
        "psycopg",
    ):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))
