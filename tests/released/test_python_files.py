"""Released clients fetch what a script wrote: `--download` and `--allow-overwrite`."""

WRITES = """
import gzip, os, sys
open("own.bin", "wb").write(bytes(range(256)) * 40)
open("own.csv.gz", "wb").write(gzip.compress(b"volts\\n3.3\\n"))
os.symlink("/etc/passwd", "sly.txt")
sys.exit(3)
"""
CONTENT = bytes(range(256)) * 40


def fetched(client, *names, options=()):
    words = [word for name in names for word in ("--download", name)]
    return client.run("python", "--box", "bench", *words, *options, client.file("writes.py", WRITES))


def test_files_of_the_run_and_what_cannot_be_had(client):
    done = fetched(
        client, "own.bin", "own.csv.gz", "absent.txt", "sly.txt", "/etc/passwd", "/tmp/lager-output/none.txt"
    )
    assert (client.folder / "own.bin").read_bytes() == CONTENT
    assert (client.folder / "own.csv.gz").read_bytes() == b"volts\n3.3\n"  # the clients unpack it
    said = done.stdout + done.stderr
    assert "Failed to download absent.txt: File not found" in said
    assert "Failed to download /tmp/lager-output/none.txt: File not found" in said
    for name in ("sly.txt", "/etc/passwd"):
        assert f"Failed to download {name}: HTTP 403 - Access to this path is not permitted" in said
    assert not (client.folder / "sly.txt").exists()
    assert not (client.folder / "passwd").exists()
    assert "Traceback" not in said
    assert done.returncode == 3


def test_a_file_that_is_here_already(client):
    client.file("own.bin", "mine")
    refused = fetched(client, "own.bin")
    assert refused.returncode == 2
    assert "File own.bin exists; please rename it or use the --allow-overwrite flag" in refused.stderr
    assert (client.folder / "own.bin").read_text() == "mine"
    done = fetched(client, "own.bin", options=["--allow-overwrite"])
    assert (client.folder / "own.bin").read_bytes() == CONTENT
    assert done.returncode == 3
