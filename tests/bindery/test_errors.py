import pickle

from bindery.errors import CellError


def test_an_error_in_a_cell_travels_between_processes() -> None:
    error = CellError("a.qmd", "fig-a", 7, "E: no", origin="_b.md", inputs=("x.csv",))
    copy = pickle.loads(pickle.dumps(error))
    assert vars(copy) == vars(error)
    assert str(copy) == str(error) == "_b.md:7: cell `fig-a` of a.qmd failed\nE: no"
