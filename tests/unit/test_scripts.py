"""How scripts are put together."""

from __future__ import annotations

from broadcaster.scripts import compose

SHARED = """
local FIRST = KEYS[1]
local SECOND = FIRST .. 'b'
local UNUSED = {a = 1,
  b = 2}

local function inner(x)
  if x then
    return SECOND
  end
end

-- What it is for.
local function outer(x)
  return inner(x)
end

local function idle()
  return UNUSED
end
"""


def test_a_script_has_what_it_uses_in_its_order_and_nothing_else() -> None:
    script = compose("a", "#!lua flags=no-writes\nreturn outer(1)\n", SHARED)

    assert script.source == (
        "#!lua flags=no-writes\n"
        "local FIRST = KEYS[1]\n"
        "local SECOND = FIRST .. 'b'\n"
        "local function inner(x)\n  if x then\n    return SECOND\n  end\nend\n"
        "local function outer(x)\n  return inner(x)\nend\n"
        "return outer(1)\n"
    )


def test_a_name_within_another_is_not_that_name() -> None:
    script = compose("a", "#!lua\nreturn outermost\n", SHARED)

    assert script.source == "#!lua\nreturn outermost\n"


def test_other_texts_have_other_digests() -> None:
    assert compose("a", "#!lua\nreturn 1").sha != compose("a", "#!lua\nreturn 2").sha
