"""What a file looks like, from its bytes and its heading."""

import io

import pytest

from patrons.sniff import likely_encodings, likely_separator


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (b"plain", []),
        (b"", []),
        ("é".encode(), ["utf-8"]),
        (b"x" * 65_535 + "é".encode(), ["utf-8"]),  # a letter across two blocks
        (b"x" * 200_000 + "é".encode(), ["utf-8"]),
        ("é".encode("latin-1") + b"a", ["latin-1", "cp1252"]),
        ("“é”".encode("cp1252"), ["cp1252", "latin-1"]),
        ("a".encode("utf-8-sig"), ["utf-8"]),
        ("abc".encode("utf-16"), ["utf-16"]),
        ("abcdef".encode("utf-16-le"), ["utf-16-le"]),
        ("abcdef".encode("utf-16-be"), ["utf-16-be"]),
    ],
)
def test_encodings(content, wanted):
    assert likely_encodings(io.BytesIO(content)) == wanted


def test_only_so_much_is_looked_at():
    assert likely_encodings(io.BytesIO(b"x" * 200_000 + "é".encode()), most=0) == []


@pytest.mark.parametrize(
    ("heading", "wanted"),
    [
        (["a;b;c"], ";"),
        (["a\tb"], "\t"),
        (["a|b"], "|"),
        (['"a,1";b'], ";"),
        ([" a  b c"], r"\s+"),
        (["customer id"], None),
        (["a"], None),
        (["a;b", "c"], None),
    ],
)
def test_separators(heading, wanted):
    assert likely_separator(heading) == wanted
