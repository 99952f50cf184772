"""The base every wire model shares."""

from pydantic import BaseModel, ConfigDict


class Wire(BaseModel):
    """A model on the wire: unknown fields are refused, so a typo is an error and never a silent default."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class OpenWire(BaseModel):
    """A model of somebody else's wire: unknown fields are kept and passed on."""

    model_config = ConfigDict(extra="allow")
