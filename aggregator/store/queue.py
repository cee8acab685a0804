"""Jobs of a PostgreSQL deployment, put into Procrastinate's tables inside our own transaction.

See https://procrastinate.readthedocs.io (queueing locks, locks). So a feed leaves the due ones and
its job appears together or not at all, and several schedulers never put in the same job twice.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlmodel import Session

_WAITING = sa.text(
    "SELECT queueing_lock FROM procrastinate_jobs"
    " WHERE status IN ('todo', 'doing') AND queueing_lock IS NOT NULL"
)
_DEFER = sa.text(
    """
    SELECT procrastinate_defer_jobs_v1(array_agg(ROW(
        job->>'queue', job->>'task', (job->>'priority')::integer, job->>'lock', job->>'name',
        job->'arguments', NULL)::procrastinate_job_to_defer_v1 ORDER BY place))
    FROM jsonb_array_elements(CAST(:jobs AS jsonb)) WITH ORDINALITY AS wanted(job, place)
    """
)
_DEPTH = sa.text(
    """
    SELECT count(*) FILTER (WHERE job.status = 'todo'),
           count(*) FILTER (WHERE job.status = 'doing' AND worker.is_alive),
           count(*) FILTER (WHERE job.status = 'doing' AND worker.is_alive IS NOT TRUE),
           count(*) FILTER (WHERE job.status = 'failed'),
           (SELECT count(*) FROM procrastinate_workers
             WHERE last_heartbeat >= now() - make_interval(secs => :patience))
    FROM procrastinate_jobs AS job
    LEFT JOIN (SELECT id, last_heartbeat >= now() - make_interval(secs => :patience) AS is_alive
                 FROM procrastinate_workers) AS worker ON worker.id = job.worker_id
    """
)
JOBS_A_QUERY = 1000
STALLED_S = 12.0  # a worker that said nothing for so long is taken for dead


@dataclass(frozen=True, slots=True)
class Job:
    """Something a worker is to do."""

    task: str
    name: str  # no second job of this name waits or runs: Procrastinate's queueing lock
    arguments: dict[str, str | int]
    lock: str | None = None  # of the jobs with this lock only one runs at a time, in any worker
    priority: int = 0  # the higher ones first

    def as_dict(self, queue: str) -> dict[str, object]:
        """For the query."""
        return {
            "queue": queue,
            "task": self.task,
            "name": self.name,
            "lock": self.lock,
            "priority": self.priority,
            "arguments": self.arguments,
        }


@dataclass(frozen=True, slots=True)
class Depth:
    """How much work is in the queue, and how many there are to do it."""

    waiting: int = 0
    running: int = 0
    stalled: int = 0  # begun by a worker that is dead; others take them up within seconds
    failed: int = 0
    workers: int = 0


def depth(session: Session) -> Depth | None:
    """How the queue is; None where there is none: on SQLite, or before the first `serve`."""
    if session.get_bind().dialect.name != "postgresql" or not has_schema(session):
        return None
    return Depth(*session.execute(_DEPTH, {"patience": STALLED_S}).one())


def has_schema(session: Session) -> bool:
    """Whether Procrastinate's tables are there."""
    found = session.execute(sa.text("SELECT to_regclass('procrastinate_jobs')")).scalar()
    return found is not None


def make_schema(session: Session, statements: str) -> None:
    """Make Procrastinate's tables.

    Args:
        statements: its own, as `SchemaManager.get_schema` gives them.
    """
    options = {"no_parameters": True}  # or every % would have to be doubled
    session.connection().exec_driver_sql(statements, execution_options=options)


def defer(session: Session, jobs: Sequence[Job], queue: str) -> int:
    """Put jobs in the queue, less those that wait or run there already; returns how many.

    Must be called in a transaction that writes: these come one after the other.
    """
    if not jobs:
        return 0
    waiting = set(session.execute(_WAITING).scalars())
    missing = [job for job in jobs if job.name not in waiting]
    for start in range(0, len(missing), JOBS_A_QUERY):
        batch: Sequence[dict[str, object]] = [
            job.as_dict(queue) for job in missing[start : start + JOBS_A_QUERY]
        ]
        session.execute(_DEFER, {"jobs": json.dumps(batch)})
    return len(missing)
