"""Archives are read where they lie: what is whole is graded, and what is not is one sentence for one student."""

from __future__ import annotations

import io
import stat
import struct
import sys
import tarfile
import zipfile
import zlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from grader.classroom.folders import MAX_BYTES, RefusedError
from grader.classroom.sources import packed
from grader.classroom.sources.archives import is_archive_name, opened, stem
from grader.classroom.sources.packed import OF_A_STUDENT, Entry, PackedTree, safe_parts, unwrapped
from grader.classroom.submissions import SubmissionsError

from .conftest import FILE, tar_of, zip_of

NESTED = f"12_bounded_downloads/{FILE}"
GOOD = {"ada": b"a = 1\n", "bob": b"b = 1\n"}


def tree_of(contents, what="homework.zip"):
    """A student's archive as a tree."""

    def open_archive():
        return opened(io.BytesIO(contents), what, OF_A_STUDENT)

    return PackedTree.whole(open_archive, what)


def problem(contents, place=FILE):
    """The sentence about a place in a student's archive."""
    with pytest.raises(RefusedError) as refused:
        tree_of(contents).read(place)
    return str(refused.value)


@pytest.mark.parametrize(
    "name, pack",
    [
        ("class.zip", zip_of),
        ("class.tar", tar_of),
        ("class.tar.gz", lambda files: tar_of(files, "gz")),
        ("class.tar.bz2", lambda files: tar_of(files, "bz2")),
        ("class.tar.xz", lambda files: tar_of(files, "xz")),
    ],
)
@pytest.mark.parametrize("wrapper", ["", "class/", "./", "a/b/"])
def test_one_archive_holds_a_class(tmp_path, read, name, pack, wrapper):
    """Each folder in it is a student's, whatever wraps them and however it is compressed."""
    files = {f"{wrapper}{student}/{NESTED}": source for student, source in GOOD.items()}
    (tmp_path / name).write_bytes(pack({**files, f"{wrapper}__MACOSX/ada/._x": b"", f"{wrapper}notes.txt": b""}))

    assert read(tmp_path / name) == GOOD


@pytest.mark.parametrize("wrapper", ["", "homework/", "ada lovelace/week 3/"])
@pytest.mark.parametrize("place", [FILE, NESTED, f"exercises/{NESTED}"])
def test_a_folder_holds_an_archive_for_each_student(tmp_path, read, wrapper, place):
    """Zip and tar stand beside each other, and the name of the archive is the student's."""
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "ada.zip").write_bytes(zip_of({f"{wrapper}{place}": GOOD["ada"]}))
    (folder / "bob.tar.gz").write_bytes(tar_of({f"{wrapper}{place}": GOOD["bob"]}, "gz"))

    assert read(folder) == GOOD


def test_a_class_that_hands_in_the_same_is_no_bomb(tmp_path, students):
    """What packs to next to nothing because it repeats itself is read; there is an end to a class's archive too."""
    same = {f"student{number}/{FILE}": bytes(MAX_BYTES) for number in range(100)}
    (tmp_path / "class.tar.xz").write_bytes(tar_of(same, "xz"))

    assert (tmp_path / "class.tar.xz").stat().st_size * 1000 < 100 * MAX_BYTES
    assert len(students(tmp_path / "class.tar.xz")) == 100


def test_archives_of_one_stem_are_two_students(tmp_path, read):
    """No submission takes another's place."""
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "ada.zip").write_bytes(zip_of({FILE: "1"}))
    (folder / "ada.tar").write_bytes(tar_of({FILE: "2"}))

    assert read(folder) == {"ada.tar": b"2", "ada.zip": b"1"}


def test_an_archive_in_a_student_s_folder_is_looked_into(tmp_path, read):
    """Many hand in one archive that holds everything; a difference from what lies beside it is for them to settle."""
    for student, files in {"ada": {FILE: "1"}, "bob": {FILE: "2"}, "eve": {f"deep/er/{FILE}": "1", "x": ""}}.items():
        (tmp_path / "class" / student).mkdir(parents=True)
        (tmp_path / "class" / student / "homework.zip").write_bytes(zip_of(files))
    (tmp_path / "class" / "bob" / FILE).write_text("1")

    found = read(tmp_path / "class")

    assert found["ada"] == b"1"
    assert found["bob"] == f"{FILE} and homework.zip/{FILE} differ; hand in one of them."
    assert found["eve"].startswith(f"Found homework.zip/deep/er/{FILE}, which is not where it is looked for")


def test_what_is_wrong_with_one_student_costs_no_other(tmp_path, read):
    """In one archive of a class, a path that leads out spoils the part of the student in whose folder it lies."""
    files = {
        f"ada/{FILE}": "fine",
        f"bob/{FILE}": "fine",
        "bob/../ada/bounded_downloads.py": "forged",
        f"/etc/{FILE}": "nobody's",
        f"../{FILE}": "nobody's",
        f"eve/{FILE}": b"#" * (MAX_BYTES + 1),
    }
    expected = {
        "ada": b"fine",
        "bob": "The student's part of the archive is not read: "
        "`bob/../ada/bounded_downloads.py` leads out of its folder.",
        "eve": f"{FILE} is larger than 256 KiB.",
    }
    for name, contents in (("class.zip", zip_of(files)), ("class.tgz", tar_of(files, "gz"))):
        (tmp_path / name).write_bytes(contents)
        assert read(tmp_path / name) == expected


def test_a_path_that_leads_out_costs_no_other_in_a_flat_download(tmp_path, read):
    """Canvas puts all files beside each other: what belongs to nobody spoils nobody."""
    files = {f"ada_1_2_{FILE}": "fine", f"../bob_3_4_{FILE}": "forged", f"/eve_5_6_{FILE}": "forged"}
    (tmp_path / "canvas.zip").write_bytes(zip_of(files))

    assert read(tmp_path / "canvas.zip") == {"ada": b"fine"}


def test_a_broken_archive_among_others_costs_no_other(tmp_path, read):
    """Bytes that are no archive are one sentence of one student."""
    folder = tmp_path / "class"
    folder.mkdir()
    (folder / "ada.zip").write_bytes(zip_of({FILE: "fine"}))
    (folder / "bob.zip").write_bytes(b"PK\x03\x04" + b"\0" * 100)
    (folder / "eve.tar.gz").write_bytes(b"\x1f\x8b" + b"\0" * 100)
    (folder / "kim.zip").write_bytes(b"")

    found = read(folder)

    assert found.pop("ada") == b"fine"
    assert all(each.partition(" is not read: ")[0] in ("bob.zip", "eve.tar.gz", "kim.zip") for each in found.values())


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links")
def test_an_archive_that_is_a_link_is_not_followed(tmp_path, students, exercise):
    """Neither among archives nor in a student's folder; it counts as nothing handed in."""
    folder = tmp_path / "class"
    (folder / "bob").mkdir(parents=True)
    (tmp_path / "secret.zip").write_bytes(zip_of({FILE: "secret"}))
    for place in ("ada.zip", "bob/homework.zip"):
        (folder / place).symlink_to(tmp_path / "secret.zip")

    ada, bob = (student.read(exercise) for student in students(folder, "archive"))

    assert (ada.problem, ada.absent) == ("ada.zip is a symbolic link; hand in the file itself.", True)
    assert (bob.problem, bob.absent) == ("homework.zip is a symbolic link; hand in the file itself.", True)


def test_a_broken_archive_of_a_class_is_one_sentence(tmp_path, students):
    """There is nothing to grade."""
    (tmp_path / "class.zip").write_bytes(zip_of({f"ada/{FILE}": "x"})[:-30])

    with pytest.raises(SubmissionsError, match=r"class\.zip is not read: it is damaged, or no zip or tar archive\.$"):
        students(tmp_path / "class.zip")


@pytest.mark.parametrize(
    "name, sentence",
    [
        (f"../{FILE}", "leads out of its folder"),
        (f"a/../../{FILE}", "leads out of its folder"),
        (f"/{FILE}", "is an absolute path"),
        (f"C:/{FILE}", "is an absolute path"),
        (f"c:{FILE}", "is an absolute path"),
        (f"\\\\server\\{FILE}", "is an absolute path"),
        (f"..\\{FILE}", "is no plain name"),
        (f"a\\{FILE}", "is no plain name"),
    ],
)
def test_a_path_that_leads_out_spoils_the_archive(name, sentence):
    """It is named, escaped, and nothing else in the archive is read."""
    for contents in (zip_of({FILE: "x", name: "y"}), tar_of({FILE: "x", name: "y"})):
        shown = name.replace("\\", "\\\\")
        assert problem(contents) == f"homework.zip is not read: `{shown}` {sentence}."


def test_a_name_is_not_cut_at_its_nul_byte():
    """What a zip archive calls `bounded_downloads.py\\0.txt` is not read as the exercise's file."""
    contents = zip_of({f"{FILE}_.txt": "x"}).replace(f"{FILE}_.txt".encode(), f"{FILE}\0.txt".encode())

    assert problem(contents) == f"homework.zip is not read: `{FILE}\\x00.txt` is no plain name."


def zip_with_mode(mode, contents=b"../../secret"):
    info = zipfile.ZipInfo(FILE)
    info.create_system = 3
    info.external_attr = mode << 16
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(info, contents)
    return file.getvalue()


@pytest.mark.parametrize(
    "mode, sentence",
    [
        (stat.S_IFLNK | 0o777, "is a symbolic link; hand in the file itself."),
        (stat.S_IFIFO | 0o644, "is not a regular file."),
        (stat.S_IFCHR | 0o644, "is not a regular file."),
        (stat.S_IFSOCK | 0o644, "is not a regular file."),
    ],
)
def test_a_link_or_device_in_a_zip_archive_is_refused(mode, sentence):
    """As it is in a folder."""
    assert problem(zip_with_mode(mode)) == f"{FILE} {sentence}"


def special(kind, target=""):
    info = tarfile.TarInfo()
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    "kind, sentence",
    [
        (tarfile.SYMTYPE, "is a symbolic link; hand in the file itself."),
        (tarfile.LNKTYPE, "is a hard link; hand in a copy of the file."),
        (tarfile.CHRTYPE, "is not a regular file."),
        (tarfile.BLKTYPE, "is not a regular file."),
        (tarfile.FIFOTYPE, "is not a regular file."),
        (tarfile.DIRTYPE, "is not a regular file."),
        (b"Z", "is not a regular file."),
    ],
)
def test_a_link_or_device_in_a_tar_archive_is_refused(kind, sentence):
    """Each by its name, and a kind that nobody knows too."""
    contents = tar_of({FILE: special(kind, "/etc/passwd"), "other.py": "x"})

    assert problem(contents) == f"{FILE} {sentence}"


@pytest.mark.parametrize("way", ["12_bounded_downloads", "exercises", "exercises/12_bounded_downloads"])
def test_no_folder_on_the_way_is_a_link(way):
    """A link stands for whatever it leads to, so that nothing below it is what it seems."""
    place = f"exercises/{NESTED}" if way.startswith("exercises") else NESTED
    contents = tar_of({way: special(tarfile.SYMTYPE, "/etc"), place: "x", "other.py": ""})

    assert problem(contents, place) == f"{way} is a symbolic link; hand in the file itself."


def test_a_linked_folder_of_a_class_is_a_student_who_is_refused(tmp_path, read):
    """Rather than left out in silence, or shown another's work."""
    (tmp_path / "class.tar").write_bytes(tar_of({f"ada/{FILE}": "x", "eve": special(tarfile.SYMTYPE, "ada")}))

    assert read(tmp_path / "class.tar") == {
        "ada": b"x",
        "eve": "The student's part of the archive is not read: it is a symbolic link.",
    }


def test_links_elsewhere_do_no_harm():
    """A virtual environment in an archive is full of them, and nobody asks for it."""
    contents = tar_of({FILE: "x", ".venv/bin/python": special(tarfile.SYMTYPE, "/usr/bin/python3")})

    assert tree_of(contents).read(FILE) == b"x"


def test_a_name_that_is_there_twice_is_not_guessed_between():
    """Programs differ in which of the two they would take."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(FILE, "one")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr(FILE, "two")

    assert problem(file.getvalue()) == f"{FILE} is there 2 times; hand in one of them."
    assert problem(zip_of({FILE: "one", f"./{FILE}": "two"})) == f"{FILE} is there 2 times; hand in one of them."


def test_an_encrypted_file_is_refused():
    """By the mark that it bears, before anything is read."""
    contents = bytearray(zip_of({FILE: "x"}))
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        contents[contents.index(magic) + offset] |= 1

    assert problem(bytes(contents)) == f"{FILE} is encrypted; hand in an archive without a password."


@pytest.mark.parametrize("pack", [zip_of, lambda files: tar_of(files, "gz"), lambda files: tar_of(files, "xz")])
def test_a_bomb_is_not_unpacked(pack):
    """A hundred megabytes of nothing are told by what they would unpack to."""
    contents = pack({FILE: "x", "zeros": bytes(100 * packed.MIB)})

    assert len(contents) < packed.MIB
    assert problem(contents) == "homework.zip is not read: it would unpack to more than 200 times its size."


def test_an_archive_that_holds_too_much_is_not_read(monkeypatch):
    """However well it is packed, there is an end to it."""
    small = packed.Limits(members=3, unpacked=packed.MIB)
    monkeypatch.setattr(packed, "OF_A_STUDENT", small)

    assert problem(zip_of({FILE: "x", "big": bytes(packed.MIB)})) == (
        "homework.zip is not read: it would unpack to more than 1 MiB."
    )
    assert (
        problem(zip_of({f"{n}.txt": "" for n in range(4)})) == "homework.zip is not read: it holds more than 3 files."
    )


def test_a_large_file_beside_the_exercise_does_no_harm():
    """Data is not read, and costs nothing."""
    assert tree_of(zip_of({FILE: "x", "data.bin": bytes(10 * packed.MIB)})).read(FILE) == b"x"


def test_a_million_members_are_not_counted_to_the_end():
    """The directory of a zip archive is not read where it is too large to be a student's."""
    one = zip_of({"x": ""})
    directory = one[one.index(b"PK\x01\x02") : one.index(b"PK\x05\x06")] * 1_000_000
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(directory), 0, 0)

    assert problem(b"PK\x03\x04" + directory + end) == "homework.zip is not read: it has a header that is too large."


def test_a_header_of_a_tar_archive_is_not_believed():
    """A member's extended header could claim any number of bytes, which tarfile would read into memory."""
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 512 * packed.MIB
    contents = info.tobuf() + bytes(2 * packed.MIB)

    assert problem(contents) == "homework.zip is not read: it has a header that is too large."


def test_headers_nested_without_end_are_one_sentence():
    """Ten thousand extended headers in a row are more than tarfile can follow."""
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 0
    contents = info.tobuf() * 10_000

    assert problem(contents) == "homework.zip is not read: it is damaged, or no zip or tar archive."


@pytest.mark.parametrize("pack", [zip_of, tar_of, lambda files: tar_of(files, "gz")])
def test_folders_nested_without_end_are_one_sentence(pack):
    """Thousands of folders in each other are too long a name, and fewer are searched as far as is worth it."""
    long, deep = f"{'a/' * 20_000}{FILE}", f"{'a/' * 1_000}{FILE}"

    assert problem(pack({long: "x"})) == f"homework.zip is not read: `{'a/' * 100}…` is too long a name."
    with pytest.raises(FileNotFoundError):
        tree_of(pack({deep: "x"})).read(FILE)


def test_what_is_hidden_counts_too():
    """Nothing is cut off unseen: ten thousand files that are not shown are as many as those that are."""
    files = {f"__MACOSX/{n}": "" for n in range(10_000)} | {f"homework/{FILE}": "x"}

    assert problem(zip_of(files)) == "homework.zip is not read: it holds more than 10,000 files."


def test_sizes_of_a_zip_archive_are_not_believed():
    """A file that says that it is small is read as far as it says, and its check sum is wrong then."""
    contents = bytearray(zip_of({FILE: bytes(packed.MIB)}))
    at = contents.index(b"PK\x01\x02") + 24
    contents[at : at + 4] = struct.pack("<L", 10)

    assert problem(bytes(contents)).startswith("homework.zip is not read:")


def test_an_xz_archive_gets_no_gigabyte_of_memory():
    """The header asks for a dictionary, and the archive is not read that asks for too large a one."""
    import lzma

    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": 512 * packed.MIB}]
    contents = lzma.compress(tar_of({FILE: "x"}), filters=filters)

    assert problem(contents) == "homework.zip is not read: it is damaged, or no zip or tar archive."


@pytest.mark.parametrize("source", [b"\xff", b"a\0b", b"# coding: rot13\n"])
def test_a_source_is_checked_as_in_a_folder(source):
    """Encodings and NUL bytes are refused in the same words."""
    assert problem(zip_of({FILE: source})).startswith(f"{FILE} ")


def test_a_damaged_file_is_not_read():
    """A check sum that is wrong is a sentence, not a wrong source."""
    contents = zip_of({FILE: b"x = 1\n" * 100})
    crc = struct.pack("<L", zlib.crc32(b"x = 1\n" * 100))

    assert "is not read" in problem(contents.replace(crc, b"\0\0\0\0"))


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_whatever_is_changed_in_an_archive_it_is_read_or_refused(data):
    """No change of bytes raises anything but a refusal, or yields a file that was not put in."""
    files = {FILE: "x = 1\n", NESTED: "y = 2\n"}
    pack = data.draw(st.sampled_from([zip_of, tar_of, lambda files: tar_of(files, "gz")]))
    contents = bytearray(pack(files))
    for _ in range(data.draw(st.integers(1, 4))):
        contents[data.draw(st.integers(0, len(contents) - 1))] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        del contents[data.draw(st.integers(0, len(contents))) :]
    tree = tree_of(bytes(contents))

    for place in files:
        try:
            tree.read(place)
        except (FileNotFoundError, RefusedError) as refused:
            assert str(refused).isprintable()
    assert all(isinstance(place, str) for place in tree.places())


@given(st.text(st.sampled_from("a.b/\\:C\0~ é"), max_size=20))
def test_safe_parts_lead_nowhere_else(name):
    """Whatever a name is, its parts are plain, and a name with a fault says so."""
    parts, fault = safe_parts(name)

    assert not any(part in ("", ".", "..") or {"/", "\\", "\0"} & {*part} for part in parts)
    if not fault:
        assert [part for part in name.split("/") if part not in ("", ".")] == list(parts)
        assert not name.startswith("/")


@pytest.mark.parametrize(
    "names, of_class, expected",
    [
        (["w/ada/x.py", "w/bob/x.py"], True, ["ada/x.py", "bob/x.py"]),
        (["ada/x.py"], True, ["ada/x.py"]),
        (["ada/12_a_b/x.py"], True, ["ada/12_a_b/x.py"]),
        (["ada/exercises/12_a_b/x.py"], True, ["ada/exercises/12_a_b/x.py"]),
        (["w/ada/x.py", "w/readme.txt"], True, ["ada/x.py", "readme.txt"]),
        (["ada/x.py", "ada/more/y.py"], True, ["ada/x.py", "ada/more/y.py"]),
        (["ada/homework.zip"], True, ["ada/homework.zip"]),
        (["w/x.py"], False, ["x.py"]),
        (["a/b/x.py", "a/b/y.py"], False, ["x.py", "y.py"]),
        (["12_a_b/x.py"], False, ["12_a_b/x.py"]),
        (["exercises/12_a_b/x.py"], False, ["exercises/12_a_b/x.py"]),
        (["x.py", "a/y.py"], False, ["x.py", "a/y.py"]),
    ],
)
def test_only_a_wrapper_is_taken_off(names, of_class, expected):
    """A folder that holds all else goes, unless it means something."""
    entries = [Entry(tuple(name.split("/"))) for name in names]

    assert [entry.place for entry in unwrapped(entries, of_class=of_class)] == expected


@pytest.mark.parametrize("name, expected", [("ada.tar.gz", "ada"), ("a.b.ZIP", "a.b"), ("x.py", "x.py"), (".zip", "")])
def test_the_stem_of_an_archive_s_name(name, expected):
    """All of its suffix goes."""
    assert stem(name) == expected
    assert is_archive_name(name) == (name != "x.py")
