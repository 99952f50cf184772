from ragstone_contracts.identity import Identity
from ragstone_router.limits.rules import Rule, Rules

NOON = 1_795_000_000.0  # 2026-11-18T11:06:40Z

RULES = [
    Rule("tenant", "requests", "minute", 600),
    Rule("tenant", "usd", "month", 50),
    Rule("tenant", "usd", "month", 500, name="acme"),
    Rule("user", "tokens", "day", 1000),
    Rule("key", "requests", "minute", 5, name="k1"),
]


def windows(**who: str) -> dict[str, float]:
    identity = Identity(**{"tenant": "acme", "user": "ann", **who})  # type: ignore[arg-type]
    return {window.key: window.most for window in Rules(RULES, lambda: NOON).windows(identity)}


def test_the_rule_with_a_name_comes_before_the_one_for_any() -> None:
    assert windows()["tenant:acme:usd:202611010000:month"] == 500
    assert windows(tenant="globex")["tenant:globex:usd:202611010000:month"] == 50


def test_a_user_and_a_key_are_their_tenants_own() -> None:
    assert windows().keys() == {
        "tenant:acme:requests:202611181106:minute",
        "tenant:acme:usd:202611010000:month",
        "user:acme/ann:tokens:202611180000:day",
    }
    assert windows(key="k1")["key:acme/k1:requests:202611181106:minute"] == 5
    assert not any(key.startswith("key:") for key in windows(key="k2"))


def test_a_window_ends_where_the_next_one_begins() -> None:
    ends = {
        one.key.rpartition(":")[2]: one.ends
        for one in Rules(RULES, lambda: NOON).windows(Identity(tenant="a", user="b"))
    }
    assert ends == {"minute": 1_795_000_020.0, "day": 1_795_046_400.0, "month": 1_796_083_200.0}
