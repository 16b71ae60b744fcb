"""When two runs require the same."""

import pytest

from lager_runner import requirements


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@pytest.fixture
def keys(tmp_path):
    """Gives the key of some files, in a directory of its own each time."""
    count = iter(range(100))

    def key(**files):
        work = tmp_path / str(next(count))
        work.mkdir()
        write(work, {name.replace("__", "/").replace("_", "."): text for name, text in files.items()})
        return requirements.key(str(work))

    return key


@pytest.mark.parametrize("files", [{}, {"requirements_txt": ""}, {"requirements_txt": "# a\n\n   # b\r\n"}])
def test_nothing_is_required(keys, files):
    assert keys(**files) == ""


def test_the_same_content_is_the_same_wherever_it_lies(keys):
    assert keys(requirements_txt="a==1\nb\n") == keys(requirements_txt="# here\na==1  # why\r\n\nb")
    assert keys(requirements_txt="a==1") != keys(requirements_txt="a==2")
    assert keys(requirements_txt="a \\\n==1") == keys(requirements_txt="a ==1")


@pytest.mark.parametrize("option", ["-r", "-r ", "-c ", "--requirement ", "--constraint="])
def test_other_files_that_it_names_count(keys, option):
    line = f"{option}more__txt".replace("__", ".")
    one, same, other = (keys(requirements_txt=line, more_txt=f"{n}\n-r more.txt") for n in "112")
    assert one == same
    assert one != other
    assert keys(requirements_txt=line)  # pip will say that it is not there


@pytest.mark.parametrize("line", ["./src", "src/", "thing @ file:src", "./src[all]; python_version > '3'"])
def test_what_lies_beside_it_counts(keys, line):
    one, same, other = (keys(requirements_txt=line, src__setup_py=n) for n in "112")
    assert one == same
    assert one != other


def test_an_editable_one_is_nobody_elses(keys):
    assert keys(requirements_txt="-e ./src", src__setup_py="1") != keys(requirements_txt="-e ./src", src__setup_py="1")
