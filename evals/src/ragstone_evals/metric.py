"""What a scorer measures."""

from pydantic import BaseModel, ConfigDict


class Metric(BaseModel):
    """The mean over all samples, greater being better. A sample that failed counts as ``worst``: whoever fails on the
    hard ones gains nothing by it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    worst: float = 0.0
