"""What a route keeps of its answers, as the routes file says it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ExactConfig(_Part):
    """``any_temperature`` keeps chat answers that another run might have worded otherwise, too."""

    seconds: float = Field(gt=0)
    any_temperature: bool = False


class SemanticConfig(_Part):
    """``least_similarity`` is a cosine of the embedder's vectors; what passes it is still verified."""

    seconds: float = Field(gt=0)
    least_similarity: float = Field(default=0.9, gt=0, le=1)
    least_agreement: float = Field(default=0.9, gt=0, le=1)
    """The score that the cross-encoder must give each of the two questions for the other."""


class CacheConfig(_Part):
    """``between`` says whose answers a caller may be given: of any in the tenant who is in the very same groups, or
    his or her own alone."""

    exact: ExactConfig | None = None
    semantic: SemanticConfig | None = None
    between: Literal["groups", "user"] = "groups"

    @property
    def seconds(self) -> float:
        """How long an answer is of use to either."""
        return max(one.seconds for one in (self.exact, self.semantic) if one is not None)

    @property
    def is_on(self) -> bool:
        return self.exact is not None or self.semantic is not None
