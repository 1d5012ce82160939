"""Lists of the command line, as a program or a spreadsheet reads them."""

import pytest

from tigertally.cli.tables import print_table


def test_a_list_in_a_pipe_runs_no_formula_and_hides_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    print_table(("id", "name"), [("a1", "=cmd|'/c calc'!A0"), ("a2", "gnp.\u202egpj")])
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["id\tname", "a1\t'=cmd|'/c calc'!A0", "a2\tgnp.gpj"]
    print_table(("id", "name"), [("a1", "+1"), ("a2", "-1"), ("a3", "@a"), ("a4", "a=1\tb")])
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == ["a1\t'+1", "a2\t'-1", "a3\t'@a", "a4\ta=1b"]
