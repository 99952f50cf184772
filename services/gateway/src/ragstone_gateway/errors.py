"""Errors only the gateway has."""

from ragstone_contracts.errors import Forbidden, InvalidRequest


class CrossSiteRequest(Forbidden):
    code, title = "cross_site_request", "A signed-in browser was sent here by another site"


class MissingScope(Forbidden):
    code, title = "missing_scope", "The API key does not carry the scope this needs"


class InvalidForm(InvalidRequest):
    code, title = "invalid_form", "The upload form is not valid"
