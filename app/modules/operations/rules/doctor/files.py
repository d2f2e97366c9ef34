"""What is right and wrong with the files of an installation: settings, keys, folders, assets."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.modules.operations.rules.doctor.verdicts import Verdict, off, ok, warning, wrong

#: What nobody else may do of a file of ours: read it, or write it.
_OTHERS, _WRITTEN_BY_GROUP, _GROUP = 0o007, 0o020, 0o070
#: A secret made of fewer different characters was typed, not drawn.
_VARIED = 8
#: How much of a disk, and of its files, must be free.
FREE = 0.05
#: File systems that other machines share.
_SHARED = ("nfs", "nfs4", "cifs", "smb3", "fuse.sshfs", "fuse.s3fs", "ceph", "fuse.glusterfs")


@dataclass(frozen=True, slots=True)
class File:
    """A file that holds a secret."""

    #: The variable that says where it is, or its name.
    name: str
    path: str
    #: Its permissions; ``None`` if there is no such file.
    mode: int | None
    #: Whether whoever asks can read it.
    is_readable: bool = True
    #: Whether its owner alone may read it.
    is_owners: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """A secret of the settings: it is looked at, and never said."""

    name: str
    value: str
    #: What the models show in its place.
    examples: Sequence[str] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A directory that the site writes in."""

    variable: str
    path: str
    #: Why it cannot be written, if it cannot.
    error: str | None
    #: Whether what is made there takes its name by renaming: all of it is on one disk.
    is_one_disk: bool = True
    #: What kind of file system it is on.
    kind: str = ""
    #: Which part of the disk is free, and of the files that it may hold.
    free: float | None = None
    free_files: float | None = None
    #: Whether the web server gives all that is there to everybody.
    is_public: bool = False
    #: Whether it must be on a disk of this machine alone.
    is_local: bool = False


def settings(fault: str | None, mode: str) -> Iterator[Verdict]:
    """Of the variables of the environment."""
    if fault is not None:
        yield wrong("settings", fault, "mend it in .env; .conf_models/model.env says what is taken")
        return
    yield ok("settings", "every variable is understood")
    if mode != "production":
        yield warning("mode", f"{mode}: only fit for one's own machine", "MODE=production")


def private(file: File) -> Verdict:
    """Of a file that few may read."""
    name, path = file.name, file.path
    if file.mode is None:
        return warning(name, f"there is no {path}", f"make {path}, or point {name} elsewhere")
    shown = f"mode {file.mode:04o}"
    wanted = "600" if file.is_owners else "640"
    if file.mode & (_GROUP | _OTHERS if file.is_owners else _OTHERS):
        return warning(name, f"others may open it, {shown}", f"chmod {wanted} {path}")
    if file.mode & _WRITTEN_BY_GROUP:
        return warning(name, f"its group may write it, {shown}", f"chmod {wanted} {path}")
    if not file.is_readable and not file.is_owners:
        return wrong(name, f"the site cannot read it, {shown}", f"chgrp pem {path}")
    return ok(name, shown)


def environment(file: File) -> Verdict:
    """Of ``.env``; without it, the settings come from the environment alone."""
    if file.mode is None:
        return warning(file.name, "there is none", "cp .conf_models/model.env .env; chmod 640 .env")
    return private(file)


def secrets(found: Sequence[Secret]) -> Iterator[Verdict]:
    """Of the secrets: nobody may guess them, and each is for one thing."""
    for one in found:
        remedy = f"{one.name}=… from: python3 -c 'import secrets; print(secrets.token_urlsafe(48))'"
        if one.value in one.examples:
            yield warning(one.name, "the example of the models, which everybody knows", remedy)
        elif len(set(one.value)) < _VARIED:
            yield warning(one.name, "typed rather than drawn", remedy)
        elif [other.value for other in found].count(one.value) > 1:
            yield warning(one.name, "another secret is the same", remedy)
        else:
            yield ok(one.name, f"{len(one.value)} characters")


def photos_secret(path: str, shared: str | None, *, ours: str, is_there: bool) -> Verdict:
    """Of the secret that the web server checks links with: ``None`` if it cannot be read here."""
    name = "photos-secret"
    if not is_there:
        return off(name, f"there is no {path} on this machine")
    if shared is None:
        return off(name, f"{path} is closed to who asks; --url tries a link, root may compare")
    if shared != ours:
        remedy = f"write PHOTOS_SECRET_KEY in {path}; nginx -t && nginx -s reload"
        return warning(name, f"{path} has another secret: protected files answer 403", remedy)
    return ok(name, f"{path} has the same")


def folders(found: Sequence[Folder]) -> Iterator[Verdict]:
    """Of the directories that the site writes in."""
    for one in found:
        yield _folder(one, [other.path for other in found if other is not one])


def _folder(one: Folder, others: Sequence[str]) -> Verdict:
    name, path = one.variable, one.path
    if one.error is not None:
        remedy = f"install -d -o pem -g pem -m 2770 {path}"
        return wrong(name, f"{path}: {one.error}", remedy)
    if one.is_public:
        return wrong(name, f"{path}: the web server gives all of it", f"{name}: elsewhere")
    if any(path == other or path.startswith(f"{other}/") for other in others):
        return warning(name, f"{path} is within that of another variable", f"{name}: elsewhere")
    if not one.is_one_disk:
        said = f"{path}: what is made there cannot be renamed, it is on two disks"
        return wrong(name, said, f"mount all of {path} from one disk")
    if one.is_local and one.kind in _SHARED:
        said = f"{path} is shared ({one.kind}): what is counted there is of one machine"
        return warning(name, said, f"{name}: a folder of this machine's own disk")
    return _room(one)


def _room(one: Folder) -> Verdict:
    """Whether there is room where it is."""
    for share, what in ((one.free, "of the disk"), (one.free_files, "of the inodes")):
        if share is not None and share < FREE:
            said = f"{one.path}: {100 * share:.1f} % {what} left"
            return warning(one.variable, said, "make room there, or a larger disk")
    free = "" if one.free is None else f", {100 * one.free:.0f} % free"
    return ok(one.variable, f"{one.path}{free}")


def made(found: Mapping[str, bool], remedies: Mapping[str, str]) -> Iterator[Verdict]:
    """Of what is made before the site is served, by what it is called: whether it is there."""
    for name, is_there in found.items():
        if is_there:
            yield ok(name, "made")
        else:
            yield warning(name, "missing, or older than what it is made of", remedies[name])
