"""Which requirements of a wheel are for a machine that is not this one."""

import pytest

from lager_cli.machine.markers import environment, holds, needed, normal

BOOKWORM = environment("3.11.2", "x86_64")
JAMMY_ON_ARM = environment("3.10.12", "aarch64")


@pytest.mark.parametrize(
    ("marker", "on_bookworm", "on_jammy"),
    [
        ("", True, True),
        ("python_version < '3.11'", False, True),
        ('python_version >= "3.10"', True, True),
        ("python_full_version < '3.11.3'", True, True),
        ("python_full_version == '3.11.2'", True, False),
        ("python_version == '3.10.0'", False, True),
        ("python_version in '3.9 3.10'", False, True),
        ("python_version not in '3.9 3.10'", True, False),
        ("sys_platform == 'win32'", False, False),
        ("sys_platform != 'win32' and platform_machine == 'aarch64'", False, True),
        ("(python_version < '3.11' or platform_machine in 'x86_64 AMD64') and os_name == 'posix'", True, True),
        ("'linux' in sys_platform", True, True),
        ("extra == 'plot'", False, False),
        ("python_version > '3.9' and python_version <= '3.10'", False, True),
        # What cannot be read is fetched: more than is needed does no harm.
        ("python_version ~= '3.10'", True, True),
        ("no_such_name == '1'", True, True),
        ("python_version", True, True),
    ],
)
def test_markers(marker, on_bookworm, on_jammy):
    assert (holds(marker, BOOKWORM), holds(marker, JAMMY_ON_ARM)) == (on_bookworm, on_jammy)


def test_what_a_wheel_needs():
    metadata = (
        "Metadata-Version: 2.4\nName: x\nRequires-Dist: Typing_Extensions >=4 ; python_version < '3.11'\n"
        "Requires-Dist: click (>=8.4)\nRequires-Dist: uvicorn[standard]<1,>=0.38\n"
        "Requires-Dist: matplotlib; extra == 'plot'\n\nRequires-Dist: not-a-header\n"
    )
    assert needed(metadata, BOOKWORM) == {"click": "click>=8.4", "uvicorn": "uvicorn<1,>=0.38"}
    assert needed(metadata, JAMMY_ON_ARM)["typing-extensions"] == "Typing_Extensions>=4"


def test_a_name_has_one_form():
    assert normal("Foo__bar.-baz") == "foo-bar-baz"
