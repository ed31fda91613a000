"""Tagged unions: sections of a study file whose keys depend on one of their keys.

The settings class of `asha` reads `early_terminate: {type: asha, eta: 3}`, that of `qmc` reads
`search: {method: qmc, sequence: halton}`. A registry maps each name to its class; `tagged_union`
joins the classes into one annotation for pydantic.

pydantic adds the tag of the chosen class to the location of an error. Tags have square brackets, so
that messages can distinguish them from keys (`is_tag`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, ClassVar, Literal, Union

from pydantic import AfterValidator, Discriminator, Tag, create_model

from sweep.model.fields import Section

ANY = "[any]"  # the tag of a section whose choosing key is missing or unknown
_TAGS: set[str] = {ANY}


class EveryKey(Section):
    """A section whose choosing key is missing or unknown; it has the keys of all settings classes.

    So its other keys are still checked, and one wrong name hides no other fault.
    """

    named_by: ClassVar[str] = ""  # the key whose value names the settings class


def tagged_union(
    name: str,
    members: Mapping[str, type[Section]],
    key: str,
    *,
    aliases: Mapping[str, str] | None = None,
    default: str | None = None,
    off: str | None = None,
) -> tuple[type[EveryKey], Any]:
    """Build the class that has every key, and the annotation of a field that has one of `members`.

    Args:
        name: name of the class that has every key, unique in a JSON schema.
        members: name → settings class; each has a field `key` with that name as its only value.
        key: the field that chooses the class.
        aliases: another accepted name → name.
        default: the name if a file has none; None: a name is required.
        off: a name that allows the keys of all others, so that one word switches the section off.
    """
    renamed = aliases or {}
    every = _every_key(name, members, key)

    def tag(value: Any) -> str:
        written = (
            value.get(key, default)
            if isinstance(value, dict)
            else getattr(value, key, None)
        )
        member = renamed.get(written, written) if isinstance(written, str) else None
        known = member in members and not (isinstance(value, dict) and member == off)
        return f"[{member}]" if known else ANY

    choices = [Annotated[member, Tag(f"[{each}]")] for each, member in members.items()]
    _TAGS.update(f"[{each}]" for each in members)
    if off is None:
        choices.append(Annotated[every, Tag(ANY)])
    else:
        choices.append(
            Annotated[every, AfterValidator(_constant(members[off])), Tag(ANY)]
        )
    union: Any = Union.__getitem__(tuple(choices))
    return every, Annotated[union, Discriminator(tag)]


def is_tag(part: str | int) -> bool:
    """Whether a part of an error's location is the tag of a settings class rather than a key."""
    return part in _TAGS


def members_of(annotation: Any) -> dict[str, type[Section]]:
    """Tag → settings class of the tagged union in an annotation; empty if there is none."""
    members: dict[str, type[Section]] = {}
    for part in getattr(annotation, "__args__", ()):
        tags = [
            extra.tag
            for extra in getattr(part, "__metadata__", ())
            if isinstance(extra, Tag)
        ]
        if tags and tags[0] in _TAGS:
            members[tags[0]] = part.__origin__
        else:
            members |= members_of(part)
    return members


def _every_key(
    name: str, members: Mapping[str, type[Section]], key: str
) -> type[EveryKey]:
    fields: dict[str, Any] = {key: (Literal[tuple(members)], ...)}
    for member in members.values():
        for each, field in member.model_fields.items():
            annotation: Any = field.annotation
            if field.metadata:
                annotation = Annotated[annotation, *field.metadata]
            fields.setdefault(each, (annotation, None))
    model: type[EveryKey] = create_model(name, __base__=EveryKey, **fields)
    model.named_by = key
    return model


def _constant(model: type[Section]) -> Callable[[Any], Section]:
    return lambda _: model()
