"""Writes a folder as an archive that is the same wherever and whenever it is made: names in order, nobody's
files, all of one time. Usage: archive.py FOLDER SECONDS zip|tar > ARCHIVE; paths in it start with FOLDER's name."""

import pathlib
import stat
import sys
import tarfile
import time
import zipfile

EARLIEST_IN_ZIP = 315532800  # 1980

folder, seconds, form = pathlib.Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
paths = [(path.relative_to(folder.parent).as_posix(), path) for path in [folder, *folder.rglob("*")]]
for name, path in paths:
    if path.is_symlink() or not (path.is_file() or path.is_dir()):
        sys.exit(f"{name} is neither a file nor a folder")


def is_program(path):
    return path.parent == folder and path.stem == "bartizan"


def mode(path):
    return 0o755 if path.is_dir() or is_program(path) else 0o644


if form == "tar":
    with tarfile.open(fileobj=sys.stdout.buffer, mode="w|", format=tarfile.USTAR_FORMAT) as archive:
        for name, path in sorted(paths):
            entry = tarfile.TarInfo(name)
            entry.mtime, entry.mode = seconds, mode(path)
            if path.is_dir():
                entry.type = tarfile.DIRTYPE
                archive.addfile(entry)
            else:
                entry.size = path.stat().st_size
                with path.open("rb") as file:
                    archive.addfile(entry, file)
elif form == "zip":
    date = time.gmtime(max(seconds, EARLIEST_IN_ZIP))[:6]
    with zipfile.ZipFile(sys.stdout.buffer, "w") as archive:
        for name, path in sorted(paths):
            entry = zipfile.ZipInfo(name + "/" * path.is_dir(), date)
            entry.create_system = 3  # Unix, whatever this is
            kind = stat.S_IFDIR if path.is_dir() else stat.S_IFREG
            entry.external_attr = (kind | mode(path)) << 16
            entry.compress_type = zipfile.ZIP_STORED if path.is_dir() else zipfile.ZIP_DEFLATED
            archive.writestr(entry, b"" if path.is_dir() else path.read_bytes())
else:
    sys.exit("the form is tar or zip")
