"""`sweep check`: is this study file sound?"""

from __future__ import annotations

from sweep.commands.arguments import File, Profile, Set, TrainerOption, given
from sweep.commands.console import console, say


def check(
    file: File, overrides: Set = None, profile: Profile = None, trainer: TrainerOption = None
) -> None:
    """Validate a study file; prints every violation with its line."""
    from sweep import spec, study

    path = study.find(file)
    checked = spec.load(
        path, overrides=given(overrides, trainer), profile=profile, import_trainer=True
    )
    for note in checked.notes:
        console().print(f"note: {note}", style="yellow", highlight=False, markup=False)
    say(f"{path}: a sound study of {len(checked.parameters)} parameters")
