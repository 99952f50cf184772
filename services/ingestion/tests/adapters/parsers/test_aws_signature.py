"""Against the examples that AWS publishes."""

from datetime import UTC, datetime

import pytest

from ragstone_ingestion.adapters.parsers.aws_signature import Credentials, Unsigned, signed_headers

_SUITE = Credentials("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY", "us-east-1")
_S3 = Credentials("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "us-east-1")


@pytest.mark.parametrize(
    ("request_", "signature"),
    [
        (
            Unsigned("GET", "https://example.amazonaws.com/", {}),
            "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            Unsigned("GET", "https://example.amazonaws.com/?Param2=value2&Param1=value1", {}),
            "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500",
        ),
        (
            Unsigned("POST", "https://example.amazonaws.com/", {}),
            "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
    ],
)
def test_the_test_suite_of_signature_version_4(request_: Unsigned, signature: str) -> None:
    headers = signed_headers(request_, _SUITE, "service", datetime(2015, 8, 30, 12, 36, tzinfo=UTC))
    assert headers["authorization"] == (
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, "
        f"SignedHeaders=host;x-amz-date, Signature={signature}"
    )


@pytest.mark.parametrize(
    ("request_", "signature"),
    [
        (
            Unsigned("GET", "https://examplebucket.s3.amazonaws.com/test.txt", {"Range": "bytes=0-9"}),
            "f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41",
        ),
        (
            Unsigned(
                "PUT",
                "https://examplebucket.s3.amazonaws.com/test%24file.text",
                {"Date": "Fri, 24 May 2013 00:00:00 GMT", "x-amz-storage-class": "REDUCED_REDUNDANCY"},
                b"Welcome to Amazon S3.",
            ),
            "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd",
        ),
    ],
)
def test_the_examples_for_s3_whose_paths_are_encoded_once(request_: Unsigned, signature: str) -> None:
    headers = signed_headers(request_, _S3, "s3", datetime(2013, 5, 24, tzinfo=UTC))
    assert headers["authorization"].endswith(f"Signature={signature}")


def test_a_session_token_is_signed_with_the_rest_and_no_secret_is_shown() -> None:
    credentials = Credentials("AKIDEXAMPLE", "the secret", "us-east-1", "the token")
    request = Unsigned("GET", "https://example.amazonaws.com/", {})
    headers = signed_headers(request, credentials, "service", datetime(2015, 8, 30, tzinfo=UTC))
    assert headers["x-amz-security-token"] == "the token"
    assert "host;x-amz-date;x-amz-security-token" in headers["authorization"]
    assert "the secret" not in repr(credentials)
    assert "the token" not in repr(credentials)
