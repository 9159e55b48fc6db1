"""What the page can ask: a root, a period, a bucket, a way. Nothing else reaches a statement."""

import datetime
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

DEFAULT_DAYS = 30
LONGEST_DAYS = 3_660
LONGEST_DAYS_BY_HOUR = 62

BigInt = Annotated[int, Field(ge=-(2**63), le=2**63 - 1)]


@dataclass(frozen=True)
class Extent:
    """The days [first, until) that have usage; None where nothing was ever used."""

    first: datetime.date | None
    until: datetime.date | None


class Question(BaseModel):
    """The query parameters of all endpoints."""

    model_config = ConfigDict(extra="forbid")

    root: BigInt | None = None
    since: datetime.date | None = None
    until: datetime.date | None = None
    tz: Annotated[str, Field(max_length=64, pattern=r"^[A-Za-z0-9_+/:-]+$")] = "UTC"
    bucket: Literal["hour", "day", "week", "month"] = "day"
    way: Literal["readers", "orm", "summaries", "events"] = "readers"

    @model_validator(mode="after")
    def check_period(self) -> "Question":
        """Both bounds or none, in order, and not so many buckets that no screen could show them."""
        if (self.since is None) != (self.until is None):
            raise ValueError("since and until go together")
        if self.since is None:
            return self
        days = (self.until - self.since).days
        if days <= 0:
            raise ValueError("until must be later than since")
        longest = LONGEST_DAYS_BY_HOUR if self.bucket == "hour" else LONGEST_DAYS
        if days > longest:
            raise ValueError(f"a period by {self.bucket} has at most {longest:,} days")
        return self

    def parameters(self, extent: Extent) -> dict:
        """What the statements bind: without a period, the last days that have usage."""
        until = self.until or extent.until or datetime.date.today() + datetime.timedelta(days=1)
        since = self.since or until - datetime.timedelta(days=DEFAULT_DAYS)
        return {"root": self.root, "since": since, "until": until, "tz": self.tz, "bucket": self.bucket}
