from ragstone_contracts.identity import Identity
from ragstone_contracts.usage import Allowance
from ragstone_router.limits.rules import Rule, Rules, rules_of

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


def test_windows_are_remembered_until_the_first_one_ends() -> None:
    now = NOON
    rules, ann = Rules(RULES, lambda: now), Identity(tenant="acme", user="ann")
    before = rules.windows(ann)
    now += 10
    assert rules.windows(ann) is before
    now += 20
    after = rules.windows(ann)
    assert [one.key for one in before if one.period != "minute"] == [one.key for one in after if one.period != "minute"]
    assert [one.key for one in before] != [one.key for one in after]


def test_the_rules_of_a_key_stand_in_the_place_of_the_files_for_the_same() -> None:
    own = rules_of(Allowance(requests_per_minute=7, usd_per_day=2), "key", "k1")
    found = Rules(RULES, lambda: NOON).windows(Identity(tenant="acme", user="ann", key="k1"), own)
    of_the_key = {(one.measure, one.period): one.most for one in found if one.holder == "key"}
    assert of_the_key == {("requests", "minute"): 7, ("usd", "day"): 2}
    assert len(found) == 5
