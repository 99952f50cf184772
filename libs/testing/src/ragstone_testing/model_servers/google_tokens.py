"""Where a service account changes what it has signed for a token, as Google's OAuth endpoint does."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ragstone_testing.model_servers.wire import json_response

_GRANT = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer"


def token_route(token: str) -> Route:
    async def give(request: Request) -> Response:
        asked = (await request.body()).decode()
        if _GRANT not in asked or asked.count(".") != 2:
            return json_response({"error": "invalid_grant", "error_description": "Invalid JWT"}, 400)
        return json_response({"access_token": token, "expires_in": 3599, "token_type": "Bearer"})

    return Route("/token", give, methods=["POST"])
