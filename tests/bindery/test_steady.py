import pandas as pd
import pytest
from great_tables import GT

from bindery.steady import addresses, steady


def html(value: str) -> dict[str, object]:
    return {"output_type": "display_data", "data": {"text/html": value, "text/plain": "x"}}


def test_ids_of_great_tables_depend_on_their_place_alone() -> None:
    frame = pd.DataFrame({"x": [1]})
    one, two = GT(frame).as_raw_html(), GT(frame).as_raw_html()
    assert one != two
    assert steady(html(one), "a") == steady(html(two), "a")
    assert steady(html(one), "a") != steady(html(one), "b")


@pytest.mark.parametrize(
    "value",
    [
        '<div id="altair-viz-{0}">#altair-viz-{0}'.format("66ac08b81129419db9aa033df78d4831"),
        '<style>#T_0a1b2_row0</style><table id="T_0a1b2"><td id="T_0a1b2_row0">',
    ],
)
def test_random_ids_are_replaced_throughout(value: str) -> None:
    result = str(steady(html(value), "key")["data"]["text/html"])
    assert "66ac08b81129419db9aa033df78d4831" not in result
    assert "0a1b2" not in result
    assert len(result) == len(value)


def test_other_html_is_left_alone() -> None:
    output = html('<div id="abcdefghij">abcdefghij</div>')
    assert steady(output, "key") == output


def test_the_number_of_the_process_is_taken_out_of_warnings() -> None:
    output = {"output_type": "stream", "name": "stderr", "text": "/tmp/ipykernel_123/456.py:2: UserWarning: x\n"}
    assert steady(output, "key")["text"] == "cell-456.py:2: UserWarning: x\n"


def test_addresses_in_memory_are_found() -> None:
    assert addresses("a <object at 0x7f0a1b2c3d> b <object at 0x7f0a1b2c3d>, x < y at 0x7f") == [
        "<object at 0x7f0a1b2c3d>"
    ]
