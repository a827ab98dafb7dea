"""SFTP and SCP to a device's files. Needs the policy ``ftp``, as on the device."""

from __future__ import annotations

import contextlib
import stat
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any

import asyncssh

from sekayu_net.errors import LabError
from sekayu_net.lab.files import DiskFullError, File

if TYPE_CHECKING:
    from sekayu_net.lab.device import LabDevice

_WRITE = asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC


class Handle:
    """An open file: what is written reaches the device when it is closed."""

    def __init__(self, name: str, data: bytes, *, writable: bool) -> None:
        self.name = name
        self.data = bytearray(data)
        self.writable = writable
        self.dirty = False


class DeviceFiles(asyncssh.SFTPServer):
    """One SFTP session."""

    def __init__(self, chan: asyncssh.SSHServerChannel[Any], device: LabDevice, user: str) -> None:
        super().__init__(chan)
        self._device = device
        self._user = user

    def _name(self, path: bytes, policy: str = "ftp") -> str:
        if policy not in self._device.policies(self._user):
            raise asyncssh.SFTPPermissionDenied("not enough permissions")
        try:
            return self._device.files.clean(path.decode("utf-8", "replace"))
        except ValueError:
            raise asyncssh.SFTPNoSuchFile("no such file") from None

    def _file(self, path: bytes) -> File | None:
        name = self._name(path)
        if not name:
            return None
        found = self._device.files.get(name)
        if found is None:
            raise asyncssh.SFTPNoSuchFile("no such file")
        return found

    @staticmethod
    def _attributes(file: File | None, size: int | None = None) -> asyncssh.SFTPAttrs:
        directory = file is None or file.kind == "directory"
        when = int(file.modified.timestamp()) if file is not None else 0
        return asyncssh.SFTPAttrs(
            type=asyncssh.FILEXFER_TYPE_DIRECTORY if directory else asyncssh.FILEXFER_TYPE_REGULAR,
            size=0 if file is None else (file.size if size is None else size),
            uid=0,
            gid=0,
            permissions=(stat.S_IFDIR | 0o755) if directory else (stat.S_IFREG | 0o644),
            atime=when,
            mtime=when,
        )

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> object:  # noqa: ARG002
        """Open for reading or writing."""
        name = self._name(path)
        existing = self._device.files.get(name)
        if existing is not None and existing.kind == "directory":
            raise asyncssh.SFTPFailure("is a directory")
        if not pflags & _WRITE:
            if existing is None:
                raise asyncssh.SFTPNoSuchFile("no such file")
            return Handle(name, existing.data, writable=False)
        folder = name.rpartition("/")[0]
        if folder and self._device.files.get(folder) is None:
            raise asyncssh.SFTPNoSuchFile("no such directory")
        if self._device.files.free == 0:
            raise asyncssh.SFTPFailure("not enough space")
        keep = existing is not None and not pflags & asyncssh.FXF_TRUNC
        handle = Handle(name, existing.data if keep and existing else b"", writable=True)
        handle.dirty = True
        return handle

    def read(self, file_obj: object, offset: int, size: int) -> bytes:
        """Read a piece."""
        assert isinstance(file_obj, Handle)  # noqa: S101 - what open() gave
        return bytes(file_obj.data[offset : offset + size])

    def write(self, file_obj: object, offset: int, data: bytes) -> int:
        """Write a piece."""
        assert isinstance(file_obj, Handle)  # noqa: S101
        if not file_obj.writable:
            raise asyncssh.SFTPPermissionDenied("not open for writing")
        if offset + len(data) > self._device.files.free + len(file_obj.data):
            raise asyncssh.SFTPFailure("not enough space")
        if offset > len(file_obj.data):
            file_obj.data.extend(b"\0" * (offset - len(file_obj.data)))
        file_obj.data[offset : offset + len(data)] = data
        file_obj.dirty = True
        return len(data)

    def close(self, file_obj: object) -> None:
        """Hand what was written to the device; an ``*.auto.rsc`` runs at once."""
        assert isinstance(file_obj, Handle)  # noqa: S101
        if not (file_obj.writable and file_obj.dirty):
            return
        try:
            self._device.files.write(file_obj.name, bytes(file_obj.data))
        except DiskFullError:
            raise asyncssh.SFTPFailure("not enough space") from None
        if file_obj.name.endswith(".auto.rsc"):
            try:
                self._device.import_script(file_obj.data.decode("latin-1"))
                words = "Script file loaded and executed successfully\n"
            except LabError as error:
                words = f"{error}\n"
            self._device.files.write(
                file_obj.name.removesuffix(".rsc") + ".log", words.encode("latin-1", "replace")
            )

    def stat(self, path: bytes) -> asyncssh.SFTPAttrs:
        """Attributes."""
        return self._attributes(self._file(path))

    def lstat(self, path: bytes) -> asyncssh.SFTPAttrs:
        """There are no links."""
        return self.stat(path)

    def fstat(self, file_obj: object) -> asyncssh.SFTPAttrs:
        """Attributes of an open file."""
        assert isinstance(file_obj, Handle)  # noqa: S101
        return asyncssh.SFTPAttrs(
            type=asyncssh.FILEXFER_TYPE_REGULAR,
            size=len(file_obj.data),
            permissions=stat.S_IFREG | 0o644,
        )

    def setstat(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:
        """Times and modes are not kept."""

    def fsetstat(self, file_obj: object, attrs: asyncssh.SFTPAttrs) -> None:
        """Times and modes are not kept."""

    async def scandir(self, path: bytes) -> AsyncIterator[asyncssh.SFTPName]:
        """What lies in a directory."""
        name = self._name(path)
        if name and self._file(path) is None:
            return
        for file in self._device.files.children(name):
            entry = file.name.rpartition("/")[2].encode()
            yield asyncssh.SFTPName(entry, attrs=self._attributes(file))

    def remove(self, path: bytes) -> None:
        """Remove a file."""
        file = self._file(path)
        if file is None or file.kind == "directory":
            raise asyncssh.SFTPFailure("is a directory")
        self._device.files.remove(file.name)

    def mkdir(self, path: bytes, attrs: asyncssh.SFTPAttrs) -> None:  # noqa: ARG002
        """Make a directory."""
        self._device.files.make_directory(self._name(path))

    def rmdir(self, path: bytes) -> None:
        """Remove a directory that is empty."""
        file = self._file(path)
        if file is None or file.kind != "directory" or self._device.files.children(file.name):
            raise asyncssh.SFTPFailure("directory not empty")
        self._device.files.remove(file.name)

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename."""
        file = self._file(oldpath)
        if file is None:
            raise asyncssh.SFTPFailure("can not rename the root")
        self._device.files.rename(file.name, self._name(newpath))

    def posix_rename(self, oldpath: bytes, newpath: bytes) -> None:
        """Rename, replacing."""
        self.rename(oldpath, newpath)

    def realpath(self, path: bytes) -> bytes:
        """Everything lies below ``/``."""
        return b"/" + self._name(path).encode()

    def exit(self) -> None:
        """The session is over: `scp` wants to hear a status."""
        with contextlib.suppress(OSError, asyncssh.Error):
            self.channel.exit(0)
